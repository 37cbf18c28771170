package backup

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"postern/media"
)

// file copies one file of an item unless it is there already. The error is a damagedError if
// the bytes are not those of the record.
func (b *backup) file(ctx context.Context, it media.Item, role media.Role) error {
	if b.Open != nil {
		return b.object(ctx, it, role)
	}
	file := it.File(role)
	key := file.Stored()
	from, err := b.source(it, role)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file: %w", key, fs.ErrNotExist)
	}
	if info.Size() == file.Size && b.sameAs(key, info) {
		b.count(true, file.Size)
		return nil
	}
	reading := &watched{Reader: from}
	proved, prove := proving(reading, file.Size, sumOf(it, role))
	err = b.copy(proved, key, info.ModTime(), prove)
	damage := new(damagedError)
	switch {
	case reading.err != nil: // the next file may be sound
		damage.what, damage.outcome = "cannot be read ("+reading.err.Error()+")", notCopied
		b.stays(key, info.Size(), damage)
		return damage
	case errors.As(err, &damage):
		return b.damaged(from, key, info.Size(), damage)
	case err == nil:
		b.count(false, file.Size)
	}
	return err
}

// watched notes what keeps a reader from being read to its end.
type watched struct {
	io.Reader
	err error
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// stays reports whether there is a copy of an earlier backup, which may be the last good one
// and stays as it is.
func (b *backup) stays(key string, size int64, damage *damagedError) bool {
	if _, err := b.to.Lstat(key); err != nil {
		return false
	}
	damage.outcome = "the copy of an earlier backup stays"
	b.count(true, size)
	return true
}

// damaged copies what is left of a file if there is no copy of an earlier backup.
func (b *backup) damaged(from *os.File, key string, size int64, damage *damagedError) error {
	if b.stays(key, size, damage) {
		return damage
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	// The time of the copy makes the next backup look at the file again.
	if err := b.copy(from, key, time.Time{}, func() error { return nil }); err != nil {
		return err
	}
	damage.outcome = "it is copied as it is"
	b.count(false, size)
	return damage
}

// damagedError reports bytes that are not those of their record, and what has come of that.
type damagedError struct{ what, outcome string }

const notCopied = "it is not copied"

func (e *damagedError) Error() string { return e.what + ": " + e.outcome }

// maxTries is how often an object is asked for: a connection may break in the midst of it.
const maxTries = 3

// object is file for a bucket.
func (b *backup) object(ctx context.Context, it media.Item, role media.Role) error {
	file := it.File(role)
	key := file.Stored()
	if got, err := b.to.Lstat(key); err == nil && got.Mode().IsRegular() && got.Size() == file.Size {
		b.count(true, file.Size)
		return nil
	}
	for try := 1; ; try++ {
		err := b.fetch(ctx, key, file.Size, sumOf(it, role))
		damage := new(damagedError)
		switch {
		case err == nil:
			b.count(false, file.Size)
			return nil
		case try == maxTries || ctx.Err() != nil || errors.Is(err, fs.ErrNotExist) || errors.As(err, &damage):
			return err
		}
	}
}

// fetch copies an object if it has this size and, unless that is "", this MD5.
func (b *backup) fetch(ctx context.Context, key string, size int64, sum string) error {
	from, err := b.Open(ctx, key)
	if err != nil {
		return err
	}
	defer from.Close()
	proved, prove := proving(from, size, sum)
	return b.copy(proved, key, time.Time{}, prove)
}

// sumOf is the MD5 by which a file is proved; "" for variants, whose size has to do.
func sumOf(it media.Item, role media.Role) string {
	if role != media.RoleOriginal {
		return ""
	}
	return it.MD5
}

// proving returns a reader of the same bytes, and what says after the last of them whether they
// have this size and, unless that is "", this MD5. Otherwise its error is a damagedError.
func proving(from io.Reader, size int64, sum string) (proved io.Reader, prove func() error) {
	h, n := md5.New(), new(counter)
	to := io.Writer(n)
	if sum != "" {
		to = io.MultiWriter(n, h)
	}
	return io.TeeReader(from, to), func() error {
		switch got := hex.EncodeToString(h.Sum(nil)); {
		case int64(*n) != size:
			return &damagedError{fmt.Sprintf("has %d bytes, recorded are %d", *n, size), notCopied}
		case sum != "" && got != sum:
			return &damagedError{fmt.Sprintf("has the MD5 %s, recorded is %s", got, sum), notCopied}
		}
		return nil
	}
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (b *backup) count(kept bool, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if kept {
		b.result.Kept++
	} else {
		b.result.Copied++
		b.result.Bytes += size
	}
	if b.Progress != nil {
		b.Progress(b.result)
	}
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

// copy writes a file so that no crash leaves half of it under its name, nor one that prove
// refuses once all of it is read. A zero time leaves that of the copy.
func (b *backup) copy(from io.Reader, key string, modified time.Time, prove func() error) error {
	if err := b.makeFolder(path.Dir(key)); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(key), ".new-"+path.Base(key))
	to, err := b.to.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	if _, err = io.Copy(to, from); err == nil {
		err = prove()
	}
	if err == nil {
		err = to.Sync()
	}
	err = errors.Join(err, to.Close())
	if err == nil {
		err = b.to.Chtimes(temporary, modified, modified)
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
