package process

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestGroup measures a shell that works in a child and holds on to some memory.
func TestGroup(t *testing.T) {
	cmd := exec.Command("sh", "-c", `x=$(head -c 20000000 /dev/zero | tr '\0' x); i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo; sleep 60`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	group := cmd.Process.Pid
	defer func() {
		_ = syscall.Kill(-group, syscall.SIGKILL)
		_ = cmd.Wait()
	}()
	m := Watch(group)
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(600 * time.Millisecond) // two looks
	got, most := Group(group), m.Stop()
	if got.CPU < 50*time.Millisecond || got.CPU > time.Minute || most < 20_000_000 || got.Resident < 20_000_000 {
		t.Errorf("%+v, at most %d bytes", got, most)
	}
	if none := Group(1 << 30); none != (Usage{}) {
		t.Errorf("no group: %+v", none)
	}
}
