package gif

import (
	"image"
	"image/color"
)

// pixels takes the pixels of a frame one after the other.
type pixels struct {
	m          *image.Paletted
	interlaced bool
	greatest   byte // number of a colour
	n          int  // pixels so far
	row        []byte
	x          int
}

// full reports whether the frame needs no more.
func (p *pixels) full() bool { return p.n >= len(p.m.Pix) }

// put takes the next pixels, as many as the frame has room for.
func (p *pixels) put(values []byte) {
	for len(values) > 0 && !p.full() {
		if p.x == 0 {
			y := p.line(p.n / p.m.Stride)
			p.row = p.m.Pix[y*p.m.Stride : (y+1)*p.m.Stride]
		}
		n := copy(p.row[p.x:], values)
		for _, v := range values[:n] {
			p.greatest = max(p.greatest, v)
		}
		values = values[n:]
		p.n += n
		if p.x += n; p.x == len(p.row) {
			p.x = 0
		}
	}
}

// line returns which line of the frame comes as the nth (appendix E).
func (p *pixels) line(n int) int {
	if !p.interlaced {
		return n
	}
	height := p.m.Rect.Dy()
	for _, pass := range []struct{ first, step int }{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
		lines := max(0, (height-pass.first+pass.step-1)/pass.step)
		if n < lines {
			return pass.first + n*pass.step
		}
		n -= lines
	}
	return 0 // not reached: the passes have all lines
}

// hideMissing makes what the data did not tell transparent, or of the colour
// nearest to middle grey where there is no room for a transparent one.
func (p *pixels) hideMissing() {
	if p.full() {
		return
	}
	hidden := -1
	for i, c := range p.m.Palette {
		if _, _, _, a := c.RGBA(); a == 0 {
			hidden = i
		}
	}
	if hidden < 0 && len(p.m.Palette) < 256 {
		hidden = len(p.m.Palette)
		p.m.Palette = append(p.m.Palette, color.RGBA{})
	}
	if hidden < 0 {
		hidden = p.m.Palette.Index(color.Gray{128})
	}
	filler := make([]byte, p.m.Stride)
	for i := range filler {
		filler[i] = byte(hidden)
	}
	for !p.full() {
		p.put(filler)
	}
}
