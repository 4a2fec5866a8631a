package local

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"syscall"
)

// The scratch folder holds files that are being written, on the file system to which they will be linked. No key
// starts with a dot, so nothing in it is ever an object.
//
// Each Store has a lock file <owner>.lock there, held by flock(2) for as long as its process lives, and writes
// <owner>.<number> beside it. A lock that can be taken belongs to a dead process, and so do the files of its owner.
// Process ids would not do: containers that share a volume have the same ones.
const (
	scratchDir = ".tmp"
	masterLock = scratchDir + "/lock" // held while an owner appears or is swept
)

// scratch is one owner's place in the scratch folder.
type scratch struct {
	root  *os.Root
	lock  *os.File
	owner string
	last  atomic.Uint64
}

// openScratch returns the store's place in the scratch folder, made at the first Put.
func (s *Store) openScratch() (*scratch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scratch != nil {
		return s.scratch, nil
	}
	if err := s.root.Mkdir(scratchDir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	master, err := lock(s.root, masterLock, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer master.Close()
	owner := strings.ToLower(rand.Text())
	f, err := lock(s.root, scratchDir+"/"+owner+".lock", syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	s.scratch = &scratch{root: s.root, lock: f, owner: owner}
	return s.scratch, nil
}

// create makes an empty file to write. Objects never change, so it is read-only to everybody else.
func (sc *scratch) create() (*os.File, string, error) {
	name := fmt.Sprintf("%s/%s.%d", scratchDir, sc.owner, sc.last.Add(1))
	f, err := sc.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o444)
	return f, name, err
}

func (sc *scratch) close() error {
	return errors.Join(sc.root.Remove(scratchDir+"/"+sc.owner+".lock"), sc.lock.Close())
}

// sweep removes the files of dead owners. A folder that cannot be written has none to remove.
func sweep(root *os.Root) error {
	master, err := lock(root, masterLock, syscall.LOCK_EX)
	if absent(err) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil
	}
	if err != nil {
		return err
	}
	defer master.Close()
	names, err := scratchNames(root)
	if err != nil {
		return err
	}
	alive := map[string]bool{path.Base(masterLock): true}
	for _, name := range names {
		if owner, ok := strings.CutSuffix(name, ".lock"); ok {
			f, err := lock(root, scratchDir+"/"+name, syscall.LOCK_EX|syscall.LOCK_NB)
			if err == nil {
				f.Close()
			}
			alive[owner] = err != nil
		}
	}
	for _, name := range names {
		if owner, _, _ := strings.Cut(name, "."); !alive[owner] {
			if err := root.Remove(scratchDir + "/" + name); err != nil && !absent(err) {
				return err
			}
		}
	}
	return nil
}

func scratchNames(root *os.Root) ([]string, error) {
	d, err := root.Open(scratchDir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// lock opens and locks a file; closing it gives the lock up.
func lock(root *os.Root, name string, how int) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return f, nil
}
