package video

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// usage is which bytes are samples.
type usage struct{ stretches []stretch }

func (u *usage) add(start, end int64) {
	if n := len(u.stretches); n > 0 && u.stretches[n-1].end == start {
		u.stretches[n-1].end = max(start, end)
		return
	}
	if start < end {
		u.stretches = append(u.stretches, stretch{start, end})
	}
}

// gaps visits what of the media is not used.
func (u *usage) gaps(media []stretch, visit func(start, end int64)) {
	slices.SortFunc(u.stretches, func(a, b stretch) int { return cmp.Compare(a.start, b.start) })
	at := int64(0) // all before was looked at, or is used
	rest := u.stretches
	for _, s := range media {
		at = max(at, s.start)
		for len(rest) > 0 && rest[0].start < s.end {
			if at < rest[0].start {
				visit(at, rest[0].start)
			}
			at = max(at, rest[0].end)
			rest = rest[1:]
		}
		if at < s.end {
			visit(at, s.end)
		}
	}
}

// samples visits where the samples are that a track's own tables tell of.
func (m *movieRedaction) samples(t *track, visit func(start, end int64)) error {
	sizes, err := newSizes(m.in, t.sizes)
	if err != nil {
		return err
	}
	chunks, err := newChunks(m.in, t)
	if err != nil {
		return err
	}
	for sample := uint32(0); ; {
		c, ok, err := chunks.step()
		if !ok || err != nil {
			return err
		}
		n := min(c.samples, sizes.count-sample)
		length, err := m.length(&sizes, sample, n)
		if err != nil {
			return err
		}
		sample += n
		visit(c.offset, min(c.offset+length, m.in.size))
	}
}

// length is the bytes of n samples from the first on.
func (m *movieRedaction) length(s *sizes, first, n uint32) (length int64, err error) {
	if err := m.in.charge(stepCost); err != nil || s.fixed > 0 {
		return min(int64(s.fixed)*int64(n), m.in.size), err
	}
	for i := first; i < first+n; i++ {
		size, err := s.at(i)
		if err == nil {
			err = m.in.charge(stepCost)
		}
		if err != nil {
			return 0, err
		}
		length = min(length+size, m.in.size)
	}
	return length, nil
}

// fragments blanks the media data that is no sample of a kept track, and hides
// what fragments tell of hidden ones. The error wraps ErrDamaged where the tables of a
// kept track cannot be read: what is between its samples cannot be told then.
func (m *movieRedaction) fragments(moov box) error {
	kept, err := m.used(moov, m.kept)
	if err != nil {
		return err
	}
	kept.gaps(m.media, m.blankGap)
	if len(m.hidden) == 0 {
		return nil
	}
	return m.trackFragments(&movie{in: m.in, tracks: m.hidden, fragments: moov.end})
}

// used finds where the samples of tracks are.
func (m *movieRedaction) used(moov box, tracks []track) (*usage, error) {
	var u usage
	for i := range tracks {
		if err := m.samples(&tracks[i], u.add); err != nil {
			return nil, err
		}
	}
	f := &movie{in: m.in, tracks: tracks, fragments: moov.end}
	for b, err := range m.in.children(moov) {
		if err == nil && b.kind.String() == "mvex" {
			err = f.readExtends(b)
		}
		if err != nil {
			return nil, err
		}
	}
	if !f.fragmented {
		return &u, nil
	}
	return &u, f.eachRun(m.in.fork(), func(run trackRun) error {
		u.add(run.data, run.data+int64(min(run.size, uint64(m.in.size-run.data))))
		return nil
	})
}

// trackFragments makes free space of the headers of hidden tracks' fragments.
func (m *movieRedaction) trackFragments(hidden *movie) error {
	return m.each(hidden.fragments, m.in.size, func(moof box) error {
		if moof.kind.String() != "moof" {
			return nil
		}
		return m.each(moof.body, moof.end, func(traf box) error {
			if traf.kind.String() != "traf" {
				return nil
			}
			for b, err := range m.in.children(traf) {
				if err != nil {
					return err
				}
				if b.kind.String() != "tfhd" {
					continue
				}
				c, err := m.in.head(b, 8)
				if err != nil {
					return err
				}
				if hidden.trackIndex(binary.BigEndian.Uint32(c[4:])) >= 0 {
					m.hide(traf)
				}
				return nil
			}
			return nil
		})
	})
}
