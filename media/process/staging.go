package process

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

// StagedName is the staged name of an item's file. Recover reads it.
func StagedName(id string, role media.Role) string { return id + "." + string(role) }

// ParseStagedName is the inverse of StagedName.
func ParseStagedName(name string) (id string, role media.Role) {
	id, last, _ := strings.Cut(name, ".")
	return id, media.Role(last)
}

// roleProcessed is the name of bytes that are to replace the original's.
const roleProcessed media.Role = "processed"

// Staging takes uploads. It is safe for concurrent use.
type Staging struct {
	Folder  *storage.Staging
	Volume  *storage.Volume                                    // below it; nil: always with room
	Given   func(ctx context.Context, id string) (bool, error) // has or had an item this ID?
	Observe Observer
}

// Spool copies an upload's bytes to staging in one pass, and fails with a
// *SizeError as soon as they are more than limit, with ErrFull as soon as less
// is free than the floor. The caller calls Abort in the end, with any outcome.
func (s *Staging) Spool(ctx context.Context, r io.Reader, limit int64) (*StagedUpload, error) {
	return s.SpoolAs(ctx, r, limit, "")
}

// SpoolAs is Spool for an item that had an ID on another server, "" for none. The error
// is media.ErrIDTaken when an item has or had it here.
func (s *Staging) SpoolAs(ctx context.Context, r io.Reader, limit int64, id string) (*StagedUpload, error) {
	if err := s.Volume.CheckMinFree(); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	d := &StagedUpload{staging: s.Folder, files: make(map[media.Role]*os.File), digest: newResumableMD5()}
	f, err := s.reserve(ctx, d, id)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	defer s.Observe.Begin(ctx, StepReceive)()
	w := spoolWriter{file: f, volume: s.Volume, digest: d.digest, limit: limit, left: limit, look: spaceBlock}
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
func (s *Staging) reserve(ctx context.Context, d *StagedUpload, id string) (*os.File, error) {
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
		given, err := s.Given(ctx, d.id)
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

// Check returns why no upload could be staged, nil if one can.
func (s *Staging) Check() error {
	name := StagedName(media.NewID(), media.RoleOriginal)
	f, err := s.Folder.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), s.Folder.Remove(name))
}

// Names lists the names of all staged files, those of running uploads included.
func (s *Staging) Names() ([]string, error) { return s.Folder.Names() }

// StagedFor returns a staged upload without files, for those that are made of an item's.
func StagedFor(id string, folder *storage.Staging) *StagedUpload {
	return &StagedUpload{id: id, staging: folder, files: make(map[media.Role]*os.File)}
}

// create opens a further staged file of the staged upload.
func (d *StagedUpload) create(role media.Role) (*os.File, error) {
	f, err := d.staging.Create(StagedName(d.id, role))
	if err != nil {
		return nil, err
	}
	d.files[role] = f
	return f, nil
}

// Original returns the staged bytes and how many they are.
func (d *StagedUpload) Original() (*os.File, int64, error) {
	f := d.files[media.RoleOriginal]
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// replaceOriginal puts the processed bytes in the place of the original's.
func (d *StagedUpload) replaceOriginal() error {
	processed := d.files[roleProcessed]
	d.files[media.RoleOriginal].Close()
	if err := d.staging.Rename(StagedName(d.id, roleProcessed), StagedName(d.id, media.RoleOriginal)); err != nil {
		return err
	}
	delete(d.files, roleProcessed)
	d.files[media.RoleOriginal] = processed
	return nil
}

// removeStaged discards one staged file.
func (d *StagedUpload) removeStaged(role media.Role) error {
	f, ok := d.files[role]
	if !ok {
		return nil
	}
	delete(d.files, role)
	return errors.Join(f.Close(), d.staging.Remove(StagedName(d.id, role)))
}

// RenameTo makes one staged file an item's, for Recover as well.
func (d *StagedUpload) RenameTo(role media.Role, id string) error {
	f := d.files[role]
	delete(d.files, role)
	return errors.Join(f.Close(), d.staging.Rename(StagedName(d.id, role), StagedName(id, role)))
}

// Sync makes the staged upload outlive a crash.
func (d *StagedUpload) Sync() error {
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

// CloseKeepFiles closes the staged upload and keeps its bytes in staging, for Recover.
func (d *StagedUpload) CloseKeepFiles() {
	for _, f := range d.files {
		f.Close()
	}
	clear(d.files)
}
