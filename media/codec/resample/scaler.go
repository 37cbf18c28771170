package resample

import (
	"image"
	"runtime"
)

// Cut is a part of a picture, and the pixels that it becomes.
type Cut struct {
	Part          image.Rectangle
	Width, Height int
}

// Kind is what pixels of rows are, a byte each.
type Kind int

// The kinds of pixels: grey; red, green and blue; and with alpha, by which the colours
// are multiplied or not.
const (
	Grey Kind = iota
	RGB
	RGBA
	NRGBA
)

func (k Kind) channels() int { return [...]int{Grey: 1, RGB: 3, RGBA: 4, NRGBA: 4}[k] }

// Scaler makes pictures of one picture whose rows come one after the other. It keeps
// no more of them than one row of a result needs.
type Scaler struct {
	ring     []byte
	stride   int // of rows in the ring
	slots    int
	rows     int       // that have come
	straight [2][]byte // the last two rows, where alpha is to be multiplied
	results  []result
}

// result is one of the pictures.
type result struct {
	*scaling
	image image.Image
	pix   []byte
	next  int // row to make
}

// NewScaler returns one for a picture of the size. The error is ErrEmpty when a cut
// is empty or not within the picture.
func NewScaler(size image.Point, kind Kind, cuts ...Cut) (*Scaler, error) {
	channels := kind.channels()
	s := &Scaler{stride: size.X * channels, slots: 2}
	bounds := image.Rectangle{Max: size}
	for _, cut := range cuts {
		if cut.Part.Empty() || !cut.Part.In(bounds) || cut.Width < 1 || cut.Height < 1 {
			return nil, ErrEmpty
		}
		m := mapping{cut.Part, cut.Width, cut.Height, Upright}
		r := result{scaling: m.scaling(bounds, channels, 1, 1, 1)}
		r.image, r.pix = newImage(channels, cut.Width, cut.Height)
		s.slots = max(s.slots, r.y.taps)
		s.results = append(s.results, r)
	}
	s.slots = min(s.slots, max(size.Y, 2))
	s.ring = make([]byte, s.slots*s.stride)
	if kind == NRGBA {
		s.straight = [2][]byte{make([]byte, s.stride), make([]byte, s.stride)}
	}
	return s, nil
}

// newImage returns an *image.Gray or an *image.RGBA, and its pixels.
func newImage(channels, width, height int) (image.Image, []byte) {
	if channels == 1 {
		m := image.NewGray(image.Rect(0, 0, width, height))
		return m, m.Pix
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	return m, m.Pix
}

// Row returns where the next row is to be written. The row before it is still as it
// was written.
func (s *Scaler) Row() []byte {
	if s.straight[0] != nil {
		return s.straight[s.rows%2]
	}
	return s.slot()
}

// slot returns where in the ring the next row belongs.
func (s *Scaler) slot() []byte { return s.ring[s.at(s.rows):][:s.stride:s.stride] }

// at returns where in the ring a row is.
func (s *Scaler) at(row int) int { return row % s.slots * s.stride }

// Add takes the row that was written where Row said.
func (s *Scaler) Add() {
	if s.straight[0] != nil {
		premultiply(s.slot(), s.Row())
	}
	for i := range s.results {
		r := &s.results[i]
		for r.next < len(r.y.first) && r.y.last(r.next) == s.rows {
			n := len(r.x.first) * r.pixelBytes()
			r.row(r.pix[r.next*n:][:n], r.next, s.ring, s.at)
			r.next++
		}
	}
	if s.rows++; s.rows%yieldEvery == 0 {
		runtime.Gosched()
	}
}

// yieldEvery is after how many rows others who wait for a processor get it.
const yieldEvery = 64

// Images returns the picture of each cut, which is complete when all rows were added:
// an *image.Gray of grey, else an *image.RGBA.
func (s *Scaler) Images() (all []image.Image) {
	for _, r := range s.results {
		all = append(all, r.image)
	}
	return all
}
