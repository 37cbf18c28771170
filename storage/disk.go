package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
)

// Disk is a Store in a folder of the local file system: the bytes of a key are
// the file at that path below the root. It never follows a symbolic link out
// of the root.
type Disk struct {
	root    *os.Root
	dir     *os.File // of root
	staging *Staging
	known   sync.Map // folders whose entry in their parent is durable
}

// OpenDisk opens the store in dir and makes the folder when it is missing. The
// caller closes it. Only one process may have a folder open.
func OpenDisk(dir string) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	d := &Disk{root: root}
	if d.dir, err = root.Open("."); err == nil {
		err = d.openStaging()
	}
	if err != nil {
		d.dir.Close() // which may be nil
		root.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return d, nil
}

func (d *Disk) openStaging() error {
	if err := d.makeDir(stagingDir); err != nil {
		return err
	}
	root, err := d.root.OpenRoot(stagingDir)
	if err != nil {
		return err
	}
	d.staging = &Staging{root: root}
	return nil
}

// Staging returns the place where staged uploads for this store are made.
func (d *Disk) Staging() *Staging { return d.staging }

// Remote implements Store.
func (d *Disk) Remote() bool { return false }

// Close releases the folder; open files stay readable.
func (d *Disk) Close() error {
	return errors.Join(d.staging.Close(), d.dir.Close(), d.root.Close())
}

// Put implements Store.
func (d *Disk) Put(ctx context.Context, moves ...Move) error {
	var dirs []string
	for _, m := range moves {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.publish(m); err != nil {
			return fmt.Errorf("publish %s: %w", m.Key, Classify(err))
		}
		if dir := path.Dir(m.Key); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return d.syncDirs(dirs)
}

// publish moves one staged upload without ever replacing a file that holds the key.
func (d *Disk) publish(m Move) error {
	if err := CheckKey(m.Key); err != nil {
		return err
	}
	if err := d.makeDir(path.Dir(m.Key)); err != nil {
		return err
	}
	staged := path.Join(stagingDir, m.Staged)
	err := d.root.Link(staged, m.Key)
	switch {
	case err == nil:
		return d.root.Remove(staged)
	case errors.Is(err, fs.ErrExist):
		return d.settle(staged, m.Key)
	case errors.Is(err, fs.ErrNotExist):
		_, err := d.root.Lstat(m.Key)
		return err
	default:
		return d.rename(staged, m.Key)
	}
}

// settle decides what two names mean that are there at once: a publication cut
// off between its two steps, or a key that other bytes hold.
func (d *Disk) settle(staged, key string) error {
	from, err := d.root.Lstat(staged)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	to, err := d.root.Lstat(key)
	if err != nil {
		return err
	}
	// Some file systems bring both names back as two files of the same bytes.
	if !os.SameFile(from, to) {
		if same, err := d.sameBytes(staged, key, from, to); err != nil || !same {
			return cmp.Or(err, fs.ErrExist)
		}
	}
	return d.root.Remove(staged)
}

func (d *Disk) sameBytes(a, b string, infoA, infoB fs.FileInfo) (bool, error) {
	if !infoB.Mode().IsRegular() || infoA.Size() != infoB.Size() {
		return false, nil
	}
	var sums [2][sha256.Size]byte
	for i, name := range []string{a, b} {
		f, err := d.root.Open(name)
		if err != nil {
			return false, err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return false, err
		}
		h.Sum(sums[i][:0])
	}
	return sums[0] == sums[1], nil
}

// rename publishes on file systems without hard links. Looking first is enough
// there, since keys are reserved by their records and one process writes.
func (d *Disk) rename(staged, key string) error {
	if _, err := d.root.Lstat(key); err == nil {
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return d.root.Rename(staged, key)
}

// makeDir makes a folder and its parents, each durable in its own parent.
func (d *Disk) makeDir(dir string) error {
	if dir == "." {
		return nil
	}
	if _, ok := d.known.Load(dir); ok {
		return nil
	}
	parent := path.Dir(dir)
	if err := d.makeDir(parent); err != nil {
		return err
	}
	if err := d.root.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDir(d.root, parent); err != nil {
		return err
	}
	d.known.Store(dir, true)
	return nil
}

// Open implements Store. What it returns is an *os.File, so that copying it to
// a connection is done by the kernel.
func (d *Disk) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	f, err := openBelow(d.root, d.dir, key)
	if err != nil {
		return nil, fmt.Errorf("open stored file: %w", err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("open stored file %s: %w", key, fs.ErrNotExist)
	}
	return f, nil
}

// Delete implements Store.
func (d *Disk) Delete(ctx context.Context, keys ...string) error {
	var dirs []string
	for _, key := range keys {
		if err := errors.Join(ctx.Err(), CheckKey(key)); err != nil {
			return err
		}
		err := d.root.Remove(key)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("delete stored file: %w", Classify(err))
		}
		if dir := path.Dir(key); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return d.syncDirs(dirs)
}

func (d *Disk) syncDirs(dirs []string) error {
	for _, dir := range dirs {
		if err := syncDir(d.root, dir); err != nil {
			return fmt.Errorf("sync folder %s: %w", dir, err)
		}
	}
	return nil
}
