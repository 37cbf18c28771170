package jxl

import (
	"errors"
	"io"
)

// Layers is what the frames of a JPEG XL tell.
type Layers struct {
	Animated bool  // more than one picture is shown, one after the other
	Pixels   int64 // of all that the first picture is made of
}

// maxLayers is far beyond those of real files. With more of them a picture is more
// than can be decoded here.
const maxLayers = 1 << 10

// ReadLayers goes through the frames until it has seen two pictures. A frame that
// is shown for no time is a layer of the next. What cannot be followed is taken for
// what the header says.
func ReadLayers(r io.ReaderAt, size int64, h Header) (l Layers, err error) {
	l = Layers{Animated: h.Animated, Pixels: h.Width * h.Height}
	stream, length, err := codestream(r, size)
	if err != nil {
		return l, err
	}
	layers, pictures, pixels := 0, 0, int64(0)
	last := false
	_, err = walk(stream, length, func(f frame) bool {
		layers, last = layers+1, f.last
		if pictures == 0 {
			pixels = min(pixels+f.work(), maxWork)
		}
		if f.timed || f.last {
			pictures++
		}
		return layers < maxLayers && pictures < 2
	})
	if pictures == 0 && layers == maxLayers {
		l.Animated, pixels = false, maxWork
	}
	l.Pixels = max(l.Pixels, pixels)
	if last || pictures > 1 {
		l.Animated = pictures > 1
	}
	if errors.Is(err, ErrDamaged) {
		err = nil
	}
	return l, err
}

// maxWork is more pixels than any frame is worth counting.
const maxWork = 1 << 40

// work is the pixels that are decoded for a frame.
func (f *frame) work() int64 {
	if f.width > maxWork/max(f.height, 1) {
		return maxWork
	}
	return f.width * f.height >> (6 * f.level)
}
