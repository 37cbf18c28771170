package vp8

import "encoding/binary"

// mode is how a macroblock is predicted from the samples above and to the left
// of it (12.2).
type mode uint8

const (
	modeDC mode = iota // as their mean
	modeV              // as the one above
	modeH              // as the one to the left
	modeTM             // as both, less the one between them
	modes
)

// plane is samples with one row above and some columns to the left of them, which
// are what the format says that lies beyond the edges.
type plane struct {
	samples       []byte
	stride        int
	width, height int // whole blocks
}

// margin is how many samples lie to the left of those of a row. As many end the row
// before, so that loads may be wider than a square.
const margin = 16

func newPlane(width, height int) plane {
	p := plane{stride: width + margin, width: width, height: height}
	p.samples = make([]byte, (height+1)*p.stride+margin)
	for i := range p.stride + margin {
		p.samples[i] = 127
	}
	for y := range height {
		p.samples[p.at(-1, y)] = 129
	}
	return p
}

// at returns the place of a sample.
func (p *plane) at(x, y int) int { return (y+1)*p.stride + x + margin }

// predict writes the prediction of the square at x and y to out, in rows that are stride
// apart.
func (p *plane) predict(m mode, x, y, side int, out []byte, stride int) {
	at := p.at(x, y)
	above := p.samples[at-p.stride:][:side]
	switch m {
	case modeDC:
		mean := p.mean(x, y, side)
		for i := range side {
			fill(out[i*stride:][:side], mean)
		}
	case modeV:
		for i := range side {
			copy(out[i*stride:][:side], above)
		}
	case modeH:
		for i := range side {
			fill(out[i*stride:][:side], p.samples[at+i*p.stride-1])
		}
	case modeTM:
		corner := int32(p.samples[at-p.stride-1])
		for i := range side {
			row, d := out[i*stride:][:side], int32(p.samples[at+i*p.stride-1])-corner
			for j, v := range above {
				row[j] = clamp(int32(v) + d)
			}
		}
	}
}

// mean is that of the samples above and to the left, as far as there are any.
func (p *plane) mean(x, y, side int) byte {
	at := p.at(x, y)
	sum, n := 0, 0
	if y > 0 {
		for _, v := range p.samples[at-p.stride:][:side] {
			sum += int(v)
		}
		n += side
	}
	if x > 0 {
		for i := range side {
			sum += int(p.samples[at+i*p.stride-1])
		}
		n += side
	}
	if n == 0 {
		return 128
	}
	return byte((sum + n/2) / n)
}

func fill(row []byte, v byte) {
	for ; len(row) >= 8; row = row[8:] {
		binary.LittleEndian.PutUint64(row, uint64(v)*0x0101010101010101)
	}
	for i := range row {
		row[i] = v
	}
}

// difference is the sum of the absolute differences of the square of p at x and
// y to a prediction.
func (p *plane) difference(x, y, side int, prediction []byte) int {
	sum := 0
	at := p.at(x, y)
	for i := range side {
		row := p.samples[at+i*p.stride:][:side]
		for j, v := range prediction[i*side:][:len(row)] {
			d := int(row[j]) - int(v)
			sum += max(d, -d)
		}
	}
	return sum
}
