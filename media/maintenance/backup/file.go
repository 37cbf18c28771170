package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"postern/media"
)

// file copies one file of an item unless it is there already, and returns its
// size.
func (b *backup) file(it media.Item, role media.Role) (size int64, err error) {
	key := it.File(role).Stored()
	from, err := b.source(it, role)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is no file: %w", key, fs.ErrNotExist)
	}
	kept := b.sameAs(key, info)
	if !kept {
		if err := b.copy(from, key, info); err != nil {
			return 0, err
		}
	}
	b.count(kept, info.Size())
	return info.Size(), nil
}

func (b *backup) count(kept bool, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if kept {
		b.result.Kept++
		return
	}
	b.result.Copied++
	b.result.Bytes += size
}

// source opens a file, which is a staged upload as long as its item is being
// published: it gets its key before it leaves staging.
func (b *backup) source(it media.Item, role media.Role) (*os.File, error) {
	key, staged := it.File(role).Stored(), path.Join(".stage", it.ID+"."+string(role))
	for _, name := range []string{key, staged} {
		if f, err := b.from.Open(name); !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return b.from.Open(key)
}

// sameAs goes by size and time, as a key is never written to twice.
func (b *backup) sameAs(key string, want fs.FileInfo) bool {
	got, err := b.to.Lstat(key)
	return err == nil && got.Mode().IsRegular() && got.Size() == want.Size() && got.ModTime().Equal(want.ModTime())
}

// copy writes a file so that no crash leaves half of it under its name.
func (b *backup) copy(from *os.File, key string, info fs.FileInfo) error {
	if err := b.makeFolder(path.Dir(key)); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(key), ".new-"+path.Base(key))
	to, err := b.to.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	err = errors.Join(err, to.Sync(), to.Close())
	if err == nil {
		err = b.to.Chtimes(temporary, info.ModTime(), info.ModTime())
	}
	if err == nil {
		err = b.to.Rename(temporary, key)
	}
	if err != nil {
		return errors.Join(err, b.to.Remove(temporary))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changed[path.Dir(key)] = true
	return nil
}
