package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// stagingDir is the folder of staged uploads below a disk's root.
const stagingDir = ".stage"

// Staging holds staged uploads: bytes that have arrived but have no record yet. That of
// a Disk lies on its file system, so that publishing a staged upload is a rename. It
// is safe for concurrent use.
type Staging struct {
	root *os.Root
}

// OpenStaging opens the staging folder of a remote store in dir and makes it when it
// is missing. The caller closes it. Only one process may have a folder open.
func OpenStaging(dir string) (*Staging, error) {
	dir = filepath.Join(dir, stagingDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open staging: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open staging: %w", err)
	}
	return &Staging{root: root}, nil
}

// Close releases the folder; open files stay usable.
func (s *Staging) Close() error { return s.root.Close() }

// Create opens a new, empty staged upload for reading and writing. The error wraps
// fs.ErrExist when the name is taken. The caller closes the file, after
// SyncFile on it and Sync in staging if the staged upload is to outlive a crash.
func (s *Staging) Create(name string) (*os.File, error) {
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create draft: %w", Classify(err))
	}
	return f, nil
}

// CreateUnnamed opens a new, empty file whose bytes are gone when it is closed; where
// the system does not allow that, at the next start. Its name is free for others then.
func (s *Staging) CreateUnnamed(name string) (*os.File, error) {
	f, err := s.Create(name)
	if err == nil {
		_ = s.root.Remove(name)
	}
	return f, err
}

// Open opens a staged upload for reading; the caller closes it.
func (s *Staging) Open(name string) (*os.File, error) {
	return s.root.Open(name)
}

// Rename gives a staged upload another staged upload's name, whose bytes are discarded.
func (s *Staging) Rename(from, to string) error {
	return s.root.Rename(from, to)
}

// Sync makes the names of all staged uploads created so far durable.
func (s *Staging) Sync() error {
	return syncDir(s.root, ".")
}

// Names lists the staged uploads, in no particular order.
func (s *Staging) Names() ([]string, error) {
	d, err := s.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// Remove discards staged uploads; those that are not there count as removed.
func (s *Staging) Remove(names ...string) error {
	var errs []error
	for _, name := range names {
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Classify adds ErrFull to an error by which the operating system says that
// there is no room, and returns any other as it is.
func Classify(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
