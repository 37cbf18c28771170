package container

import "encoding/binary"

// fragments adds up the samples of a fragmented MP4, for those that tell no
// duration in their header: the end of the latest sample by track.
type fragments struct {
	usual map[uint32]uint32 // duration of a sample, by track
	ends  map[uint32]uint64

	id   uint32 // of the track fragment being read
	each uint32 // duration of its samples
	at   uint64 // end of its samples so far
}

func (f *fragments) end(id uint32) uint64 { return f.ends[id] }

func (f *fragments) begin() { f.id, f.each, f.at = 0, 0, 0 }

func (m *movie) trex(b []byte) {
	if len(b) < 16 {
		return
	}
	f := &m.fragment
	if f.usual == nil {
		f.usual, f.ends = make(map[uint32]uint32), make(map[uint32]uint64)
	}
	f.usual[binary.BigEndian.Uint32(b[4:])] = binary.BigEndian.Uint32(b[12:])
}

func (m *movie) tfhd(b []byte) {
	if len(b) < 8 {
		return
	}
	f := &m.fragment
	flags := binary.BigEndian.Uint32(b) & 0xffffff
	f.id = binary.BigEndian.Uint32(b[4:])
	f.each, f.at = f.usual[f.id], f.ends[f.id]
	at := 8
	if flags&0x1 != 0 { // base data offset
		at += 8
	}
	if flags&0x2 != 0 { // sample description index
		at += 4
	}
	if flags&0x8 != 0 && len(b) >= at+4 { // default sample duration
		f.each = binary.BigEndian.Uint32(b[at:])
	}
}

func (m *movie) tfdt(b []byte) {
	switch {
	case len(b) >= 12 && b[0] == 1:
		m.fragment.at = binary.BigEndian.Uint64(b[4:])
	case len(b) >= 8:
		m.fragment.at = uint64(binary.BigEndian.Uint32(b[4:]))
	}
}

// trun adds the durations of a run of samples: each its own, or the usual one.
func (m *movie) trun(b []byte) {
	f := &m.fragment
	if len(b) < 8 || f.ends == nil {
		return
	}
	flags, count := binary.BigEndian.Uint32(b)&0xffffff, binary.BigEndian.Uint32(b[4:])
	at, record := 8, 0
	for _, flag := range []uint32{0x1, 0x4} { // data offset, first sample flags
		if flags&flag != 0 {
			at += 4
		}
	}
	for _, flag := range []uint32{0x100, 0x200, 0x400, 0x800} { // what each sample tells
		if flags&flag != 0 {
			record += 4
		}
	}
	if flags&0x100 == 0 {
		f.at += uint64(count) * uint64(f.each)
	} else {
		for ; count > 0 && at+record <= len(b); count-- {
			f.at += uint64(binary.BigEndian.Uint32(b[at:]))
			at += record
		}
	}
	f.ends[f.id] = max(f.ends[f.id], f.at)
}
