package vp8

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

// plane is samples with one row above and one column to the left of them, which
// are what the format says that lies beyond the edges.
type plane struct {
	samples       []byte
	stride        int
	width, height int // whole blocks
}

func newPlane(width, height int) plane {
	p := plane{make([]byte, (width+1)*(height+1)), width + 1, width, height}
	for i := range p.stride {
		p.samples[i] = 127
	}
	for y := range height {
		p.samples[(y+1)*p.stride] = 129
	}
	return p
}

// at returns the place of a sample.
func (p *plane) at(x, y int) int { return (y+1)*p.stride + x + 1 }

// predict writes to out, in rows of its side, the prediction of the square at x
// and y.
func (p *plane) predict(m mode, x, y, side int, out []byte) {
	at := p.at(x, y)
	above := p.samples[at-p.stride:][:side]
	switch m {
	case modeDC:
		fill(out[:side*side], p.mean(x, y, side))
	case modeV:
		for i := range side {
			copy(out[i*side:], above)
		}
	case modeH:
		for i := range side {
			fill(out[i*side:][:side], p.samples[at+i*p.stride-1])
		}
	case modeTM:
		corner := int32(p.samples[at-p.stride-1])
		for i := range side {
			row, d := out[i*side:][:side], int32(p.samples[at+i*p.stride-1])-corner
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
