package local

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/store"
	"pairmill/store/storetest"
)

// victimEnv makes the test binary a process that puts an object and stops midway, waiting to be killed.
const victimEnv = "PAIRMILL_TEST_PUT_INTO"

const (
	victimSize = 1 << 20
	victimByte = "v"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimEnv); dir != "" {
		fmt.Println(victim(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func victim(dir string) error {
	s, err := New(dir)
	if err != nil {
		return err
	}
	content := strings.Repeat(victimByte, victimSize)
	slow := storetest.ReaderFunc(func(p []byte, off int64) (int, error) {
		if off >= victimSize/2 {
			fmt.Println("midway")
			select {} // never more than half
		}
		return strings.NewReader(content).ReadAt(p[:min(len(p), victimSize/4)], off)
	})
	_, err = s.Put(context.Background(), "deep/object",
		storetest.Blob{ReaderAt: slow, Length: victimSize, Sum: sha256.Sum256([]byte(content))})
	return err
}

// startVictim returns a process that has written half an object.
func startVictim(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "midway\n" {
		t.Fatalf("victim said %q, %v", line, err)
	}
	return cmd
}

func scratchFiles(t *testing.T, dir string) (data []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, scratchDir, "*"))
	must(t, err)
	for _, name := range all {
		if filepath.Base(name) != "lock" && !strings.HasSuffix(name, ".lock") {
			data = append(data, name)
		}
	}
	return data
}

func TestKilledInTheMiddleOfPut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := startVictim(t, dir)

	living := open(t, dir)
	if got := scratchFiles(t, dir); len(got) != 1 {
		t.Errorf("while the victim lives, its scratch file is %q, want one", got)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed: that is its error

	if got := keys(t, living, ""); got != nil {
		t.Errorf("half an object is listed: %q", got)
	}
	s := open(t, dir)
	if got := scratchFiles(t, dir); got != nil {
		t.Errorf("not swept: %q", got)
	}
	content := strings.Repeat(victimByte, victimSize)
	put(t, s, "deep/object", content)
	put(t, living, "deep/object", content)
	if b, err := store.ReadAll(t.Context(), s, "deep/object", victimSize); string(b) != content {
		t.Errorf("read back %d bytes, %v", len(b), err)
	}
}

// A swept folder holds nothing but objects and the master lock.
func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := New(dir)
	must(t, err)
	put(t, s, "a", "b")
	must(t, s.Close())
	left, err := filepath.Glob(filepath.Join(dir, scratchDir, "*"))
	must(t, err)
	if len(left) != 1 || filepath.Base(left[0]) != "lock" {
		t.Errorf("left behind: %q", left)
	}
}
