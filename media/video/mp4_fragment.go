package video

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Flags of track fragments: ISO/IEC 14496-12, 8.8.7.
const (
	fragmentHasBase     = 0x000001
	fragmentHasEntry    = 0x000002
	fragmentHasDuration = 0x000008
	fragmentHasSize     = 0x000010
	fragmentHasFlags    = 0x000020
	fragmentBaseIsMoof  = 0x020000
)

// errStop ends a walk early.
var errStop = errors.New("stop")

// readExtends reads mvex, the box that says that fragments follow.
func (m *movie) readExtends(mvex box) error {
	if mvex.end == 0 {
		return nil
	}
	m.fragmented = true
	for b, err := range m.in.children(mvex) {
		if err != nil {
			return err
		}
		switch b.kind.String() {
		case "mehd":
			err = m.readExtendsHeader(b)
		case "trex":
			err = m.readDefaults(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readExtendsHeader reads mehd, the duration of the whole presentation.
func (m *movie) readExtendsHeader(b box) error {
	c, version, err := m.in.versioned(b, 8, 12)
	if err != nil {
		return err
	}
	m.fragmentDuration = uint64(binary.BigEndian.Uint32(c[4:]))
	if version > 0 {
		m.fragmentDuration = binary.BigEndian.Uint64(c[4:])
	}
	if m.fragmentDuration == 1<<32-1 || m.fragmentDuration > maxMediaTime {
		m.fragmentDuration = 0 // a live recording that did not know it
	}
	return nil
}

// readDefaults reads trex, which a fragment's own defaults go before.
func (m *movie) readDefaults(trex box) error {
	c, err := m.in.head(trex, 24)
	if err != nil {
		return err
	}
	if i := m.trackIndex(binary.BigEndian.Uint32(c[4:])); i >= 0 {
		at := func(i int) uint32 { return binary.BigEndian.Uint32(c[i:]) }
		m.tracks[i].defaults = sampleDefaults{entry: at(8), duration: at(12), size: at(16), flags: at(20)}
	}
	return nil
}

// trackIndex returns the index of the track of that id, or -1.
func (m *movie) trackIndex(id uint32) int {
	for i := range m.tracks {
		if m.tracks[i].id == id {
			return i
		}
	}
	return -1
}

// fragmentWalk visits the runs of a movie's fragments in the file's order.
type fragmentWalk struct {
	movie *movie
	in    *reader
	visit func(trackRun) error
	ends  []uint64 // by track: when the samples so far end
	data  int64    // where the samples so far end in the file
}

// eachRun calls visit for every run of every fragment until it returns an
// error, which is returned unless it is errStop. What follows the last whole
// fragment is passed over.
func (m *movie) eachRun(in *reader, visit func(trackRun) error) error {
	w := fragmentWalk{movie: m, in: in, visit: visit, ends: make([]uint64, len(m.tracks))}
	for i := range m.tracks {
		end, err := m.tracks[i].decodeEnd(in)
		if err != nil {
			return err
		}
		w.ends[i] = end
	}
	for b, err := range in.boxes(m.fragments, in.size) {
		if isDamage(err) || b.cut {
			return nil
		}
		if err != nil {
			return err
		}
		if b.kind.String() != "moof" {
			continue
		}
		err = w.fragment(b)
		if errors.Is(err, errStop) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("fragment at %d: %w", b.start, err)
		}
	}
	return nil
}

func (w *fragmentWalk) fragment(moof box) error {
	w.data = moof.start
	for b, err := range w.in.children(moof) {
		if err == nil && b.kind.String() == "traf" {
			err = w.trackFragment(b, moof.start)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// trackFragment visits the runs of a traf.
func (w *fragmentWalk) trackFragment(traf box, moof int64) error {
	run := trackRun{track: -1}
	base := w.data
	for b, err := range w.in.children(traf) {
		if err != nil {
			return err
		}
		switch kind := b.kind.String(); {
		case kind == "tfhd":
			base, err = w.readFragmentHeader(b, moof, &run)
		case run.track < 0:
			continue // not a track of ours
		case kind == "tfdt":
			err = w.readDecodeTime(b, run.track)
		case kind == "trun":
			err = w.run(b, base, run)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readFragmentHeader reads tfhd and returns what data offsets count from.
func (w *fragmentWalk) readFragmentHeader(b box, moof int64, run *trackRun) (base int64, err error) {
	c, err := w.in.head(b, 8)
	if err != nil {
		return 0, err
	}
	flags := binary.BigEndian.Uint32(c) & 0xffffff
	if run.track = w.movie.trackIndex(binary.BigEndian.Uint32(c[4:])); run.track < 0 {
		return 0, nil
	}
	run.defaults = w.movie.tracks[run.track].defaults
	if base = w.data; flags&fragmentBaseIsMoof != 0 {
		base = moof
	}
	off := b.body + 8
	if flags&fragmentHasBase != 0 {
		if c, err = w.in.bytes(off, 8); err != nil {
			return 0, err
		}
		base, off = int64(binary.BigEndian.Uint64(c)), off+8
	}
	d := &run.defaults
	for _, field := range []struct {
		flag  uint32
		value *uint32
	}{
		{fragmentHasEntry, &d.entry}, {fragmentHasDuration, &d.duration},
		{fragmentHasSize, &d.size}, {fragmentHasFlags, &d.flags},
	} {
		if flags&field.flag == 0 {
			continue
		}
		if *field.value, err = w.in.uint32(off); err != nil {
			return 0, err
		}
		off += 4
	}
	return base, nil
}

// readDecodeTime reads tfdt, which sets the clock of a track anew.
func (w *fragmentWalk) readDecodeTime(tfdt box, track int) error {
	c, version, err := w.in.versioned(tfdt, 8, 12)
	if err != nil {
		return err
	}
	w.ends[track] = uint64(binary.BigEndian.Uint32(c[4:]))
	if version > 0 {
		w.ends[track] = binary.BigEndian.Uint64(c[4:])
	}
	return nil
}
