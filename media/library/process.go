package library

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"image"
	"io"

	"postern/media"
	"postern/media/metadata"
	"postern/media/picture"
	"postern/media/video"
	"postern/storage"
)

// process makes the bytes to store of the bytes as uploaded: a resized picture
// (a JPEG for what browsers do not show), a PNG for a BMP, or the same without
// private metadata.
func (l *Library) process(ctx context.Context, up Upload, it *media.Item, info *Info) error {
	defer l.observe(ctx, stepProcess)()
	width, err := targetWidth(up, *info)
	if err != nil {
		return err
	}
	changed := false
	switch {
	case width > 0 || info.Format == string(picture.BMP):
		changed, err = true, l.redraw(ctx, up.Staged, info, width)
	case l.Policy().Metadata == metadata.Keep:
	case info.Kind == media.KindVideo:
		err = l.redact(up.Staged, it)
	default:
		changed, err = l.strip(up.Staged, *info)
	}
	if err != nil {
		return fmt.Errorf("treat: %w", err)
	}
	it.Width, it.Height = info.Width, info.Height
	if changed {
		if it.MD5, err = l.adopt(up.Staged); err != nil {
			return fmt.Errorf("treat: %w", err)
		}
	}
	return l.noteOriginal(up.Staged, it, *info)
}

// targetWidth returns the width to resize to, 0 for none.
func targetWidth(up Upload, info Info) (int, error) {
	switch {
	case up.Width == 0 || info.Kind == media.KindVideo || info.Animated || up.Width == info.Width:
		return 0, nil
	case up.Width < 0:
		return 0, media.ErrGeometry
	case up.Width > info.Width:
		return 0, media.ErrWidthTooLarge
	}
	return up.Width, nil
}

// redrawn are the formats as which pictures of others are written anew.
var redrawn = map[picture.Format]picture.Format{
	picture.BMP: picture.PNG, picture.HEIC: picture.JPEG, picture.JXL: picture.JPEG,
}

// redraw decodes the picture and writes it anew as treated bytes: upright, in
// its format or the one that is written for it, and of the given width unless
// that is 0.
func (l *Library) redraw(ctx context.Context, d *StagedUpload, info *Info, width int) error {
	in, size, err := d.original()
	if err != nil {
		return err
	}
	out, err := d.create(roleProcessed)
	if err != nil {
		return err
	}
	format := info.picture.Format
	if other, ok := redrawn[format]; ok {
		format = other
	}
	return l.decodePool.do(ctx, memoryFor(*info), func() error {
		made, icc, err := l.decodeCuts(ctx, in, size, *info, info.Width, info.Height, func(size image.Point) []picture.Cut {
			return []picture.Cut{picture.FitCut(size, width)}
		}, nil)
		if err != nil {
			return err
		}
		m := made[0]
		format = picture.Written(format, m.Bounds().Dx(), m.Bounds().Dy())
		options := picture.Options{Quality: l.Policy().Quality, ICC: icc}
		if err := l.encodeTo(ctx, out, m, format, options); err != nil {
			return err
		}
		info.Width, info.Height = m.Bounds().Dx(), m.Bounds().Dy()
		info.Format, info.MIME = string(format), format.MIME()
		info.Metadata.Orientation = 1
		info.picture, err = picture.ReadConfig(out, fileSize(out))
		return err
	})
}

// strip writes the bytes without private metadata, and reports whether they
// differ.
func (l *Library) strip(d *StagedUpload, info Info) (bool, error) {
	return d.rewrite(func(out io.Writer, in io.ReaderAt, size int64) (bool, error) {
		return metadata.Strip(out, in, size, metadata.Kind(info.Format), l.Policy().Metadata)
	})
}

// rewrite lets write make other bytes of the original, and reports whether they differ:
// only then are they staged. A panic of write is an error of this upload alone.
func (d *StagedUpload) rewrite(write func(out io.Writer, in io.ReaderAt, size int64) (changed bool, err error)) (bool, error) {
	in, size, err := d.original()
	if err != nil {
		return false, err
	}
	out, err := d.create(roleProcessed)
	if err != nil {
		return false, err
	}
	var changed bool
	err = safely(func() (err error) {
		changed, err = write(out, in, size)
		return err
	})
	if errors.Is(err, metadata.ErrDamaged) {
		err = fmt.Errorf("%w: %w", media.ErrDamaged, err)
	}
	if err != nil || !changed {
		return false, errors.Join(storage.Classify(err), d.removeStaged(roleProcessed))
	}
	return true, nil
}

