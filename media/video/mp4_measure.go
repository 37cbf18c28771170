package video

import (
	"fmt"
	"time"
)

// measure finds the duration and the frame rate.
func (m *movie) measure(f *Facts) error {
	if m.fragmented && m.fragmentDuration > 0 {
		f.Duration = seconds(m.fragmentDuration, m.timescale)
		if d := m.video.defaults.duration; d > 0 {
			f.FrameRate = float64(m.video.timescale) / float64(d)
		}
		return nil
	}
	if err := m.video.checkData(m.in); err != nil {
		return err
	}
	spans, err := m.spans()
	if err != nil {
		return err
	}
	for i := range m.tracks {
		t := &m.tracks[i]
		if !t.enabled && t != m.video || t.timescale == 0 {
			continue
		}
		d, err := m.presented(t, spans[i])
		if err != nil {
			return err
		}
		f.Duration = max(f.Duration, d)
		if n := spans[i].length(); t == m.video && n > 0 {
			f.FrameRate = float64(spans[i].samples) * float64(t.timescale) / float64(n)
		}
	}
	if f.Duration == 0 {
		f.Duration = seconds(m.duration, m.timescale)
	}
	return nil
}

// presented returns for how long a track with such media is shown.
func (m *movie) presented(t *track, media span) (time.Duration, error) {
	if t.edits.end == 0 {
		return seconds(media.length(), t.timescale), nil
	}
	var total time.Duration
	some := false
	for e, err := range t.editList(m.in) {
		if err != nil {
			return 0, err
		}
		some = true
		total = addTime(total, e.presented(media, t.timescale, m.timescale))
	}
	if !some {
		total = seconds(media.length(), t.timescale)
	}
	return total, nil
}

// span is the stretch of media time in which a track's samples are decoded.
type span struct {
	start, end uint64
	samples    uint64
	shift      uint64 // how much later the first sample is shown than decoded
}

func (s span) length() uint64 { return s.end - s.start }

// rest returns how much is shown from a media time on.
func (s span) rest(from uint64) uint64 {
	from = max(from, s.start)
	return max(s.end+s.shift, from) - from
}

func (s *span) add(start, length uint64, samples, shift uint32) {
	if s.samples == 0 {
		s.start, s.end, s.shift = start, start, uint64(max(0, int32(shift)))
	}
	s.start, s.end = min(s.start, start), max(s.end, start+length)
	s.samples += uint64(samples)
}

// spans returns the span of every track.
func (m *movie) spans() ([]span, error) {
	spans := make([]span, len(m.tracks))
	for i := range m.tracks {
		if err := m.tracks[i].span(m.in, m.fragmented, &spans[i]); err != nil {
			return nil, err
		}
	}
	if m.fragmented {
		in := m.in.fork()
		err := m.eachRun(m.in, func(r trackRun) error {
			if r.entries.count == 0 {
				return nil
			}
			first, err := r.fields(in, 0)
			spans[r.track].add(r.time, r.duration, r.entries.count, first.composition)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range spans {
		if m.video == &m.tracks[i] && spans[i].samples == 0 {
			return nil, fmt.Errorf("%w: video track without samples", ErrDamaged)
		}
	}
	return spans, nil
}

// span adds the samples that the track's own tables tell of. The duration in
// the header of a fragmented movie's track may be that of the fragments.
func (t *track) span(in *reader, fragmented bool, s *span) error {
	sizes, err := newSizes(in, t.sizes)
	if err != nil || sizes.count == 0 {
		return err
	}
	length := t.duration
	if fragmented || length == 0 {
		if length, err = t.decodeEnd(in); err != nil {
			return err
		}
	}
	shift, err := t.firstComposition(in)
	s.add(0, length, sizes.count, shift)
	return err
}

// firstComposition returns how much later than decoded the first sample is
// shown.
func (t *track) firstComposition(in *reader) (uint32, error) {
	compositions, err := in.table(t.compositions, 4, 8)
	if err != nil || compositions.count == 0 {
		return 0, err
	}
	return in.uint32(compositions.start + 4)
}

// decodeEnd returns when the samples in the track's own tables end, in its
// time scale.
func (t *track) decodeEnd(in *reader) (uint64, error) {
	times, err := newRuns(in, t.times)
	if err != nil {
		return 0, err
	}
	return times.total()
}
