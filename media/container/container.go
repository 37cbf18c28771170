// Package container reads what the containers of video clips say: MP4 and QuickTime
// (ISO/IEC 14496-12, QuickTime File Format) and WebM and Matroska (RFC 8794,
// RFC 9559). Nothing is decoded. Every byte may be hostile: only headers are
// read, the number of elements looked at is bounded, and nothing is allocated
// from a length that the file claims beyond a few kilobytes.
package container

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Errors of Read; all are wrapped with what was found.
var (
	ErrNotClip = errors.New("container: not a known container")
	ErrNoVideo = errors.New("container: no video track")
	ErrDamaged = errors.New("container: damaged")
)

// Facts is what a clip's container says of it.
type Facts struct {
	Container               string // "mp4", "mov", "webm" or "matroska"
	Width, Height           int    // pixels as displayed: after pixel aspect ratio and rotation
	CodedWidth, CodedHeight int    // pixels
	Rotation                int    // degrees clockwise that decoded frames need: 0, 90, 180 or 270
	Duration                time.Duration
	Codec                   string // "h264", "hevc", "vp8", "vp9", "av1", or the container's own name for it
	HasAudio                bool
}

// maxSide keeps sizes in a range in which their products cannot overflow.
const maxSide = 1 << 16

// Read reads the facts of a clip of size bytes. The error wraps ErrNotClip,
// ErrNoVideo, ErrDamaged, or is what r returned.
func Read(r io.ReaderAt, size int64) (Facts, error) {
	s := &source{r: r, size: size}
	head := make([]byte, 12)
	if size < int64(len(head)) {
		return Facts{}, ErrNotClip
	}
	if err := s.read(head, 0); err != nil {
		return Facts{}, err
	}
	var f Facts
	var err error
	switch {
	case string(head[:4]) == ebmlMagic:
		f, err = readMatroska(s)
	case startsMP4(head):
		f, err = readMP4(s)
	default:
		return Facts{}, ErrNotClip
	}
	if err != nil {
		return Facts{}, err
	}
	return f, f.check()
}

func (f Facts) check() error {
	if f.CodedWidth <= 0 || f.CodedHeight <= 0 {
		return ErrNoVideo
	}
	if f.Width <= 0 || f.Height <= 0 || f.Width > maxSide || f.Height > maxSide || f.Duration < 0 {
		return fmt.Errorf("%w: %dx%d pixels, %s", ErrDamaged, f.Width, f.Height, f.Duration)
	}
	return nil
}

// source reads a file in small pieces.
type source struct {
	r     io.ReaderAt
	size  int64
	steps int
}

// maxSteps bounds the boxes or elements that are looked at.
const maxSteps = 200_000

// read fills p from the offset; ErrDamaged when the file ends before.
func (s *source) read(p []byte, offset int64) error {
	if offset < 0 || offset > s.size-int64(len(p)) {
		return fmt.Errorf("%w: ends at %d, wanted %d bytes at %d", ErrDamaged, s.size, len(p), offset)
	}
	n, err := s.r.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	return fmt.Errorf("read at %d: %w", offset, err)
}

func (s *source) step() error {
	if s.steps++; s.steps > maxSteps {
		return fmt.Errorf("%w: more than %d elements", ErrDamaged, maxSteps)
	}
	return nil
}

// span is n units of 1/scale seconds; 0 when that says nothing sensible.
func span(n, scale uint64) time.Duration {
	if scale == 0 {
		return 0
	}
	seconds := float64(n) / float64(scale)
	if seconds >= math.MaxInt64/float64(time.Second) {
		return 0
	}
	return time.Duration(n/scale)*time.Second + time.Duration(float64(n%scale)/float64(scale)*float64(time.Second)+0.5)
}

// scaleSide widens or narrows a side by a ratio, rounded.
func scaleSide(side int, numerator, denominator uint32) int {
	if numerator == 0 || denominator == 0 || numerator == denominator {
		return side
	}
	return int(math.Min(math.Round(float64(side)*float64(numerator)/float64(denominator)), maxSide+1))
}
