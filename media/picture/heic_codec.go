//go:build nodynamic

package picture

import (
	"fmt"
	"image"

	"postern/media/codec/wasm"
)

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
	err = runCodec(f.ctx, &wasm.HEIC, c.decodedBytes, func(i *wasm.Instance) error {
		in := i.Load(still, size)
		info := i.Alloc(2 * 4)
		out := i.Call("decode", in, uint64(size), 0, info)
		got := i.Numbers(info, 2)
		if i.Err != nil {
			return i.Err
		}
		if out == 0 {
			return wasm.ErrTrap
		}
		if got[0] != p.Width || got[1] != p.Height {
			return fmt.Errorf("%w: %dx%d pixels, header told %dx%d", wasm.ErrTrap, got[0], got[1], p.Width, p.Height)
		}
		copy(m.Pix, i.Bytes(uint64(out), int64(len(m.Pix))))
		return i.Err
	})
	if err != nil {
		return nil, err
	}
	return shownPart(m, p), nil
}
