package frame

import (
	"bytes"
	"context"
	"fmt"
	"image"

	"golang.org/x/image/vp8"

	"postern/media/picture"
)

// builtin returns the decoder of this program for a codec, nil for none: one for key
// frames, or that of the still pictures that are coded alike.
func (l *DecoderChain) builtin(codec string) func(ctx context.Context, j job) (image.Image, error) {
	switch codec {
	case "h264":
		return showH264
	case "vp8":
		return showVP8
	case "av1", "hevc":
		return l.showStill
	}
	return nil
}

func showVP8(_ context.Context, j job) (image.Image, error) {
	d := vp8.NewDecoder()
	data := j.key.Data[0]
	d.Init(bytes.NewReader(data), len(data))
	header, err := d.DecodeFrameHeader()
	if err != nil {
		return nil, err
	}
	if size := image.Pt(header.Width, header.Height); size != j.size || !header.KeyFrame {
		return nil, fmt.Errorf("%w: %v, want %v", errOutput, size, j.size)
	}
	m, err := d.DecodeFrame()
	if err != nil {
		return nil, err
	}
	return packed(m).picture(j.colour), nil
}

// packed copies a picture without what lies between its rows.
func packed(m *image.YCbCr) *planes {
	p := &planes{size: m.Rect.Size(), ratio: m.SubsampleRatio, depth: 8}
	p.pix = make([]byte, 0, p.bytes())
	for y := range p.size.Y {
		p.pix = append(p.pix, m.Y[y*m.YStride:][:p.size.X]...)
	}
	c := p.chroma()
	for _, plane := range [][]byte{m.Cb, m.Cr} {
		for y := range c.Y {
			p.pix = append(p.pix, plane[y*m.CStride:][:c.X]...)
		}
	}
	return p
}

func (l *DecoderChain) showStill(ctx context.Context, j job) (image.Image, error) {
	if m := j.colour.matrix; j.key.Codec == "hevc" && (m == smpte240 || m == ycgco) {
		return nil, errNotMine // its colours would be those of another
	}
	b := still(j)
	r, size := bytes.NewReader(b), int64(len(b))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		return nil, err
	}
	m, err := l.decodeStill(ctx, stillJob{r, size, c, 1, 1})
	if err == nil && m.Bounds().Size() != j.size {
		err = fmt.Errorf("%w: %v, want %v", errOutput, m.Bounds(), j.size)
	}
	return m, err
}

// decodeStill decodes a picture by a codec of this program: in the sandbox, where
// there is one.
func (l *DecoderChain) decodeStill(ctx context.Context, j stillJob) (image.Image, error) {
	for _, d := range l.stills[j.config.Format] {
		if d.path == "" && d.works() == nil {
			m, _, err := d.show(ctx, j)
			return m, err
		}
	}
	return picture.Decode(ctx, j.r, j.size, j.config, j.minWidth, j.minHeight)
}
