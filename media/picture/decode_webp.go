package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"

	xwebp "golang.org/x/image/webp"

	"postern/media/codec/vp8"
)

// decodeWebP decodes the first frame. The decoder gets a file of that frame
// alone, so that what else the container holds does not reach it.
func decodeWebP(f *file, c Config) (image.Image, error) {
	w, err := locateWebP(f)
	if err != nil {
		return nil, err
	}
	if w.canvas != image.Pt(c.Width, c.Height) {
		return nil, fmt.Errorf("%w: canvas of %v pixels, header told %dx%d", ErrDamaged, w.canvas, c.Width, c.Height)
	}
	m, err := w.decode(f)
	if err != nil {
		return nil, err
	}
	if m.Bounds() != (image.Rectangle{Max: w.frame.Size()}) {
		return nil, fmt.Errorf("%w: decoded %v, header told %v", ErrDamaged, m.Bounds(), w.frame)
	}
	return moveTo(fullRange(m), w.frame.Min), nil
}

// webpCuts makes cuts of a picture that is VP8 alone. The cuts are stretched to the full
// range, which is less work than stretching the picture.
func webpCuts(f *file, c Config, cuts []Cut) (all []image.Image, err error) {
	w, err := locateWebP(f)
	if size := image.Pt(c.Width, c.Height); err != nil || !w.isVP8() || w.canvas != size || w.frame.Size() != size {
		return nil, err // decodeWebP tells what is wrong
	}
	m, err := w.decode(f)
	if err != nil {
		return nil, err
	}
	for _, cut := range cuts {
		all = append(all, fullRange(Make(m, cut)))
	}
	return all, nil
}

// isVP8 reports whether the first frame is VP8 without alpha.
func (w *webp) isVP8() bool { return w.image.kind == "VP8 " && w.alpha.kind == "" }

// decode returns the first frame, of limited range where that is VP8.
func (w *webp) decode(f *file) (m image.Image, err error) {
	if w.isVP8() {
		frame := make([]byte, max(0, min(w.image.length, f.size-w.image.offset)))
		if _, err := io.ReadFull(f.section(w.image.offset, int64(len(frame))), frame); err != nil {
			return nil, err
		}
		m, err = vp8.Decode(f.ctx, frame)
	} else {
		m, err = xwebp.Decode(w.still(f))
	}
	if stopped := f.ctx.Err(); stopped != nil {
		return nil, stopped
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, nil
}

// still returns a WebP of the first frame alone.
func (w *webp) still(f *file) io.Reader {
	var head bytes.Buffer
	body := []io.Reader{&head}
	length := int64(4) // WEBP
	add := func(c chunk, payload io.Reader) {
		header := binary.LittleEndian.AppendUint32([]byte(c.kind), uint32(c.length))
		body = append(body, bytes.NewReader(header), payload)
		length += 8 + c.length + c.length&1
	}
	if w.alpha.kind != "" {
		const alphaFlag = 1 << 4
		vp8x := make([]byte, 10)
		vp8x[0] = alphaFlag
		putUint24(vp8x[4:], w.frame.Dx()-1)
		putUint24(vp8x[7:], w.frame.Dy()-1)
		add(chunk{kind: "VP8X", length: 10}, bytes.NewReader(vp8x))
		add(w.alpha, f.section(w.alpha.offset, w.alpha.end()-w.alpha.offset))
	}
	add(w.image, f.section(w.image.offset, w.image.end()-w.image.offset))
	head.WriteString("RIFF")
	head.Write(binary.LittleEndian.AppendUint32(nil, uint32(length)))
	head.WriteString("WEBP")
	return io.MultiReader(body...)
}

func putUint24(b []byte, v int) { b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16) }

// fullRange stretches the planes of a VP8 picture in place: image.YCbCr is of full range
// (JFIF), and the decoders do not convert.
//
// A picture with alpha is made an *image.NRGBA, which is quicker to work on.
func fullRange(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		vp8.Stretch(m)
	case *image.NYCbCrA:
		vp8.Stretch(&m.YCbCr)
		return interleave(m)
	}
	return m
}

func interleave(m *image.NYCbCrA) *image.NRGBA {
	dst := image.NewNRGBA(m.Rect)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(m.Rect.Min.X, y):]
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			i, j := m.YOffset(x, y), m.COffset(x, y)
			row[0], row[1], row[2] = color.YCbCrToRGB(m.Y[i], m.Cb[j], m.Cr[j])
			row[3] = m.A[m.AOffset(x, y)]
			row = row[4:]
		}
	}
	return dst
}