// unusedOf returns what is told of bytes that the decoder makes nothing of, nil where
// they may stay.
func (l *Library) unusedOf(d *StagedUpload) picture.Unused {
	if l.Policy().Metadata == metadata.Keep {
		return nil
	}
	return &d.unused
}

// cutUnused leaves out the bytes that the decoder made nothing of: words hide there,
// and only the decoder knows of them. There are none in what cameras and programs write.
func (l *Library) cutUnused(d *StagedUpload, it *media.Item, info Info) error {
	if d.unused.None() {
		return nil
	}
	changed, err := d.rewrite(d.unused.CutTo)
	if err != nil || !changed {
		return err
	}
	if it.MD5, err = l.adopt(d); err != nil {
		return fmt.Errorf("cut: %w", err)
	}
	return l.noteOriginal(d, it, info)
}

// redact overwrites private metadata of a video where it stands.
func (l *Library) redact(d *StagedUpload, it *media.Item) error {
	f, size, err := d.original()
	if err != nil {
		return err
	}
	var changed bool
	watched := &firstWrite{File: f, offset: size}
	err = safely(func() (err error) {
		changed, err = video.Redact(watched, size, l.Policy().Metadata == metadata.None)
		return err
	})
	switch {
	case errors.Is(err, video.ErrDamaged):
		return fmt.Errorf("%w: %w", media.ErrDamagedVideo, err)
	case err != nil:
		return storage.Classify(err)
	case changed:
		it.MD5, err = d.sum(d.digest.before(watched.offset))
	}
	return err
}

// firstWrite notes how far a file stays as it was.
type firstWrite struct {
	video.File
	offset int64
}

// WriteAt implements io.WriterAt.
func (f *firstWrite) WriteAt(p []byte, offset int64) (int, error) {
	f.offset = min(f.offset, offset)
	return f.File.WriteAt(p, offset)
}

// adopt makes the treated bytes the original's and returns their MD5.
func (l *Library) adopt(d *StagedUpload) (string, error) {
	if err := d.replaceOriginal(); err != nil {
		return "", err
	}
	return d.sum(md5.New(), 0)
}

// sum returns the digest, in hex, of the original's bytes as they are now. The
// first n of them are in h already.
func (d *StagedUpload) sum(h hash.Hash, n int64) (string, error) {
	f, size, err := d.original()
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(h, io.NewSectionReader(f, n, size-n)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (l *Library) noteOriginal(d *StagedUpload, it *media.Item, info Info) error {
	_, size, err := d.original()
	it.Original = media.File{MIME: info.MIME, Size: size, Width: info.Width, Height: info.Height}
	return err
}

// sameBytes compares the staged upload with what is stored of an item, by a digest
// where the record has one. The error wraps fs.ErrNotExist when nothing is stored.
func (l *Library) sameBytes(ctx context.Context, it media.Item, d *StagedUpload) (bool, error) {
	if it.Original.SHA256 != "" {
		sum, err := d.sum(sha256.New(), 0)
		return sum == it.Original.SHA256, err
	}
	f, size, err := d.original()
	if err != nil {
		return false, err
	}
	stored, err := l.store.Open(ctx, it.Original.Stored())
	if err != nil {
		return false, err
	}
	defer stored.Close()
	return equalReaders(io.NewSectionReader(f, 0, size), stored)
}

func equalReaders(a, b io.Reader) (bool, error) {
	const block = 64 << 10
	bufA, bufB := make([]byte, block), make([]byte, block)
	for {
		n, errA := io.ReadFull(a, bufA)
		m, errB := io.ReadFull(b, bufB)
		if !bytes.Equal(bufA[:n], bufB[:m]) {
			return false, nil
		}
		endA := errA == io.EOF || errA == io.ErrUnexpectedEOF
		endB := errB == io.EOF || errB == io.ErrUnexpectedEOF
		switch {
		case endA && endB:
			return true, nil
		case errA != nil && !endA:
			return false, errA
		case errB != nil && !endB:
			return false, errB
		}
	}
}
