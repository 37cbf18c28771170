package video

import (
	"encoding/binary"
	"iter"
	"time"
)

// edit is an entry of an edit list: ISO/IEC 14496-12, 8.6.6.
type edit struct {
	length uint64 // in the movie's time scale; 0 for all the rest
	media  int64  // where in the media it starts, -1 for an empty edit
	dwell  bool   // shows one moment for all its length
}

// presented returns for how long an edit of such media is shown.
func (e edit) presented(media span, timescale, movieTimescale uint64) time.Duration {
	length := seconds(e.length, movieTimescale)
	if e.media < 0 || e.dwell {
		return length
	}
	rest := seconds(media.rest(uint64(e.media)), timescale)
	// The movie's time scale is often the coarser one, and rounded up.
	if e.length == 0 || length > rest {
		return rest
	}
	return length
}

func (t *track) editList(in *reader) iter.Seq2[edit, error] {
	return func(yield func(edit, error) bool) {
		_, version, err := in.versioned(t.edits, 8, 8)
		if err != nil {
			yield(edit{}, err)
			return
		}
		stride := int64(12)
		if version > 0 {
			stride = 20
		}
		list, err := in.table(t.edits, 4, stride)
		if err != nil {
			yield(edit{}, err)
			return
		}
		for i := range list.count {
			c, err := in.entry(list, i)
			if err != nil {
				yield(edit{}, err)
				return
			}
			if !yield(readEdit(c), nil) {
				return
			}
		}
	}
}

func readEdit(c []byte) edit {
	rate := binary.BigEndian.Uint16(c[len(c)-4:])
	e := edit{dwell: rate == 0}
	if len(c) == 12 {
		e.length, e.media = uint64(binary.BigEndian.Uint32(c)), int64(int32(binary.BigEndian.Uint32(c[4:])))
	} else {
		e.length, e.media = binary.BigEndian.Uint64(c), int64(binary.BigEndian.Uint64(c[8:]))
	}
	return e
}
