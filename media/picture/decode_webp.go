package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"

	dwebp "github.com/deepteams/webp"
	xwebp "golang.org/x/image/webp"
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
	m, err := w.decoder()(w.still(f))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if m.Bounds() != (image.Rectangle{Max: w.frame.Size()}) {
		return nil, fmt.Errorf("%w: decoded %v, header told %v", ErrDamaged, m.Bounds(), w.frame)
	}
	return moveTo(fullRange(m), w.frame.Min), nil
}

// decoder returns the one of two that takes half as long for VP8. For VP8L,
// alpha included, it starts goroutines, whose panics could not be caught.
func (w *webp) decoder() func(io.Reader) (image.Image, error) {
	if w.image.kind == "VP8 " && w.alpha.kind == "" {
		return dwebp.Decode
	}
	return xwebp.Decode
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

// fullRange stretches the planes of a VP8 picture in place. VP8 codes luma in
// 16 to 235 and chroma in 16 to 240 (ITU-R BT.601); image.YCbCr is of full
// range (JFIF), and the decoder does not convert.
//
// A picture with alpha is made an *image.NRGBA, which is quicker to work on.
func fullRange(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		stretchPlanes(m)
	case *image.NYCbCrA:
		stretchPlanes(&m.YCbCr)
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

func stretchPlanes(m *image.YCbCr) {
	var luma, chroma [256]uint8
	for i := range 256 {
		luma[i] = clamp(((i-16)*255 + 109) / 219)
		chroma[i] = clamp(((i-128)*255 + 128*224 + 112) / 224)
	}
	stretch(m.Y, &luma)
	stretch(m.Cb, &chroma)
	stretch(m.Cr, &chroma)
}

func stretch(plane []byte, table *[256]uint8) {
	for i, v := range plane {
		plane[i] = table[v]
	}
}

func clamp(v int) uint8 { return uint8(max(0, min(255, v))) }
