//go:build nodynamic

package picture

import (
	"fmt"
	"image"
)

var heicDecoder = decoder{compressed: &heicModule}

// decodeHEIC decodes the primary item.
func decodeHEIC(f *file, c Config) (image.Image, error) {
	p, err := measuredHEIF(f, c)
	if err != nil {
		return nil, err
	}
	if err := checkHEVC(f, p); err != nil {
		return nil, err
	}
	still, size, err := stillHEIF(f, p)
	if err != nil {
		return nil, err
	}
	m := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	err = heicDecoder.run(f.ctx, c.decodedBytes, func(i *instance) error {
		in := i.load(still, size)
		info := i.alloc(2 * 4)
		out := i.call("decode", in, uint64(size), 0, info)
		got := i.numbers(info, 2)
		if i.err != nil {
			return i.err
		}
		if out == 0 {
			return errTrap
		}
		if got[0] != p.Width || got[1] != p.Height {
			return fmt.Errorf("%w: %dx%d pixels, header told %dx%d", errTrap, got[0], got[1], p.Width, p.Height)
		}
		copy(m.Pix, i.bytes(uint64(out), int64(len(m.Pix))))
		return i.err
	})
	if err != nil {
		return nil, err
	}
	return shownPart(m, p), nil
}
