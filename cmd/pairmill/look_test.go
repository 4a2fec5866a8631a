package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/store/local"
	"pairmill/workers/workerstest"
)

// published makes a dataset and returns its folder.
func published(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := (workerstest.Pipeline{Store: s, Spec: workerstest.Spec(workerstest.Site(t), "")}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "datasets", "small")
}

func TestLook(t *testing.T) {
	t.Parallel()
	dataset, page := published(t), filepath.Join(t.TempDir(), "sheet.html")
	for _, test := range []struct {
		args []string
		code int
		want string // in either stream
	}{
		{[]string{dataset}, exitDone, "small v0001: 4 pairs"},
		{[]string{dataset + "/v0001", "-n", "1"}, exitDone, "worst 1\n"},
		{[]string{dataset, "-o", page}, exitDone, "wrote " + page},
		{[]string{dataset, "-n", "0"}, exitUsage, "want 1 to 200"},
		{[]string{filepath.Dir(dataset)}, exitUsage, "is neither a dataset version"},
		{[]string{dataset + "/absent"}, exitUsage, "absent"},
		{[]string{dataset, "-o", dataset}, exitError, "is a directory"},
	} {
		var out bytes.Buffer
		if code := execute(t.Context(), append([]string{"look"}, test.args...), &out, &out); code != test.code {
			t.Errorf("look %v: exit code %d, want %d", test.args, code, test.code)
		}
		if !strings.Contains(out.String(), test.want) {
			t.Errorf("look %v printed %q, want %q in it", test.args, out.String(), test.want)
		}
	}
	if data, err := os.ReadFile(page); err != nil || !bytes.Contains(data, []byte("data:image/jpeg;base64,")) {
		t.Errorf("page: %v, without pictures", err)
	}
}

func TestLookInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if code := execute(ctx, []string{"look", published(t)}, &out, &out); code != exitInterrupted {
		t.Errorf("exit code %d, want %d: %s", code, exitInterrupted, out.String())
	}
}
