package video

import (
	"encoding/binary"
	"fmt"
)

// runs steps through a table of runs, each a count of samples and their value.
type runs struct {
	in    *reader
	table table
	next  uint32 // entry to be read when left is 0
	left  uint32
	value uint32
}

func newRuns(in *reader, b box) (runs, error) {
	t, err := in.table(b, 4, 8)
	return runs{in: in.fork(), table: t}, err
}

// step returns the next sample's value. Behind the table's end the last one
// goes on.
func (r *runs) step() (uint32, error) {
	for r.left == 0 && r.next < r.table.count {
		c, err := r.in.entry(r.table, r.next)
		if err != nil {
			return 0, err
		}
		r.next++
		r.left, r.value = binary.BigEndian.Uint32(c), binary.BigEndian.Uint32(c[4:])
	}
	if r.left > 0 {
		r.left--
	}
	return r.value, nil
}

// total returns the sum of all values.
func (r *runs) total() (uint64, error) {
	var sum uint64
	for i := range r.table.count {
		c, err := r.in.entry(r.table, i)
		if err != nil {
			return 0, err
		}
		sum += uint64(binary.BigEndian.Uint32(c)) * uint64(binary.BigEndian.Uint32(c[4:]))
		if sum > maxMediaTime {
			return 0, fmt.Errorf("%w: media without end", ErrDamaged)
		}
	}
	return sum, nil
}

// sizes is a table of sample sizes, stsz or stz2: ISO/IEC 14496-12, 8.7.3.
type sizes struct {
	in    *reader
	start int64
	count uint32
	fixed uint32 // size of every sample, 0 for different ones
	bits  int64  // of an entry
}

func newSizes(in *reader, b box) (sizes, error) {
	s := sizes{in: in.fork(), start: b.body + 12, bits: 32}
	if b.end == 0 {
		return s, nil
	}
	c, err := in.head(b, 12)
	if err != nil {
		return sizes{}, err
	}
	s.count = binary.BigEndian.Uint32(c[8:])
	if b.kind.String() == "stz2" {
		s.bits = int64(c[7])
	} else {
		s.fixed = binary.BigEndian.Uint32(c[4:])
	}
	room := b.end - s.start
	switch {
	case s.fixed > 0:
		if int64(s.count) > in.size/int64(s.fixed) {
			return sizes{}, fmt.Errorf("%w: no room for %d samples", ErrDamaged, s.count)
		}
	case s.bits != 4 && s.bits != 8 && s.bits != 16 && s.bits != 32,
		(int64(s.count)*s.bits+7)/8 > room:
		return sizes{}, fmt.Errorf("%w: no room for %d sample sizes", ErrDamaged, s.count)
	}
	return s, nil
}

// at returns the size of sample i in bytes.
func (s *sizes) at(i uint32) (int64, error) {
	if s.fixed > 0 {
		return int64(s.fixed), nil
	}
	c, err := s.in.bytes(s.start+int64(i)*s.bits/8, (s.bits+7)/8)
	if err != nil {
		return 0, err
	}
	switch s.bits {
	case 4:
		return int64(c[0] >> (4 - i%2*4) & 15), nil
	case 8:
		return int64(c[0]), nil
	case 16:
		return int64(binary.BigEndian.Uint16(c)), nil
	}
	return int64(binary.BigEndian.Uint32(c)), nil
}

// chunk is a stretch of consecutive samples in the file.
type chunk struct {
	offset  int64
	samples uint32
	entry   uint32 // index of the sample entry, from 1 on
}

// chunks steps through the chunks of a track: stsc and stco or co64, ISO/IEC
// 14496-12, 8.7.4 and 8.7.5.
type chunks struct {
	in      *reader
	offsets table
	done    uint32 // chunks

	runsIn *reader
	runs   table
	next   uint32 // entry of runs
	from   uint32 // chunk from which on that entry holds
	now    chunk
}

func newChunks(in *reader, t *track) (chunks, error) {
	offsets, err := t.chunkOffsets(in)
	if err != nil {
		return chunks{}, err
	}
	runs, err := in.table(t.chunkRuns, 4, 12)
	return chunks{in: in.fork(), offsets: offsets, runsIn: in.fork(), runs: runs}, err
}

// step returns the next chunk, or false behind the last one.
func (c *chunks) step() (chunk, bool, error) {
	if c.done == c.offsets.count || c.runs.count == 0 {
		return chunk{}, false, nil
	}
	offset, err := c.in.chunkOffset(c.offsets, c.done)
	if err != nil {
		return chunk{}, false, err
	}
	c.done++
	for c.next < c.runs.count && (c.next == 0 || c.from <= c.done) {
		if err := c.nextRun(); err != nil {
			return chunk{}, false, err
		}
	}
	c.now.offset = offset
	return c.now, true, nil
}

// nextRun makes the next entry of stsc hold, and looks where the one after it
// begins.
func (c *chunks) nextRun() error {
	e, err := c.runsIn.entry(c.runs, c.next)
	if err != nil {
		return err
	}
	c.now.samples, c.now.entry = binary.BigEndian.Uint32(e[4:]), binary.BigEndian.Uint32(e[8:])
	if c.next++; c.next == c.runs.count {
		return nil
	}
	c.from, err = c.runsIn.uint32(c.runs.start + int64(c.next)*c.runs.stride)
	return err
}

// chunkOffsets returns the table of the chunks' file offsets.
func (t *track) chunkOffsets(in *reader) (table, error) {
	if t.chunks.kind.String() == "co64" {
		return in.table(t.chunks, 4, 8)
	}
	return in.table(t.chunks, 4, 4)
}

func (r *reader) chunkOffset(offsets table, i uint32) (int64, error) {
	e, err := r.entry(offsets, i)
	if err != nil {
		return 0, err
	}
	offset := uint64(binary.BigEndian.Uint32(e))
	if len(e) == 8 {
		offset = binary.BigEndian.Uint64(e)
	}
	if offset > uint64(r.size) {
		return 0, fmt.Errorf("%w: chunk at %d of %d bytes", ErrDamaged, offset, r.size)
	}
	return int64(offset), nil
}

// checkData proves that the last chunk of a track begins inside the file.
func (t *track) checkData(in *reader) error {
	offsets, err := t.chunkOffsets(in)
	if err == nil && offsets.count > 0 {
		_, err = in.chunkOffset(offsets, offsets.count-1)
	}
	return err
}
