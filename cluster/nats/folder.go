package nats

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folder is a server's folder, locked against other servers: two on one folder destroy its streams.
type folder struct {
	path      string
	lock      *os.File
	temporary bool
}

// openFolder makes and locks the folder; with an empty path, a temporary one. The lock ends with the process,
// however it ends.
func openFolder(path string) (*folder, error) {
	if path == "" {
		path, err := os.MkdirTemp("", "pairmill-nats-")
		if err != nil {
			return nil, fmt.Errorf("make a temporary folder for nats: %w", err)
		}
		return lockFolder(path, true)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for nats: %w", err)
	}
	return lockFolder(path, false)
}

func lockFolder(path string, temporary bool) (*folder, error) {
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder for nats: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &folder{path, f, temporary}, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("folder %s is in use by another pairmill: stop that one, or choose another folder", path)
	}
	return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
}

// close frees the folder, and removes a temporary one; a second close does nothing.
func (f *folder) close() error {
	if f.lock == nil {
		return nil
	}
	lock := f.lock
	f.lock = nil
	var err error
	if f.temporary {
		err = os.RemoveAll(f.path)
	}
	return errors.Join(err, lock.Close())
}
