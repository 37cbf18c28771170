package process

import (
	"context"
	"errors"
	"image"
	"io"
	"sync"

	"postern/media"
	"postern/media/frame/poster"
	"postern/media/picture"
)

// Renditions makes the renditions of an item that is so wide, in staging, of the size bytes
// of a picture. It decodes once, and makes each size but the largest of the next larger one.
func (p *Processor) Renditions(ctx context.Context, d *StagedUpload, it *media.Item, f io.ReadSeeker, size int64) error {
	in := &seekReaderAt{r: f}
	info, err := Inspect(in, size, p.Settings().Location)
	if err != nil {
		return err
	}
	return p.Pool.Do(ctx, memoryFor(info), func() error {
		// The others are made of the largest one.
		largest := func(size image.Point) []picture.Cut {
			return []picture.Cut{picture.FitCut(size, largestSize(it.Width))}
		}
		made, icc, err := p.decodeCuts(ctx, in, size, info, min(it.Width, media.RenditionWidths[len(media.RenditionWidths)-1]), 0, largest, nil)
		format := info.picture.Format
		if errors.Is(err, media.ErrUndecoded) {
			made, icc, err, format = []image.Image{poster.Draw(it.Width, it.Height, 0)}, nil, nil, picture.JPEG
		}
		if err != nil {
			return err
		}
		return p.writeRenditions(ctx, d, it, made[0], format, icc)
	})
}

// largestSize returns the width of the largest rendition of an item of a width.
func largestSize(width int) (largest int) {
	for _, w := range media.RenditionWidths {
		if w < width {
			largest = w
		}
	}
	return largest
}

func (p *Processor) writeRenditions(ctx context.Context, d *StagedUpload, it *media.Item, m image.Image, format picture.Format, icc []byte) error {
	for i := len(media.RenditionRoles) - 1; i >= 0; i-- {
		if media.RenditionWidths[i] >= it.Width {
			continue
		}
		m = picture.Fit(m, media.RenditionWidths[i])
		if err := p.writeVariant(ctx, d, it, media.RenditionRoles[i], m, format, icc); err != nil {
			return err
		}
	}
	return nil
}

// seekReaderAt reads a stored file at any place. It is safe for concurrent
// use.
type seekReaderAt struct {
	mu sync.Mutex
	r  io.ReadSeeker
}

func (s *seekReaderAt) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.r.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.r, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}
