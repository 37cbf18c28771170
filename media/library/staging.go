package library

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"postern/media"
	"postern/media/metadata"
	"postern/storage"
)

// StagedUpload is an upload on its way: the bytes have arrived in staging, nothing
// is recorded. It is for one goroutine.
type StagedUpload struct {
	id      string
	staging *storage.Staging
	files   map[media.Role]*os.File
	Size    int64  // bytes, as uploaded
	MD5     string // of the bytes as uploaded, in hex

	digest *resumableMD5   // of the same
	unused metadata.Unused // bytes of the original as it is now
}

// ID returns the ID that an item of the upload has, unless another one is answered
// for it.
func (d *StagedUpload) ID() string { return d.id }

// stagedName is the staged name of an item's file. Recover reads it.
func stagedName(id string, role media.Role) string { return id + "." + string(role) }

func parseStagedName(name string) (id string, role media.Role) {
	id, last, _ := strings.Cut(name, ".")
	return id, media.Role(last)
}

// roleProcessed is the name of bytes that are to replace the original's.
const roleProcessed media.Role = "treated"

// Spool copies an upload's bytes to staging in one pass, and fails with a
// *SizeError as soon as they are more than limit, with ErrFull as soon as less
// is free than the floor. The caller calls Abort in the end, with any outcome.
func (l *Library) Spool(ctx context.Context, r io.Reader, limit int64) (*StagedUpload, error) {
	return l.SpoolAs(ctx, r, limit, "")
}

// SpoolAs is Spool for an item that had an ID on another server, "" for none. The error
// is media.ErrIDTaken when an item has or had it here.
func (l *Library) SpoolAs(ctx context.Context, r io.Reader, limit int64, id string) (*StagedUpload, error) {
	if err := l.volume.CheckMinFree(); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	d := &StagedUpload{staging: l.staging, files: make(map[media.Role]*os.File), digest: newResumableMD5()}
	f, err := l.reserve(ctx, d, id)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	defer l.observe(ctx, stepReceive)()
	w := spoolWriter{file: f, volume: l.volume, digest: d.digest, limit: limit, left: limit, look: spaceBlock}
	if d.Size, err = io.Copy(&w, r); err != nil {
		d.Abort()
		return nil, fmt.Errorf("spool: %w", err)
	}
	d.MD5 = hex.EncodeToString(d.digest.Sum(nil))
	return d, nil
}

// reserve finds an ID that no item has or had: the staged file keeps other uploads
// from taking it, and it is looked up once it can no longer be taken. One that is
// asked for is media.ErrIDTaken if it is not free.
func (l *Library) reserve(ctx context.Context, d *StagedUpload, id string) (*os.File, error) {
	for {
		d.id = cmp.Or(id, media.NewID())
		f, err := d.create(media.RoleOriginal)
		if errors.Is(err, fs.ErrExist) && id == "" {
			continue
		}
		if errors.Is(err, fs.ErrExist) {
			return nil, media.ErrIDTaken
		}
		if err != nil {
			return nil, err
		}
		given, err := l.database.IDGiven(ctx, d.id)
		if err == nil && !given {
			return f, nil
		}
		d.Abort()
		if err == nil && id != "" {
			err = media.ErrIDTaken
		}
		if err != nil {
			return nil, err
		}
	}
}

// spoolWriter takes the bytes of an upload: at most so many, and only while
// there is room for them.
type spoolWriter struct {
	file   *os.File
	volume *storage.Volume
	digest *resumableMD5
	limit  int64
	left   int64 // bytes until they are too many
	look   int64 // bytes until the next look at what is free
}

// spaceBlock is how many bytes of an upload are written between two looks at
// what is free.
const spaceBlock = 16 << 20

func (w *spoolWriter) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		return 0, &media.SizeError{Limit: w.limit}
	}
	if w.look -= int64(len(p)); w.look < 0 {
		if err := w.volume.CheckMinFree(); err != nil {
			return 0, err
		}
		w.look = spaceBlock
	}
	w.digest.Write(p)
	n, err := w.file.Write(p)
	return n, storage.Classify(err)
}

// create opens a further staged file of the staged upload.
func (d *StagedUpload) create(role media.Role) (*os.File, error) {
	f, err := d.staging.Create(stagedName(d.id, role))
	if err != nil {
		return nil, err
	}
	d.files[role] = f
	return f, nil
}

// original returns the staged bytes and how many they are.
func (d *StagedUpload) original() (*os.File, int64, error) {
	f := d.files[media.RoleOriginal]
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// replaceOriginal puts the treated bytes in the place of the original's.
func (d *StagedUpload) replaceOriginal() error {
	treated := d.files[roleProcessed]
	d.files[media.RoleOriginal].Close()
	if err := d.staging.Rename(stagedName(d.id, roleProcessed), stagedName(d.id, media.RoleOriginal)); err != nil {
		return err
	}
	delete(d.files, roleProcessed)
	d.files[media.RoleOriginal] = treated
	return nil
}

// removeStaged discards one staged file.
func (d *StagedUpload) removeStaged(role media.Role) error {
	f, ok := d.files[role]
	if !ok {
		return nil
	}
	delete(d.files, role)
	return errors.Join(f.Close(), d.staging.Remove(stagedName(d.id, role)))
}

// renameTo makes one staged file an item's, for Recover as well.
func (d *StagedUpload) renameTo(role media.Role, id string) error {
	f := d.files[role]
	delete(d.files, role)
	return errors.Join(f.Close(), d.staging.Rename(stagedName(d.id, role), stagedName(id, role)))
}

// sync makes the staged upload outlive a crash.
func (d *StagedUpload) sync() error {
	for role, f := range d.files {
		if err := storage.SyncFile(f); err != nil {
			return fmt.Errorf("sync %s: %w", role, storage.Classify(err))
		}
	}
	return d.staging.Sync()
}

// Abort removes the files that are still in staging. It may be called again.
func (d *StagedUpload) Abort() {
	for role := range d.files {
		d.removeStaged(role)
	}
}

// closeKeepFiles closes the staged upload and keeps its bytes in staging, for Recover.
func (d *StagedUpload) closeKeepFiles() {
	for _, f := range d.files {
		f.Close()
	}
	clear(d.files)
}
