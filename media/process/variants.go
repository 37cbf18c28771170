package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"runtime"

	"postern/media"
	"postern/media/frame/poster"
	"postern/media/picture"
	"postern/storage"
)

// Derive makes the item's variants in staging.
func (p *Processor) Derive(ctx context.Context, d *StagedUpload, it *media.Item, info Info) error {
	f, size, err := d.Original()
	if err != nil {
		return err
	}
	waited := p.Observe.Begin(ctx, stepWait)
	err = p.Pool.Do(ctx, memoryFor(info), func() error {
		waited()
		defer p.Observe.Begin(ctx, stepDerive)()
		if info.Kind == media.KindVideo {
			return p.deriveVideo(ctx, d, it, info, f, size)
		}
		return p.derivePicture(ctx, d, it, info, f, size)
	})
	if err != nil {
		return fmt.Errorf("derive: %w", err)
	}
	return nil
}

func (p *Processor) derivePicture(ctx context.Context, d *StagedUpload, it *media.Item, info Info, f *os.File, size int64) error {
	if !info.picture.BrowserCanShow() {
		return p.deriveUnshown(ctx, d, it, info, f, size)
	}
	plan := p.plan(it)
	made, icc, err := p.decodeCuts(ctx, f, size, info, decodeTarget(p.Settings().MediumWidth), decodeTarget(p.Settings().ThumbSize), plan.Cuts, p.unusedOf(d))
	if errors.Is(err, media.ErrUndecoded) {
		// Browsers show the original.
		return p.variants(ctx, d, it, poster.Draw(info.Width, info.Height, 0), picture.JPEG, nil)
	}
	if err != nil {
		return err
	}
	return p.writeVariants(ctx, d, it, plan, made, info.picture.Format, icc)
}

// decodeTarget is how long a side is to be decoded at least, to be made smaller then:
// the filter hides what scaling by powers of two does to a JPEG.
func decodeTarget(side int) int { return side + (side+3)/4 }

// maxDisplay bounds the longer side of the picture that is shown instead of one
// that browsers do not show, in pixels.
const maxDisplay = 2560

// deriveUnshown makes JPEGs of a picture that browsers do not show: a frame to
// show in its place, and always a medium. One that nothing here decodes is kept
// all the same, with a drawn picture.
func (p *Processor) deriveUnshown(ctx context.Context, d *StagedUpload, it *media.Item, info Info, f *os.File, size int64) error {
	// A JPEG may be shown at half of it: at twice the scale, a large one takes
	// hundreds of megabytes.
	m, icc, err := p.decodeUpright(ctx, f, size, info, maxDisplay/2, maxDisplay/2, p.unusedOf(d))
	if errors.Is(err, media.ErrUndecoded) {
		m, icc, err = poster.Draw(info.Width, info.Height, 0), nil, nil
	}
	if err != nil {
		return err
	}
	shown := picture.FitWithin(m, maxDisplay)
	if err := p.writeVariant(ctx, d, it, media.RoleFrame, shown, picture.JPEG, icc); err != nil {
		return err
	}
	return p.variants(ctx, d, it, shown, picture.JPEG, icc)
}

func (p *Processor) deriveVideo(ctx context.Context, d *StagedUpload, it *media.Item, info Info, f *os.File, size int64) error {
	m, err := p.Frames.Frame(ctx, f, size, info.video)
	if errors.Is(err, ErrNoFrame) {
		m, err = poster.Draw(info.Width, info.Height, info.Duration), nil
	}
	if err != nil {
		return storage.Classify(err) // programs work in files, too
	}
	if err := p.writeVariant(ctx, d, it, media.RoleFrame, m, picture.JPEG, nil); err != nil {
		return err
	}
	return p.variants(ctx, d, it, m, picture.JPEG, nil)
}

// variants writes the thumb and the medium of a picture.
func (p *Processor) variants(ctx context.Context, d *StagedUpload, it *media.Item, m image.Image, format picture.Format, icc []byte) error {
	plan := p.plan(it)
	return p.writeVariants(ctx, d, it, plan, picture.MakeAll(m, plan.Cuts), format, icc)
}

// plan plans a thumb and, where the item is wide enough for one or cannot be shown as
// it is, a medium.
func (p *Processor) plan(it *media.Item) picture.Variants {
	v := picture.Variants{ThumbSide: min(p.Settings().ThumbSize, it.Width, it.Height), LeastSide: p.Settings().ThumbSize}
	if it.Width > p.Settings().MediumWidth || it.Animated || it.Frame.MIME != "" && it.Kind == media.KindImage {
		v.MediumWidth = min(it.Width, p.Settings().MediumWidth)
	}
	return v
}

