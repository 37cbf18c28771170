package process

import (
	"context"
	"crypto/md5"
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

// Process makes the bytes to store of the bytes as uploaded: a resized picture
// (a JPEG for what browsers do not show), a PNG for a BMP, or the same without
// private metadata.
func (p *Processor) Process(ctx context.Context, d *StagedUpload, it *media.Item, info *Info, width int) error {
	defer p.Observe.Begin(ctx, stepProcess)()
	width, err := targetWidth(width, *info)
	if err != nil {
		return err
	}
	changed := false
	switch {
	case width > 0 || info.Format == string(picture.BMP):
		changed, err = true, p.redraw(ctx, d, info, width)
	case p.Settings().Metadata == metadata.Keep:
	case info.Kind == media.KindVideo:
		err = p.redact(d, it)
	default:
		changed, err = p.strip(d, *info)
	}
	if err != nil {
		return fmt.Errorf("process: %w", err)
	}
	it.Width, it.Height = info.Width, info.Height
	if changed {
		if it.MD5, err = p.adopt(d); err != nil {
			return fmt.Errorf("process: %w", err)
		}
	}
	return p.noteOriginal(d, it, *info)
}

// targetWidth returns the width to resize to for one that is asked for, 0 for none.
func targetWidth(asked int, info Info) (int, error) {
	switch {
	case asked == 0 || info.Kind == media.KindVideo || info.Animated || asked == info.Width:
		return 0, nil
	case asked < 0:
		return 0, media.ErrGeometry
	case asked > info.Width:
		return 0, media.ErrWidthTooLarge
	}
	return asked, nil
}

// redrawn are the formats as which pictures of others are written anew.
var redrawn = map[picture.Format]picture.Format{
	picture.BMP: picture.PNG, picture.HEIC: picture.JPEG, picture.JXL: picture.JPEG,
}

// redraw decodes the picture and writes it anew as processed bytes: upright, in
// its format or the one that is written for it, and of the given width unless
// that is 0.
func (p *Processor) redraw(ctx context.Context, d *StagedUpload, info *Info, width int) error {
	in, size, err := d.Original()
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
	return p.Pool.Do(ctx, memoryFor(*info), func() error {
		made, icc, err := p.decodeCuts(ctx, in, size, *info, info.Width, info.Height, func(size image.Point) []picture.Cut {
			return []picture.Cut{picture.FitCut(size, width)}
		}, nil)
		if err != nil {
			return err
		}
		m := made[0]
		format = picture.Written(format, m.Bounds().Dx(), m.Bounds().Dy())
		options := picture.Options{Quality: p.Settings().Quality, ICC: icc}
		if err := p.encodeTo(ctx, out, m, format, options); err != nil {
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
func (p *Processor) strip(d *StagedUpload, info Info) (bool, error) {
	return d.rewrite(func(out io.Writer, in io.ReaderAt, size int64) (bool, error) {
		return metadata.Strip(out, in, size, metadata.Kind(info.Format), p.Settings().Metadata)
	})
}

// rewrite lets write make other bytes of the original, and reports whether they differ:
// only then are they staged. A panic of write is an error of this upload alone.
func (d *StagedUpload) rewrite(write func(out io.Writer, in io.ReaderAt, size int64) (changed bool, err error)) (bool, error) {
	in, size, err := d.Original()
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
func (p *Processor) unusedOf(d *StagedUpload) picture.Unused {
	if p.Settings().Metadata == metadata.Keep {
		return nil
	}
	return &d.unused
}

// CutUnused leaves out the bytes that the decoder made nothing of: words hide there,
// and only the decoder knows of them. There are none in what cameras and programs write.
func (p *Processor) CutUnused(d *StagedUpload, it *media.Item, info Info) error {
	if d.unused.None() {
		return nil
	}
	changed, err := d.rewrite(d.unused.CutTo)
	if err != nil || !changed {
		return err
	}
	if it.MD5, err = p.adopt(d); err != nil {
		return fmt.Errorf("cut: %w", err)
	}
	return p.noteOriginal(d, it, info)
}

// redact overwrites private metadata of a video where it stands.
func (p *Processor) redact(d *StagedUpload, it *media.Item) error {
	f, size, err := d.Original()
	if err != nil {
		return err
	}
	var changed bool
	watched := &firstWrite{File: f, offset: size}
	err = safely(func() (err error) {
		changed, err = video.Redact(watched, size, p.Settings().Metadata == metadata.None)
		return err
	})
	switch {
	case errors.Is(err, video.ErrDamaged):
		return fmt.Errorf("%w: %w", media.ErrDamagedVideo, err)
	case err != nil:
		return storage.Classify(err)
	case changed:
		it.MD5, err = d.Sum(d.digest.before(watched.offset))
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

// adopt makes the processed bytes the original's and returns their MD5.
func (p *Processor) adopt(d *StagedUpload) (string, error) {
	if err := d.replaceOriginal(); err != nil {
		return "", err
	}
	return d.Sum(md5.New(), 0)
}

// Sum returns the digest, in hex, of the original's bytes as they are now. The
// first n of them are in h already.
func (d *StagedUpload) Sum(h hash.Hash, n int64) (string, error) {
	f, size, err := d.Original()
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(h, io.NewSectionReader(f, n, size-n)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (p *Processor) noteOriginal(d *StagedUpload, it *media.Item, info Info) error {
	_, size, err := d.Original()
	it.Original = media.File{MIME: info.MIME, Size: size, Width: info.Width, Height: info.Height}
	return err
}
