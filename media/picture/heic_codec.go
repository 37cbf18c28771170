//go:build nodynamic

package picture

import (
	"errors"
	"fmt"
	"image"
)

var heicDecoder = decoder{compressed: &heicModule}

// heicBytes estimates the memory for a picture, and is what the decoder gets.
func heicBytes(pixels, size int64) int64 { return 24*pixels + 2*size + 16<<20 }

// decodeHEIC decodes the primary item.
func decodeHEIC(f *file, c Config) (image.Image, error) {
	p, err := locateHEIF(f)
	if err != nil {
		return nil, err
	}
	if !p.HasPrimary {
		return nil, fmt.Errorf("%w: HEIC sequence without a primary item", ErrNoDecoder)
	}
	if err := measureItems(f, p, c.itemLimit()); err != nil {
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
