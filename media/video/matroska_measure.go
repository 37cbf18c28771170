package video

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"time"
)

const (
	tailBytes      = 16 << 20 // that are searched for the last cluster
	tailStep       = 64 << 10
	tailCandidates = 64 // places that may be tried as one
)

// extent is the time that blocks cover.
type extent struct {
	segment *segment
	in      *reader
	blocks  int
	first   int64         // ticks of the first block
	end     time.Duration // of the last
	last    [2]int64      // the latest two ticks of the video, the later first
	untold  bool          // how long the latest block of the video lasts
}

func (s *segment) newExtent() *extent {
	return &extent{segment: s, in: s.in.fork(), last: [2]int64{math.MinInt64, math.MinInt64}}
}

func (x *extent) add(b block) error {
	if x.blocks++; x.blocks == 1 {
		x.first = b.ticks
	}
	length, err := x.length(b)
	if err != nil {
		return err
	}
	if at := x.segment.time(b.ticks); at >= 0 {
		x.end = max(x.end, addTime(at, length))
	}
	if b.track == x.segment.video.number {
		switch {
		case b.ticks > x.last[0]:
			x.last, x.untold = [2]int64{b.ticks, x.last[0]}, length == 0
		case b.ticks > x.last[1] && b.ticks < x.last[0]:
			x.last[1] = b.ticks
		}
	}
	return nil
}

// length returns how long a block lasts, 0 if nothing tells it.
func (x *extent) length(b block) (time.Duration, error) {
	if b.duration > 0 {
		return x.segment.time(int64(min(b.duration, maxBlockTicks))), nil
	}
	for i := range x.segment.tracks {
		t := &x.segment.tracks[i]
		if t.number != b.track || t.frameDuration == 0 {
			continue
		}
		n, err := b.frames(x.in)
		return t.length(n), err
	}
	return 0, nil
}

// close returns the end. If nothing tells how long the last frame of the video
// lasts, then as long as the one before it.
func (x *extent) close() time.Duration {
	if x.last[1] == math.MinInt64 || !x.untold {
		return x.end
	}
	last := x.segment.time(x.last[0])
	return max(x.end, addTime(max(last, 0), last-x.segment.time(x.last[1])))
}

// measure returns the duration of a segment that does not tell it, from the
// first block to the end of the last. It is 0 if there is no last one to be
// found.
func (s *segment) measure() (time.Duration, error) {
	head := s.newExtent()
	err := s.eachBlock(s.in, s.clusters, func(b block) error {
		if err := head.add(b); err != nil {
			return err
		}
		return errStop
	})
	if err != nil || head.blocks == 0 {
		return 0, err
	}
	all, err := s.tail()
	if err == nil && all == nil {
		all = s.newExtent()
		err = s.eachBlock(s.in, s.clusters, all.add)
		// A cluster so large in a segment so long is not worth the search.
		if errors.Is(err, errBudget) {
			return 0, nil
		}
	}
	if err != nil {
		return 0, err
	}
	return max(0, all.close()-max(0, s.time(head.first))), nil
}

// tail searches backwards for the last cluster and returns the extent of the
// blocks in it, or nil if there is none near the end.
func (s *segment) tail() (*extent, error) {
	var id [4]byte
	binary.BigEndian.PutUint32(id[:], idCluster)
	buf := make([]byte, min(tailStep+3, s.end-s.clusters))
	tries := 0
	limit := max(s.clusters, s.end-tailBytes)
	for end := s.end; end > limit; {
		start := max(limit, end-tailStep)
		piece := buf[:min(int64(len(buf)), s.end-start)]
		if err := s.in.charge(int64(len(piece))); err != nil {
			return nil, err
		}
		if err := readFull(s.in.src, piece, start); err != nil {
			return nil, err
		}
		for {
			i := bytes.LastIndex(piece, id[:])
			if i < 0 {
				break
			}
			if x, err := s.tryCluster(start + int64(i)); x != nil || err != nil {
				return x, err
			}
			if tries++; tries == tailCandidates {
				return nil, nil
			}
			piece = piece[:i+3]
		}
		end = start
	}
	return nil, nil
}

// tryCluster returns the extent of the blocks from off on if that is where a
// cluster starts: the same bytes may stand in a frame by chance.
func (s *segment) tryCluster(off int64) (*extent, error) {
	if _, err := s.partAt(s.in, off, idCluster); isDamage(err) {
		return nil, nil
	}
	x := s.newExtent()
	err := s.eachBlock(s.in.fork(), off, x.add)
	if isDamage(err) || err == nil && x.blocks == 0 {
		return nil, nil
	}
	return x, err
}
