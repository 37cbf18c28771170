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
		return nil, fmt.Errorf("create staged file: %w", Classify(err))
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

// Link gives a regular file of another folder a staged upload's name, too. The
// error says why that cannot be: the folder is on another file system, the file
// is another user's, or others than its owner may write it.
func (s *Staging) Link(folder *os.Root, path, name string) error {
	from, err := folder.Stat(path)
	if err != nil {
		return err
	}
	if !from.Mode().IsRegular() || from.Mode().Perm()&0o133 != 0 {
		return fmt.Errorf("link %s of mode %v: %w", path, from.Mode(), fs.ErrPermission)
	}
	if err := os.Link(filepath.Join(folder.Name(), path), filepath.Join(s.root.Name(), name)); err != nil {
		return err
	}
	// Of a symbolic link, the link itself has got the name.
	to, err := s.root.Lstat(name)
	if err == nil && !os.SameFile(from, to) {
		err = fmt.Errorf("link %s: not the file itself: %w", path, fs.ErrInvalid)
	}
	if err != nil {
		return errors.Join(err, s.root.Remove(name))
	}
	return nil
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
