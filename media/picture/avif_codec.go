//go:build nodynamic

package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"postern/media/codec/heif"
	"postern/media/codec/wasm"
)

// decodeAVIF decodes the primary item.
func decodeAVIF(f *file, c Config) (image.Image, error) {
	p, err := measuredHEIF(f, c)
	if err != nil {
		return nil, err
	}
	var m image.Image
	err = runCodec(f.ctx, &wasm.AVIF, c.decodedBytes, func(i *wasm.Instance) (err error) {
		m, err = codedAVIF(i, f, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return shownPart(m, p), nil
}

// codedAVIF returns the item as coded.
func codedAVIF(i *wasm.Instance, f *file, p *heif.Picture) (image.Image, error) {
	const facts = 4 // width, height, bits a sample, frames
	still, size, err := stillHEIF(f, p)
	if err != nil {
		return nil, err
	}
	in, info := i.Load(still, size), i.Alloc(4*facts)
	read := func(headersOnly, mark, out uint64) {
		done := i.Call("decode", in, uint64(size), headersOnly, 0, info, info+4, info+8, info+12, mark, out)
		if i.Err == nil && done == 0 {
			i.Err = wasm.ErrTrap
		}
	}
	read(1, 0, 0)
	got := i.Numbers(info, facts)
	if i.Err == nil && (got[0] != p.Width || got[1] != p.Height) {
		i.Err = fmt.Errorf("%w: %dx%d pixels, header told %dx%d", wasm.ErrTrap, got[0], got[1], p.Width, p.Height)
	}
	deep, rect := got[2] > 8, image.Rect(0, 0, p.Width, p.Height)
	n := 4 * int64(p.Width) * int64(p.Height)
	if deep {
		n *= 2
	}
	// A decoder that meets a fault ends well, and leaves the duration as it was.
	mark, out := i.Alloc(8), i.Alloc(n)
	copy(i.Bytes(mark, 8), untouched)
	read(0, mark, out)
	if i.Err == nil && string(i.Bytes(mark, 8)) == untouched {
		i.Err = wasm.ErrTrap
	}
	pix := i.Bytes(out, n)
	if i.Err != nil {
		return nil, i.Err
	}
	if deep {
		return swapped(pix, rect), nil
	}
	return &image.RGBA{Pix: bytes.Clone(pix), Stride: 4 * rect.Dx(), Rect: rect}, nil
}

// untouched is no duration in seconds.
const untouched = "\xff\xff\xff\xff\xff\xff\xff\xff"

// swapped makes a picture of samples whose lower byte comes first.
func swapped(pix []byte, rect image.Rectangle) *image.RGBA64 {
	m := image.NewRGBA64(rect)
	for k := 0; k < len(pix); k += 2 {
		m.Pix[k], m.Pix[k+1] = pix[k+1], pix[k]
	}
	return m
}

// encodeAVIF writes at a high speed: at the library's slower ones a picture of
// 500 pixels takes seconds.
func encodeAVIF(w io.Writer, m image.Image, o Options) error {
	avif, err := encodedAVIF(tightRGBA(m), o.Quality)
	if err == nil && len(o.ICC) > 0 {
		avif, err = withProfile(avif, o.ICC)
	}
	if err == nil {
		_, err = w.Write(avif)
	}
	return err
}

func encodedAVIF(m *image.RGBA, quality int) (avif []byte, err error) {
	const speed, subsampled420, lossy = 9, 3, 0
	size := m.Rect.Size()
	most := avifEncoderBytes(int64(size.X) * int64(size.Y))
	err = runCodec(context.Background(), &wasm.AVIF, most, func(i *wasm.Instance) error {
		in, length := i.Load(bytes.NewReader(m.Pix), int64(len(m.Pix))), i.Alloc(8)
		out := i.Call("encode", in, uint64(size.X), uint64(size.Y), length, uint64(quality), uint64(quality), speed, subsampled420, lossy)
		n := i.Bytes(length, 8)
		if i.Err == nil && out == 0 {
			i.Err = wasm.ErrTrap
		}
		if i.Err == nil {
			avif = bytes.Clone(i.Bytes(uint64(out), int64(binary.LittleEndian.Uint32(n))))
		}
		return i.Err
	})
	return avif, err
}

// avifEncoderBytes is what the encoder gets for a picture.
func avifEncoderBytes(pixels int64) int64 { return 256*pixels + 64<<20 }