// writeVariants writes what was made of a plan.
func (p *Processor) writeVariants(ctx context.Context, d *StagedUpload, it *media.Item, v picture.Variants, made []image.Image, format picture.Format, icc []byte) error {
	medium, thumb := v.Of(made)
	if medium != nil {
		if err := p.writeVariant(ctx, d, it, media.RoleMedium, medium, format, icc); err != nil {
			return err
		}
	}
	return p.writeVariant(ctx, d, it, media.RoleThumb, thumb, format, icc)
}

func (p *Processor) writeVariant(ctx context.Context, d *StagedUpload, it *media.Item, role media.Role, m image.Image, format picture.Format, icc []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	runtime.Gosched() // to requests that wait for a processor
	format = picture.Written(format, m.Bounds().Dx(), m.Bounds().Dy())
	out, err := d.create(role)
	if err != nil {
		return err
	}
	if err := p.encodeTo(ctx, out, m, format, picture.Options{Quality: p.Settings().Quality, ICC: icc}); err != nil {
		return fmt.Errorf("%s: %w", role, err)
	}
	*it.File(role) = media.File{MIME: format.MIME(), Size: fileSize(out), Width: m.Bounds().Dx(), Height: m.Bounds().Dy()}
	return nil
}

// decodeUpright decodes the first frame, turned as its EXIF orientation says, and
// returns its colour profile, as decodeCuts does.
func (p *Processor) decodeUpright(ctx context.Context, f io.ReaderAt, size int64, info Info, minWidth, minHeight int, unused picture.Unused) (image.Image, []byte, error) {
	made, icc, err := p.decodeCuts(ctx, f, size, info, minWidth, minHeight, func(size image.Point) []picture.Cut {
		return []picture.Cut{picture.FitCut(size, size.X)}
	}, unused)
	if err != nil {
		return nil, nil, err
	}
	return made[0], icc, nil
}

// decodeCuts decodes the first frame, turned as its EXIF orientation says, and returns
// what is planned for its size, and its colour profile; the least sizes are of the
// upright picture. Decoders outside of this process are asked first: they can be
// stopped, and programs take less time than our codecs and know more kinds. unused,
// which may be nil, is told of what the picture is not made of. The
// error is media.ErrUndecoded when none knows the kind and its format is one of those that
// need such codecs.
func (p *Processor) decodeCuts(ctx context.Context, f io.ReaderAt, size int64, info Info, minWidth, minHeight int, plan picture.Plan, unused picture.Unused) ([]image.Image, []byte, error) {
	orientation := info.Metadata.Orientation
	if orientation >= 5 {
		minWidth, minHeight = minHeight, minWidth
	}
	needsCodec := programPixel[info.picture.Format] > 0
	made, icc, err := []image.Image(nil), []byte(nil), ErrNoFrame
	if needsCodec {
		var m image.Image
		if m, icc, err = p.Frames.Still(ctx, f, size, info.picture, minWidth, minHeight); err == nil {
			made = picture.MakeAll(m, plan)
		}
	}
	if errors.Is(err, ErrNoFrame) {
		made, err = picture.DecodeCuts(ctx, f, size, info.picture, orientation, minWidth, minHeight, plan, unused)
	}
	switch {
	case errors.Is(err, picture.ErrDamaged):
		return nil, nil, fmt.Errorf("%w: %w", media.ErrDamaged, err)
	case errors.Is(err, picture.ErrMemory), errors.Is(err, picture.ErrTooCostly):
		return nil, nil, fmt.Errorf("%w: %w", media.ErrTooManyPixels, err)
	case errors.Is(err, picture.ErrNoDecoder) && needsCodec:
		return nil, nil, fmt.Errorf("%w: %w", media.ErrUndecoded, err)
	case errors.Is(err, picture.ErrNoDecoder):
		return nil, nil, fmt.Errorf("%w: %w", media.ErrUnsupported, err)
	case err != nil:
		return nil, nil, storage.Classify(err)
	}
	if len(icc) == 0 {
		icc = picture.ICC(f, size, info.picture)
	}
	return made, icc, nil
}

// encodeTo writes a picture to a file, as long as anybody waits for it: by a program
// where that is quicker.
func (p *Processor) encodeTo(ctx context.Context, f *os.File, m image.Image, format picture.Format, o picture.Options) error {
	w := bufio.NewWriterSize(awaited{ctx, f}, 64<<10)
	err := p.Frames.Encode(ctx, w, m, format, o)
	if errors.Is(err, ErrNoFrame) {
		err = picture.Encode(w, m, format, o)
	}
	if err != nil {
		return storage.Classify(err)
	}
	return storage.Classify(w.Flush())
}

// awaited writes until the context is done.
type awaited struct {
	ctx context.Context
	w   io.Writer
}

func (a awaited) Write(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	return a.w.Write(p)
}

func fileSize(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}
