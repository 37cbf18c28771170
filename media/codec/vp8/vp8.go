// Package vp8 decodes and encodes key frames of VP8, the pictures in lossy WebP. The
// encoder takes a tenth of the time of those that weigh many ways to code each block:
// every macroblock is predicted as a whole, in the best of four ways.
//
// Section numbers in the comments are those of RFC 6386.
package vp8

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math"
)

// MaxSide is the greatest width and height of a frame in pixels.
const MaxSide = 1<<14 - 1

// ErrSize means that a picture is empty or too large for a frame.
var ErrSize = errors.New("vp8: size of picture")

// ErrSampling means that a picture is not 4:2:0.
var ErrSampling = errors.New("vp8: picture is not 4:2:0")

// ErrTooLong means that a frame has too many bytes in its first part, which
// only one of the greatest size can.
var ErrTooLong = errors.New("vp8: frame is too long")

// Encode returns m as a key frame. The samples of m are of limited range: luma
// of 16 to 235, chroma of 16 to 240 (ITU-R BT.601), and 4:2:0. The quality is 1
// to 100, on about the scale of libwebp. The error wraps ErrSize, ErrSampling or
// ErrTooLong.
//
// Besides the frame, the memory used is some four bytes a pixel, and two for
// each bit of the frame.
func Encode(m *image.YCbCr, quality int) ([]byte, error) {
	size := m.Rect.Size()
	if size.X < 1 || size.Y < 1 || size.X > MaxSide || size.Y > MaxSide {
		return nil, fmt.Errorf("%w: %dx%d", ErrSize, size.X, size.Y)
	}
	if m.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return nil, fmt.Errorf("%w: %v", ErrSampling, m.SubsampleRatio)
	}
	e := newEncoder(m, indexOf(quality))
	e.encodeMacroblocks()
	return e.frame(size)
}

// indexOf returns the index of the quantization steps for a quality: the steps
// fall with its cube root, as file sizes should grow evenly with it.
func indexOf(quality int) int {
	c := float64(min(max(quality, 0), 100)) / 100
	linear := 2*c - 1
	if c < 0.75 {
		linear = c * 2 / 3
	}
	return int(127*(1-math.Cbrt(linear)) + 0.5)
}

// frame puts the parts together (9.1).
func (e *encoder) frame(size image.Point) ([]byte, error) {
	probs := e.tokens.fit()
	first := e.header(&probs)
	if len(first) >= 1<<19 {
		return nil, ErrTooLong
	}
	coefficients := newBoolWriter()
	coefficients.out = make([]byte, 0, len(e.tokens.list)/8)
	e.tokens.write(coefficients, &probs)

	const keyFrameShown = 1 << 4
	tag := uint32(len(first))<<5 | keyFrameShown
	out := []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 0x01, 0x2a}
	out = binary.LittleEndian.AppendUint16(out, uint16(size.X))
	out = binary.LittleEndian.AppendUint16(out, uint16(size.Y))
	out = append(out, first...)
	return append(out, coefficients.finish()...), nil
}

// header returns the first part: the frame header (9.2 to 9.11) and how each
// macroblock is predicted.
func (e *encoder) header(probs *probabilities) []byte {
	w := newBoolWriter()
	w.flag(false) // colour space
	w.flag(false) // samples are to be clamped
	w.flag(false) // no segments
	w.flag(false) // the normal loop filter
	w.literal(e.filterLevel(), 6)
	w.literal(0, 3) // its sharpness
	w.flag(false)   // no adjustments of it
	w.literal(0, 2) // one part of coefficients
	w.literal(e.index, 7)
	w.literal(0, 5) // no differences from that index
	w.flag(false)   // probabilities are of this frame alone
	e.writeProbabilities(w, probs)
	e.writeModes(w)
	return w.finish()
}

// filterLevel is how much the edges of blocks are smoothed: the more, the
// coarser they are.
func (e *encoder) filterLevel() int {
	level := int(stepsAC[e.index]) / 3
	if level < 2 {
		return 0
	}
	return min(level, 63)
}

// writeProbabilities writes those that differ from the defaults (13.4).
func (e *encoder) writeProbabilities(w *boolWriter, probs *probabilities) {
	for i, p := range probs {
		changed := p != defaults[i]
		w.write(changed, updates[i])
		if changed {
			w.literal(int(p), 8)
		}
	}
}

// writeModes writes of each macroblock whether it has coefficients, and how it
// is predicted (11.2, 11.3).
func (e *encoder) writeModes(w *boolWriter) {
	empty := 0
	for _, m := range e.modes {
		if m.empty {
			empty++
		}
	}
	full := uint8(max(1, min(255, 255*(len(e.modes)-empty)/len(e.modes))))
	w.flag(true)
	w.literal(int(full), 8)
	for _, m := range e.modes {
		w.write(m.empty, full)
		w.write(true, 145) // as a whole
		w.write(m.luma >= modeH, 156)
		if m.luma >= modeH {
			w.write(m.luma == modeTM, 128)
		} else {
			w.write(m.luma == modeV, 163)
		}
		w.write(m.chroma != modeDC, 142)
		if m.chroma != modeDC {
			w.write(m.chroma != modeV, 114)
			if m.chroma != modeV {
				w.write(m.chroma == modeTM, 183)
			}
		}
	}
}
