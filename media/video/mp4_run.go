package video

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Flags of track runs and of their samples: ISO/IEC 14496-12, 8.8.8 and 8.8.3.
const (
	runHasOffset       = 0x001
	runHasFirstFlags   = 0x004
	runHasDurations    = 0x100
	runHasSizes        = 0x200
	runHasFlags        = 0x400
	runHasCompositions = 0x800
	runHasAnyOfSamples = 0xf00

	sampleIsNonSync = 0x010000
)

// sampleDefaults hold for the samples of a run that do not say otherwise.
type sampleDefaults struct{ entry, duration, size, flags uint32 }

// trackRun is a stretch of consecutive samples of a fragment (trun).
type trackRun struct {
	track    int // index in movie.tracks
	defaults sampleDefaults
	flags    uint32
	first    uint32 // flags of the first sample

	entries  table  // of per-sample fields; stride 0 if there are none
	data     int64  // file offset of the first sample
	time     uint64 // when the first sample is decoded, in the track's time scale
	duration uint64 // of all samples
	size     uint64 // of all samples, in bytes
}

// run reads a trun, ISO/IEC 14496-12, 8.8.8, and visits it.
func (w *fragmentWalk) run(trun box, base int64, run trackRun) error {
	c, err := w.in.head(trun, 8)
	if err != nil {
		return err
	}
	run.flags = binary.BigEndian.Uint32(c) & 0xffffff
	run.entries.count = binary.BigEndian.Uint32(c[4:])
	run.data = w.data
	off := trun.body + 8
	if run.flags&runHasOffset != 0 {
		v, err := w.in.uint32(off)
		if err != nil {
			return err
		}
		run.data, off = base+int64(int32(v)), off+4
	}
	if run.flags&runHasFirstFlags != 0 {
		if run.first, err = w.in.uint32(off); err != nil {
			return err
		}
		off += 4
	}
	run.entries.start = off
	run.entries.stride = 4 * int64(bits.OnesCount32(run.flags&runHasAnyOfSamples))
	if err := run.sum(w.in, trun.end); err != nil {
		return err
	}
	return w.place(run)
}

// place gives the run its time, moves the ends on and visits the run.
func (w *fragmentWalk) place(run trackRun) error {
	run.time = w.ends[run.track]
	if run.time > maxMediaTime || run.duration > maxMediaTime || run.data < 0 || run.data > w.in.size {
		return fmt.Errorf("%w: run out of range", ErrDamaged)
	}
	w.ends[run.track] += run.duration
	w.data = run.data + int64(run.size)
	return w.visit(run)
}

// sum adds up the run's samples, whose entries may reach to end.
func (r *trackRun) sum(in *reader, end int64) error {
	count := uint64(r.entries.count)
	if r.entries.stride == 0 && count > uint64(in.size) ||
		r.entries.stride > 0 && int64(count) > (end-r.entries.start)/r.entries.stride {
		return fmt.Errorf("%w: no room for a run of %d samples", ErrDamaged, count)
	}
	r.duration, r.size = count*uint64(r.defaults.duration), count*uint64(r.defaults.size)
	if r.flags&(runHasDurations|runHasSizes) != 0 {
		r.duration, r.size = 0, 0
		for i := range r.entries.count {
			f, err := r.fields(in, i)
			if err != nil {
				return err
			}
			r.duration += uint64(f.duration)
			r.size += uint64(f.size)
		}
	}
	if r.size > uint64(in.size) {
		return fmt.Errorf("%w: run of %d bytes", ErrDamaged, r.size)
	}
	return nil
}

// runFields is what a run says of one sample. A composition offset has a sign:
// version 0 has none, but writers put it there.
type runFields struct{ duration, size, flags, composition uint32 }

func (r *trackRun) fields(in *reader, i uint32) (runFields, error) {
	f := runFields{duration: r.defaults.duration, size: r.defaults.size, flags: r.defaults.flags}
	if i == 0 && r.flags&runHasFirstFlags != 0 {
		f.flags = r.first
	}
	c, err := in.entry(r.entries, i)
	if err != nil {
		return runFields{}, err
	}
	take := func(flag uint32, to *uint32) {
		if r.flags&flag != 0 {
			*to, c = binary.BigEndian.Uint32(c), c[4:]
		}
	}
	take(runHasDurations, &f.duration)
	take(runHasSizes, &f.size)
	take(runHasFlags, &f.flags)
	take(runHasCompositions, &f.composition)
	return f, nil
}
