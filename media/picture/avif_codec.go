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
)

var avifCodec = decoder{compressed: &avifModule}

// decodeAVIF decodes the primary item.
func decodeAVIF(f *file, c Config) (image.Image, error) {
	p, err := measuredHEIF(f, c)
	if err != nil {
		return nil, err
	}
	var m image.Image
	err = avifCodec.run(f.ctx, c.decodedBytes, func(i *instance) (err error) {
		m, err = i.decodeAVIF(f, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return shownPart(m, p), nil
}

// decodeAVIF returns the item as coded.
func (i *instance) decodeAVIF(f *file, p *heif.Picture) (image.Image, error) {
	const facts = 4 // width, height, bits a sample, frames
	still, size, err := stillHEIF(f, p)
	if err != nil {
		return nil, err
	}
	in, info := i.load(still, size), i.alloc(4*facts)
	read := func(headersOnly, mark, out uint64) {
		done := i.call("decode", in, uint64(size), headersOnly, 0, info, info+4, info+8, info+12, mark, out)
		if i.err == nil && done == 0 {
			i.err = errTrap
		}
	}
	read(1, 0, 0)
	got := i.numbers(info, facts)
	if i.err == nil && (got[0] != p.Width || got[1] != p.Height) {
		i.err = fmt.Errorf("%w: %dx%d pixels, header told %dx%d", errTrap, got[0], got[1], p.Width, p.Height)
	}
	deep, rect := got[2] > 8, image.Rect(0, 0, p.Width, p.Height)
	n := 4 * int64(p.Width) * int64(p.Height)
	if deep {
		n *= 2
	}
	// A decoder that meets a fault ends well, and leaves the duration as it was.
	mark, out := i.alloc(8), i.alloc(n)
	copy(i.bytes(mark, 8), untouched)
	read(0, mark, out)
	if i.err == nil && string(i.bytes(mark, 8)) == untouched {
		i.err = errTrap
	}
	pix := i.bytes(out, n)
	if i.err != nil {
		return nil, i.err
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
	err = avifCodec.run(context.Background(), most, func(i *instance) error {
		in, length := i.load(bytes.NewReader(m.Pix), int64(len(m.Pix))), i.alloc(8)
		out := i.call("encode", in, uint64(size.X), uint64(size.Y), length, uint64(quality), uint64(quality), speed, subsampled420, lossy)
		n := i.bytes(length, 8)
		if i.err == nil && out == 0 {
			i.err = errTrap
		}
		if i.err == nil {
			avif = bytes.Clone(i.bytes(uint64(out), int64(binary.LittleEndian.Uint32(n))))
		}
		return i.err
	})
	return avif, err
}

// avifEncoderBytes is what the encoder gets for a picture.
func avifEncoderBytes(pixels int64) int64 { return 256*pixels + 64<<20 }
