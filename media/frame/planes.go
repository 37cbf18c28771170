package frame

import (
	"bytes"
	"fmt"
	"image"
	"regexp"
	"strconv"
	"strings"
)

// planes is a frame as decoders give it: luma, then both chroma planes, with
// nothing between rows. Samples of more than eight bits take two bytes each,
// the lower one first.
type planes struct {
	size  image.Point
	ratio image.YCbCrSubsampleRatio
	grey  bool // luma alone
	depth int  // bits of a sample
	pix   []byte
}

// chroma is the size of a chroma plane.
func (p *planes) chroma() image.Point {
	switch {
	case p.grey:
		return image.Point{}
	case p.ratio == image.YCbCrSubsampleRatio420:
		return image.Pt((p.size.X+1)/2, (p.size.Y+1)/2)
	case p.ratio == image.YCbCrSubsampleRatio422:
		return image.Pt((p.size.X+1)/2, p.size.Y)
	}
	return p.size
}

// bytes is how many bytes the frame must have.
func (p *planes) bytes() int {
	c := p.chroma()
	samples := p.size.X*p.size.Y + 2*c.X*c.Y
	if p.depth > 8 {
		return 2 * samples
	}
	return samples
}

// split returns the planes with samples of eight bits.
func (p *planes) split() (luma, blue, red []byte) {
	pix := p.pix
	if p.depth > 8 {
		pix = narrow(pix, p.depth)
	}
	c := p.chroma()
	n, m := p.size.X*p.size.Y, c.X*c.Y
	return pix[:n:n], pix[n : n+m : n+m], pix[n+m : n+2*m]
}

// narrow rounds samples of two bytes to eight bits.
func narrow(pix []byte, depth int) []byte {
	out := make([]byte, len(pix)/2)
	shift := depth - 8
	half := 1 << shift >> 1
	for i := range out {
		v := int(pix[2*i]) | int(pix[2*i+1])<<8
		out[i] = byte(min((v+half)>>shift, 255))
	}
	return out
}

// readRaw takes a frame of 4:2:0 and eight bits. A decoder that was given a
// further frame may have shown that as well.
func readRaw(out []byte, size image.Point, frames int) (*planes, error) {
	p := &planes{size: size, ratio: image.YCbCrSubsampleRatio420, depth: 8}
	n := p.bytes()
	if len(out) == 0 || len(out)%n != 0 || len(out)/n > frames {
		return nil, fmt.Errorf("%w: %d bytes, want %d", errOutput, len(out), n)
	}
	p.pix = out[:n]
	return p, nil
}

// ratios are the samplings of YUV4MPEG2.
var ratios = map[string]image.YCbCrSubsampleRatio{
	"420": image.YCbCrSubsampleRatio420, "422": image.YCbCrSubsampleRatio422, "444": image.YCbCrSubsampleRatio444,
}

// samplings are what is taken of them: the ratio, where the chroma lies, which
// does not matter here, and the bits of a sample.
var samplings = regexp.MustCompile(`^(420|422|444|mono)(?:jpeg|mpeg2|paldv)?p?([0-9]*)$`)

const maxHeader = 256 // bytes of a line of YUV4MPEG2

// readY4M takes the only frame of a YUV4MPEG2 file, which must be of the size.
// Its form is that of yuv4mpeg(5) of the MJPEG tools.
func readY4M(out []byte, size image.Point) (*planes, error) {
	header, _, ok := bytes.Cut(out[:min(len(out), maxHeader)], []byte("\n"))
	fields := strings.Fields(string(header))
	if !ok || len(fields) == 0 || fields[0] != "YUV4MPEG2" {
		return nil, fmt.Errorf("%w: not YUV4MPEG2", errOutput)
	}
	rest := out[len(header)+1:]
	p, err := y4mLayout(fields[1:], size)
	if err != nil {
		return nil, err
	}
	const frame = "FRAME\n"
	if !bytes.HasPrefix(rest, []byte(frame)) || len(rest) != len(frame)+p.bytes() {
		return nil, fmt.Errorf("%w: %d bytes, want %d", errOutput, len(rest), len(frame)+p.bytes())
	}
	p.pix = rest[len(frame):]
	return p, nil
}

func y4mLayout(fields []string, size image.Point) (*planes, error) {
	sampling, got := "420", image.Point{}
	for _, field := range fields {
		switch field[0] {
		case 'W':
			got.X, _ = strconv.Atoi(field[1:])
		case 'H':
			got.Y, _ = strconv.Atoi(field[1:])
		case 'C':
			sampling = field[1:]
		}
	}
	m := samplings.FindStringSubmatch(sampling)
	if m == nil || got != size {
		return nil, fmt.Errorf("%w: %s of %v, want %v", errOutput, sampling, got, size)
	}
	p := &planes{size: size, ratio: ratios[m[1]], grey: m[1] == "mono", depth: 8}
	if m[2] != "" {
		p.depth, _ = strconv.Atoi(m[2])
	}
	if p.depth < 8 || p.depth > 16 {
		return nil, fmt.Errorf("%w: samples of %s bits", errOutput, m[2])
	}
	return p, nil
}
