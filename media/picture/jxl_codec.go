//go:build nodynamic

package picture

import (
	"fmt"
	"image"
)

var jxlDecoder = decoder{compressed: &jxlModule}

// decodeJXL decodes the first frame, upright. A picture of 16 bits a sample
// keeps them, all others get 8.
func decodeJXL(f *file, c Config) (image.Image, error) {
	h, err := readJXLHeader(f)
	if err != nil {
		return nil, err
	}
	if h.hasICC && !h.xyb {
		return nil, fmt.Errorf("%w: JPEG XL whose samples only its profile explains", ErrNoDecoder)
	}
	var m image.Image
	var pix []byte
	if rect := image.Rect(0, 0, c.Width, c.Height); h.sampleBits == 16 {
		deep := image.NewNRGBA64(rect)
		m, pix = deep, deep.Pix
	} else {
		plain := image.NewNRGBA(rect)
		m, pix = plain, plain.Pix
	}
	err = jxlDecoder.run(f.ctx, c.decodedBytes, func(i *instance) error {
		const facts = 4 // width, height, bits a sample, frames
		in, info := i.load(f.section(0, f.size), f.size), i.alloc(4*facts)
		delays, out := i.alloc(64), i.alloc(int64(len(pix)))
		done := i.call("decode", in, uint64(f.size), 0, 0, info, info+4, info+8, info+12, delays, out)
		got := i.numbers(info, facts)
		if i.err != nil {
			return i.err
		}
		if done == 0 {
			return errTrap
		}
		if got[0] != c.Width || got[1] != c.Height || got[2] != h.sampleBits {
			return fmt.Errorf("%w: %dx%d pixels of %d bits, header told %dx%d of %d", errTrap, got[0], got[1], got[2], c.Width, c.Height, h.sampleBits)
		}
		copy(pix, i.bytes(out, int64(len(pix))))
		return i.err
	})
	if err == nil && h.xyb && h.hasICC {
		// What has its own colours inside comes out in light of sRGB's.
		toSRGBCurve(m)
	}
	return m, err
}
