package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestContainerMemory(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"2147483648\n": 2 << 30, "max\n": 0, "": 0, "-5": 0} {
		file := filepath.Join(t.TempDir(), "memory.max")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := containerMemory(file); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := containerMemory(filepath.Join(t.TempDir(), "none")); got != 0 {
		t.Errorf("without a file: %d", got)
	}
}
