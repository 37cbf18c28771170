package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
	"io"

	dwebp "github.com/deepteams/webp"

	"postern/media/codec/vp8"
)

// encodeWebP writes a lossy WebP. What is not opaque goes to another encoder,
// which takes ten times as long but writes alpha.
func encodeWebP(w io.Writer, m image.Image, o Options) error {
	planes := limitedPlanes(m)
	if planes == nil {
		options := dwebp.DefaultOptions()
		options.Quality = float32(o.Quality)
		options.ICC = o.ICC
		return dwebp.Encode(w, toNRGBA(m), options)
	}
	frame, err := vp8.Encode(planes, o.Quality)
	if err != nil {
		return err
	}
	_, err = w.Write(webpContainer(frame, planes.Rect.Size(), o.ICC))
	return err
}

// webpContainer puts a VP8 frame and a profile, if there is one, into a file
// (RFC 9649, sections 2.5 and 2.7).
func webpContainer(frame []byte, size image.Point, icc []byte) []byte {
	var body bytes.Buffer
	body.WriteString("WEBP")
	if len(icc) > 0 {
		const iccFlag = 1 << 5
		head := make([]byte, 10)
		head[0] = iccFlag
		putUint24(head[4:], size.X-1)
		putUint24(head[7:], size.Y-1)
		writeChunk(&body, "VP8X", head)
		writeChunk(&body, "ICCP", icc)
	}
	writeChunk(&body, "VP8 ", frame)
	var file bytes.Buffer
	writeChunk(&file, "RIFF", body.Bytes())
	return file.Bytes()
}

func writeChunk(to *bytes.Buffer, kind string, payload []byte) {
	to.WriteString(kind)
	to.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(payload))))
	to.Write(payload)
	if len(payload)&1 != 0 {
		to.WriteByte(0)
	}
}

// limitedPlanes returns m as planes of 4:2:0 and the limited range of video, or
// nil if it is not opaque.
func limitedPlanes(m image.Image) *image.YCbCr {
	if m, ok := m.(*image.YCbCr); ok && m.SubsampleRatio == image.YCbCrSubsampleRatio420 && m.Rect.Min == (image.Point{}) {
		out := image.NewYCbCr(m.Rect, m.SubsampleRatio)
		copyPlanes(out, m)
		vp8.Squeeze(out)
		return out
	}
	if o, ok := m.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		return nil
	}
	rgba, ok := m.(*image.RGBA)
	if !ok || rgba.Rect.Min != (image.Point{}) {
		rgba = image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
		draw.Draw(rgba, rgba.Rect, m, m.Bounds().Min, draw.Src)
	}
	return planesOfRGBA(rgba)
}

func copyPlanes(to, from *image.YCbCr) {
	size := from.Rect.Size()
	for y := range size.Y {
		copy(to.Y[y*to.YStride:][:size.X], from.Y[y*from.YStride:])
	}
	for y := range (size.Y + 1) / 2 {
		width := (size.X + 1) / 2
		copy(to.Cb[y*to.CStride:][:width], from.Cb[y*from.CStride:])
		copy(to.Cr[y*to.CStride:][:width], from.Cr[y*from.CStride:])
	}
}

// planesOfRGBA converts with the weights of BT.601 in 16 bits; chroma is that of
// the mean of four pixels.
func planesOfRGBA(m *image.RGBA) *image.YCbCr {
	out := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio420)
	for y := range m.Rect.Dy() {
		row, pix := out.Y[y*out.YStride:], m.Pix[y*m.Stride:]
		for x := range m.Rect.Dx() {
			r, g, b := int(pix[4*x]), int(pix[4*x+1]), int(pix[4*x+2])
			row[x] = uint8((16829*r + 33039*g + 6416*b + 1<<15 + 16<<16) >> 16)
		}
	}
	for y := range (m.Rect.Dy() + 1) / 2 {
		for x := range (m.Rect.Dx() + 1) / 2 {
			r, g, b := sumOfFour(m, 2*x, 2*y)
			i := y*out.CStride + x
			out.Cb[i] = uint8((-9714*r - 19070*g + 28784*b + 1<<17 + 128<<18) >> 18)
			out.Cr[i] = uint8((28784*r - 24103*g - 4681*b + 1<<17 + 128<<18) >> 18)
		}
	}
	return out
}

// sumOfFour adds up the 2x2 pixels at x and y, of which those outside repeat the
// last.
func sumOfFour(m *image.RGBA, x, y int) (r, g, b int) {
	right, below := 4, m.Stride
	if x+1 == m.Rect.Dx() {
		right = 0
	}
	if y+1 == m.Rect.Dy() {
		below = 0
	}
	p := m.Pix[y*m.Stride+4*x:]
	sum := func(i int) int { return int(p[i]) + int(p[i+right]) + int(p[i+below]) + int(p[i+below+right]) }
	return sum(0), sum(1), sum(2)
}

func putUint24(b []byte, v int) { b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16) }
