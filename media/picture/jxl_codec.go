//go:build nodynamic

package picture

import (
	"encoding/binary"
	"fmt"
	"image"

	"postern/media/codec/wasm"
)

// decodeJXL decodes the first frame, upright. A picture of 16 bits a sample
// keeps them, all others get 8.
func decodeJXL(f *file, c Config) (image.Image, error) {
	h, err := readJXLHeader(f)
	if err != nil {
		return nil, err
	}
	if h.HasICC && !h.XYB || h.Black {
		return nil, fmt.Errorf("%w: JPEG XL whose samples only its profile explains", ErrNoDecoder)
	}
	var m image.Image
	var pix []byte
	if rect := image.Rect(0, 0, c.Width, c.Height); h.SampleBits == 16 {
		deep := image.NewNRGBA64(rect)
		m, pix = deep, deep.Pix
	} else {
		plain := image.NewNRGBA(rect)
		m, pix = plain, plain.Pix
	}
	err = runCodec(f.ctx, &wasm.JXL, c.decodedBytes, func(i *wasm.Instance) error {
		const facts = 4 // width, height, bits a sample, frames
		in, info := i.Load(f.section(0, f.size), f.size), i.Alloc(4*facts)
		delays, out := i.Alloc(64), i.Alloc(int64(len(pix)))
		done := i.Call("decode", in, uint64(f.size), 0, 0, info, info+4, info+8, info+12, delays, out)
		got := i.Numbers(info, facts)
		if i.Err != nil {
			return i.Err
		}
		if done == 0 {
			return wasm.ErrTrap
		}
		if got[0] != c.Width || got[1] != c.Height || got[2] != h.SampleBits {
			return fmt.Errorf("%w: %dx%d pixels of %d bits, header told %dx%d of %d", wasm.ErrTrap, got[0], got[1], got[2], c.Width, c.Height, h.SampleBits)
		}
		copy(pix, i.Bytes(out, int64(len(pix))))
		return i.Err
	})
	if err == nil && h.XYB && h.HasICC {
		// What has its own colours inside comes out in light of sRGB's.
		toSRGBCurve(m)
	}
	if h.Multiplied {
		m = multiplied(m)
	}
	return m, err
}

// multiplied tells in its type that the colours of a picture were multiplied by alpha.
// None is greater than alpha then.
func multiplied(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.NRGBA:
		for p := m.Pix; len(p) >= 4; p = p[4:] {
			p[0], p[1], p[2] = min(p[0], p[3]), min(p[1], p[3]), min(p[2], p[3])
		}
		return &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	case *image.NRGBA64:
		for p := m.Pix; len(p) >= 8; p = p[8:] {
			alpha := binary.BigEndian.Uint16(p[6:])
			for k := 0; k < 6; k += 2 {
				binary.BigEndian.PutUint16(p[k:], min(binary.BigEndian.Uint16(p[k:]), alpha))
			}
		}
		return &image.RGBA64{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	}
	return m
}
