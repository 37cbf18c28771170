package video

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// samples implements demuxer. It goes through all samples, wherever it is
// asked to begin.
func (m *movie) samples(in *reader, _ time.Duration) iter.Seq2[sample, error] {
	return func(yield func(sample, error) bool) {
		s := sampleWalk{movie: m, in: in, runIn: in.fork(), yield: yield}
		err := s.clock()
		if err == nil {
			err = s.tables()
		}
		if err == nil && m.fragmented {
			err = m.eachRun(in, s.run)
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(sample{}, err)
		}
	}
}

// sampleWalk yields the samples of a movie's video track. Its methods return
// errStop when no more are wanted.
type sampleWalk struct {
	movie *movie
	in    *reader
	runIn *reader // for the samples of fragments
	yield func(sample, error) bool

	rank  int64
	start int64         // media time at which the presentation starts
	delay time.Duration // of that start
}

// clock reads from the edit list how media time becomes presentation time. It
// goes by the first edit that shows media.
func (s *sampleWalk) clock() error {
	t := s.movie.video
	if t.edits.end == 0 {
		return nil
	}
	for e, err := range t.editList(s.in) {
		if err != nil {
			return err
		}
		if e.media > maxMediaTime {
			return fmt.Errorf("%w: edit out of range", ErrDamaged)
		}
		if e.media >= 0 {
			s.start = e.media
			return nil
		}
		s.delay = addTime(s.delay, seconds(e.length, s.movie.timescale))
	}
	return nil
}

// visit yields a sample that is to be shown at a media time.
func (s *sampleWalk) visit(v sample, mediaTime int64) error {
	if err := s.in.charge(stepCost); err != nil {
		return err
	}
	v.rank, v.time = s.rank, signedSeconds(mediaTime-s.start, s.movie.video.timescale)
	if v.time > 0 {
		v.time = addTime(v.time, s.delay)
	} else {
		v.time += s.delay
	}
	s.rank++
	if !s.yield(v, nil) {
		return errStop
	}
	return nil
}

// tables visits the samples that the track's own tables tell of.
func (s *sampleWalk) tables() error {
	tables, err := newSampleTables(s.in, s.movie.video)
	if err != nil {
		return err
	}
	for {
		c, ok, err := tables.chunks.step()
		if !ok || err != nil {
			return err
		}
		for range c.samples {
			v, mediaTime, ok, err := tables.step()
			if !ok || err != nil {
				return err
			}
			v.entry, v.offset = c.entry, c.offset
			c.offset += v.size
			if err := s.visit(v, mediaTime); err != nil {
				return err
			}
		}
	}
}

// sampleTables steps through a track's tables side by side.
type sampleTables struct {
	in           *reader
	times        runs
	compositions runs
	keys         table
	allKeys      bool
	sizes        sizes
	chunks       chunks

	sample  uint32 // index of the next one
	nextKey uint32 // entry of keys
	time    uint64 // when the next sample is decoded
}

func newSampleTables(in *reader, t *track) (*sampleTables, error) {
	s := &sampleTables{in: in.fork(), allKeys: t.keys.end == 0}
	var err error
	if s.times, err = newRuns(in, t.times); err != nil {
		return nil, err
	}
	if s.compositions, err = newRuns(in, t.compositions); err != nil {
		return nil, err
	}
	if s.keys, err = in.table(t.keys, 4, 4); err != nil {
		return nil, err
	}
	if s.sizes, err = newSizes(in, t.sizes); err != nil {
		return nil, err
	}
	s.chunks, err = newChunks(in, t)
	return s, err
}

// step returns the next sample and the media time at which it is shown, or
// false behind the last one.
func (s *sampleTables) step() (v sample, mediaTime int64, ok bool, err error) {
	if s.sample == s.sizes.count {
		return sample{}, 0, false, nil
	}
	if v.size, err = s.sizes.at(s.sample); err != nil {
		return sample{}, 0, false, err
	}
	if v.key, err = s.isKey(); err != nil {
		return sample{}, 0, false, err
	}
	delta, err := s.times.step()
	if err != nil {
		return sample{}, 0, false, err
	}
	// Version 0 has no negative offsets, but writers put them there too.
	offset, err := s.compositions.step()
	if err != nil {
		return sample{}, 0, false, err
	}
	mediaTime = int64(s.time) + int64(int32(offset))
	s.time += uint64(delta)
	s.sample++
	return v, mediaTime, true, nil
}

// isKey tells whether the next sample is a sync sample: ISO/IEC 14496-12,
// 8.6.2. Without a table, all are.
func (s *sampleTables) isKey() (bool, error) {
	for s.nextKey < s.keys.count {
		number, err := s.in.uint32(s.keys.start + int64(s.nextKey)*s.keys.stride)
		if err != nil {
			return false, err
		}
		if number > s.sample {
			return number == s.sample+1, nil
		}
		s.nextKey++
	}
	return s.allKeys, nil
}

// run visits the samples of a run.
func (s *sampleWalk) run(r trackRun) error {
	if &s.movie.tracks[r.track] != s.movie.video {
		return nil
	}
	if s.rank == 0 {
		s.start = max(s.start, int64(r.time)) // cut out of a longer stream
	}
	offset, time := r.data, int64(r.time)
	for i := range r.entries.count {
		f, err := r.fields(s.runIn, i)
		if err != nil {
			return err
		}
		v := sample{offset: offset, size: int64(f.size), entry: r.defaults.entry, key: f.flags&sampleIsNonSync == 0}
		if err := s.visit(v, time+int64(int32(f.composition))); err != nil {
			return err
		}
		offset += int64(f.size)
		time += int64(f.duration)
	}
	return nil
}

// config implements demuxer.
func (m *movie) config(in *reader, entry uint32) (codec string, config []byte, err error) {
	e, err := m.video.sampleEntry(in, entry)
	if err != nil {
		return "", nil, err
	}
	if e.config.end > 0 {
		config, err = in.copy(e.config.body, e.config.end-e.config.body, maxConfigBytes)
	}
	return codecOf(e.format), config, err
}

// input implements demuxer.
func (m *movie) input() *reader { return m.in.renew() }
