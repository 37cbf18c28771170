package video

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

const (
	maxFrameBytes  = 16 << 20 // of a coded frame
	maxConfigBytes = 1 << 20  // of a decoder configuration
)

// demuxer is what the reader of each container gives.
type demuxer interface {
	facts() (Facts, error)
	// samples yields the coded frames of the video in decoding order, from a
	// key frame at or before the time on where an index tells, or else from
	// the first on.
	samples(in *reader, from time.Duration) iter.Seq2[sample, error]
	// config returns a decoder configuration as it stands in the container,
	// nil if there is none.
	config(in *reader, entry uint32) (codec string, config []byte, err error)
	// input returns a reader of the file with a budget of its own.
	input() *reader
}

// sample is where a coded frame lies.
type sample struct {
	rank         int64 // grows in decoding order
	offset, size int64
	prefix       []byte // bytes that the container leaves out
	time         time.Duration
	key          bool
	entry        uint32 // which decoder configuration (MP4)
}

// KeyFrame is a coded frame that needs no other to be decoded.
type KeyFrame struct {
	Codec string // as in Facts
	// Config is what the decoder must know before: the contents of avcC, hvcC,
	// av1C or vpcC in MP4, CodecPrivate in Matroska. It may be empty.
	Config []byte
	// Data holds the key frame and, unless it is the last, the frame after it
	// in decoding order, for decoders that give nothing for a lone key frame.
	// Each is as it stands in the container: H.264 and HEVC as NAL units with
	// length prefixes.
	Data [][]byte
	// Time is when the frame is shown. It is negative if the presentation
	// starts between it and the next key frame.
	Time time.Duration

	video demuxer
	rank  int64
}

// KeyFrameAt returns the last key frame at or before t, or the first if there
// is none before. In a long video without index it may be an earlier one. At
// most 32 MiB of frames and 1 MiB of configuration are read. The error wraps
// ErrNoKeyFrame if the video has none that can be handed out, or is as Read's.
func KeyFrameAt(r io.ReaderAt, size int64, t time.Duration) (*KeyFrame, error) {
	d, err := open(newReader(r, size))
	if err != nil {
		return nil, err
	}
	return findKeyFrame(d, t, func(s sample, found bool) choice {
		switch {
		case s.time <= t || !found:
			return take
		default:
			return stop
		}
	})
}

// Next returns the key frame after k. The error is as KeyFrameAt's. It needs
// the io.ReaderAt that k came from.
func (k *KeyFrame) Next() (*KeyFrame, error) {
	return findKeyFrame(k.video, k.Time, func(s sample, found bool) choice {
		switch {
		case found:
			return stop
		case s.rank > k.rank:
			return take
		default:
			return pass
		}
	})
}

// choice is what to do with a key frame: take it instead of the one taken
// before, pass it over, or stop before it.
type choice int

const (
	pass choice = iota
	take
	stop
)

// findKeyFrame goes through the key frames from a time on and returns the last
// one that choose took, with the frame after it.
func findKeyFrame(d demuxer, from time.Duration, choose func(s sample, found bool) choice) (*KeyFrame, error) {
	in := d.input()
	var frames []sample // the key frame and the one after it
	var fault error
	for s, err := range d.samples(in, from) {
		if err != nil {
			fault = err
			break
		}
		if len(frames) == 1 {
			frames = append(frames, s)
		}
		if !s.key {
			continue
		}
		c := choose(s, len(frames) > 0)
		if c == stop {
			break
		}
		if c == take {
			frames = append(frames[:0], s)
		}
	}
	switch {
	case len(frames) > 0: // what is damaged behind it does not matter
		return newKeyFrame(d, in, frames)
	case fault != nil:
		return nil, fmt.Errorf("find key frame: %w", fault)
	}
	return nil, ErrNoKeyFrame
}

func newKeyFrame(d demuxer, in *reader, frames []sample) (*KeyFrame, error) {
	first := frames[0]
	k := &KeyFrame{Time: first.time, video: d, rank: first.rank}
	var err error
	if k.Codec, k.Config, err = d.config(d.input(), first.entry); err != nil {
		return nil, fmt.Errorf("read decoder configuration: %w", err)
	}
	for i, s := range frames {
		data, err := s.read(in)
		switch {
		case i > 0 && (s.entry != first.entry || errors.Is(err, ErrDamaged)):
			return k, nil // the key frame may do by itself
		case err != nil:
			return nil, fmt.Errorf("read key frame: %w", err)
		}
		k.Data = append(k.Data, data)
	}
	return k, nil
}

func (s sample) read(in *reader) ([]byte, error) {
	if s.size == 0 {
		return nil, fmt.Errorf("%w: empty frame", ErrDamaged)
	}
	data, err := in.copy(s.offset, s.size, maxFrameBytes)
	if err != nil || len(s.prefix) == 0 {
		return data, err
	}
	return append(s.prefix[:len(s.prefix):len(s.prefix)], data...), nil
}
