//go:build nodynamic

package picture

import (
	"errors"
	"fmt"
	"image"
	"postern/media/heif"
)

var heicDecoder = decoder{compressed: &heicModule}

// heicBytes estimates the memory for a picture, and is what the decoder gets.
func heicBytes(pixels, size int64) int64 { return 24*pixels + 2*size + 16<<20 }

// decodeHEIC decodes the primary item.
func decodeHEIC(f *file, c Config) (image.Image, error) {
	p, err := measuredHEIF(f, c)
	if err != nil {
		return nil, err
	}
	if err := checkHEVC(f, p); err != nil {
		return nil, err
	}
	m := image.NewNRGBA(image.Rect(0, 0, c.Width, c.Height))
	err = heicDecoder.run(f.ctx, c.DecodedBytes(), func(i *instance) error {
		in := i.load(f.section(0, f.size), f.size)
		info := i.alloc(2 * 4)
		out := i.call("decode", in, uint64(f.size), 0, info)
		size := i.numbers(info, 2)
		if i.err != nil {
			return i.err
		}
		if out == 0 {
			return errTrap
		}
		if size[0] != c.Width || size[1] != c.Height {
			return fmt.Errorf("%w: %dx%d pixels, header told %dx%d", errTrap, size[0], size[1], c.Width, c.Height)
		}
		copy(m.Pix, i.bytes(uint64(out), int64(len(m.Pix))))
		return i.err
	})
	if errors.Is(err, errTrap) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, err
}

// measuredHEIF locates the parts of a still picture whose coded items are not
// too large to be decoded.
func measuredHEIF(f *file, c Config) (*heif.Picture, error) {
	p, err := locateHEIF(f)
	if err != nil {
		return nil, err
	}
	if !p.HasPrimary {
		return nil, fmt.Errorf("%w: %s sequence without a primary item", ErrNoDecoder, c.Format)
	}
	return p, measureItems(f, p, c.itemLimit())
}
