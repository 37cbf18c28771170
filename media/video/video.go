// Package video reads video containers: what a video's header says of it, and
// the coded key frame nearest to a time. It knows ISO base media files (MP4,
// QuickTime; ISO/IEC 14496-12) and Matroska (WebM; RFC 8794, RFC 9559).
// Nothing is decoded.
//
// Every byte is taken for hostile: what is read, allocated and computed is
// bounded whatever the bytes say, and an element that claims more than its
// parent or the file holds is refused.
package video

import (
	"errors"
	"image"
	"io"
	"time"
)

// Sentinels for what can be wrong with a video. An error of the io.ReaderAt
// itself is none of them and comes back wrapped.
var (
	// ErrNotVideo reports bytes that are none of the containers known here.
	ErrNotVideo = errors.New("not a video")
	// ErrNoVideo reports a container without a video track.
	ErrNoVideo = errors.New("no video track")
	// ErrDamaged reports a header that promises what is not there, or nonsense.
	ErrDamaged = errors.New("video is damaged")
	// ErrNoKeyFrame reports that there is no (further) key frame.
	ErrNoKeyFrame = errors.New("no key frame")
)

// Facts is what a video's container says of it. Of several video tracks, the
// first that is enabled counts.
type Facts struct {
	Container string // mp4, mov, webm, matroska

	// Width and Height are the displayed size in pixels: the visible part of
	// the frame, its width scaled by the pixel aspect ratio, then turned.
	Width, Height int
	// CodedWidth and CodedHeight are the size in pixels of a decoded frame.
	CodedWidth, CodedHeight int
	// Visible is the part of a decoded frame that is shown.
	Visible image.Rectangle
	// Mirrored tells to mirror decoded frames left to right, before turning.
	Mirrored bool
	// Rotation is how to turn decoded frames clockwise: 0, 90, 180 or 270
	// degrees.
	Rotation int

	Duration  time.Duration // of the presentation; 0 when it cannot be told
	FrameRate float64       // frames a second on average; 0 when not told
	Codec     string        // h264, hevc, vp8, vp9, av1, or the container's own name in ASCII
	HasAudio  bool
	Colour    Colour // that the container tells
}

// Read returns the facts of the size bytes of r. It reads the headers and, of
// a video that does not tell its duration, the fragments' headers or the last
// cluster. The error wraps ErrNotVideo, ErrNoVideo or ErrDamaged. It is safe
// for concurrent use if r is.
func Read(r io.ReaderAt, size int64) (Facts, error) {
	d, err := open(newReader(r, size))
	if err != nil {
		return Facts{}, err
	}
	return d.facts()
}

// open tells the container by the first bytes and reads its header.
func open(in *reader) (demuxer, error) {
	head, err := in.bytes(0, min(12, in.size))
	if err != nil {
		return nil, err
	}
	switch {
	case isMovie(head):
		return openMovie(in)
	case isMatroska(head):
		return openMatroska(in)
	}
	return nil, ErrNotVideo
}

// printable returns a codec's name as its container has it, or one for names
// that are not fit to be shown.
func printable(codec string) string {
	for i := range len(codec) {
		if codec[i] < ' ' || codec[i] > '~' {
			return "unknown"
		}
	}
	return codec
}
