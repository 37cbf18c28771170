package video

import (
	"fmt"
	"iter"
	"time"
)

// Identifiers of Matroska elements: RFC 9559, 5.1.5.
const (
	idCuePoint           = 0xbb
	idCueTime            = 0xb3
	idCueTrackPositions  = 0xb7
	idCueTrack           = 0xf7
	idCueClusterPosition = 0xf1
)

// samples implements demuxer.
func (s *segment) samples(in *reader, from time.Duration) iter.Seq2[sample, error] {
	return func(yield func(sample, error) bool) {
		w := frameWalk{in: in.fork(), sizes: make([]int64, 0, 256), yield: yield}
		err := s.eachBlock(in, s.seek(in, from), func(b block) error {
			if b.track != s.video.number {
				return nil
			}
			return w.block(s, b)
		})
		if err != nil {
			yield(sample{}, err)
		}
	}
}

// frameWalk yields the frames of blocks.
type frameWalk struct {
	in    *reader
	sizes []int64 // memory for those of a block
	yield func(sample, error) bool
}

func (w *frameWalk) block(s *segment, b block) error {
	sizes, off, err := b.lace(w.in, w.sizes)
	if err != nil {
		return err
	}
	for i, size := range sizes {
		v := sample{
			rank: off, offset: off, size: size, prefix: s.video.stripped,
			time: s.time(b.ticks) + s.video.length(int64(i)), key: b.key && i == 0,
		}
		if !w.yield(v, nil) {
			return errStop
		}
		off += size
	}
	return nil
}

// seek returns the offset of a cluster that the index has for a time at or
// before from, or else the first. A damaged index is as good as none.
func (s *segment) seek(in *reader, from time.Duration) int64 {
	if s.seen[idCues] == 0 || from <= 0 {
		return s.clusters
	}
	cues, err := s.partAt(in, s.seen[idCues], idCues)
	if err != nil {
		return s.clusters
	}
	found := s.clusters
	for cue, err := range in.elements(cues) {
		if err != nil {
			break
		}
		if cue.id != idCuePoint {
			continue
		}
		ticks, position, err := s.readCue(in, cue)
		if err != nil || ticks > maxBlockTicks || s.time(int64(ticks)) > from {
			break
		}
		if position > 0 && position < uint64(s.end-s.body) {
			found = s.body + int64(position)
		}
	}
	if _, err := s.partAt(in, found, idCluster); err != nil {
		return s.clusters
	}
	return found
}

// readCue reads a cue point. Its position is 0 if it is not about the video.
func (s *segment) readCue(in *reader, cue element) (ticks, position uint64, err error) {
	for e, err := range in.elements(cue) {
		switch {
		case err != nil:
		case e.id == idCueTime:
			err = in.readUnsigned(e, &ticks)
		case e.id == idCueTrackPositions:
			var track, cluster uint64
			if track, cluster, err = readCueTrack(in, e); track == s.video.number {
				position = cluster
			}
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return ticks, position, nil
}

func readCueTrack(in *reader, positions element) (track, cluster uint64, err error) {
	for e, err := range in.elements(positions) {
		switch {
		case err != nil:
		case e.id == idCueTrack:
			err = in.readUnsigned(e, &track)
		case e.id == idCueClusterPosition:
			err = in.readUnsigned(e, &cluster)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return track, cluster, nil
}

// config implements demuxer.
func (s *segment) config(in *reader, _ uint32) (codec string, config []byte, err error) {
	t := s.video
	if t.compressed {
		return "", nil, fmt.Errorf("%w: compressed or encrypted frames", ErrNoKeyFrame)
	}
	if t.private.end > t.private.body {
		config, err = in.copy(t.private.body, t.private.end-t.private.body, maxConfigBytes)
	}
	return t.codec(), config, err
}

// input implements demuxer.
func (s *segment) input() *reader { return s.in.renew() }
