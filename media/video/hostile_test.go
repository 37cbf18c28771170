package video

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"
)

// endless is a file of a head and then a pattern again and again. It counts
// what is read of it.
type endless struct {
	head, pattern []byte
	size          int64
	reads, bytes  int64
}

func (e *endless) ReadAt(p []byte, off int64) (int, error) {
	e.reads++
	n := int(min(int64(len(p)), max(0, e.size-off)))
	e.bytes += int64(n)
	for i := 0; i < n; {
		at := off + int64(i)
		if at < int64(len(e.head)) {
			i += copy(p[i:n], e.head[at:])
		} else {
			i += copy(p[i:n], e.pattern[(at-int64(len(e.head)))%int64(len(e.pattern)):])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// nested writes boxes of one kind, each in the one before.
func nested(kind string, depth int) []byte {
	var b []byte
	for i := range depth {
		b = append(b, mp4Box(kind, zeros(8*(depth-i-1)))[:8]...)
	}
	return b
}

// hugeMovie writes the head of an MP4 of that size whose samples the given
// tables describe.
func hugeMovie(size int64, tables ...[]byte) []byte {
	track := videoTrack()
	track.duration = 0
	track.tables = join(tables...)
	return join(testMovie(track)[:len(testMovie(track))-18], []byte{0, 0, 0, 1}, []byte("mdat"), be.AppendUint64(nil, uint64(size)/2))
}

// largeBox writes the header of a box without its contents.
func largeBox(kind string, size int64) []byte {
	return join([]byte{0, 0, 0, 1}, []byte(kind), be.AppendUint64(nil, uint64(size)))
}

func TestHostileVideosCostLittle(t *testing.T) {
	const size = 4 << 30
	const most = 1<<32 - 1
	defaults := mp4Box("trex", words(0, 1, 1, 100, 1, 0))
	header := fragmented(defaults)
	track := tracks(videoEntry(nil))
	empty := append(elementID(idCluster), 0x80)
	laced := ebml(idSimpleBlock, []byte{0x81, 0, 0, blockKey | lacingFixed, 255})
	tests := []struct {
		what      string
		recording endless
		fail      bool // before there is anything to be searched for key frames
	}{
		{"boxes 10,000 deep", endless{head: join(typed("isom"), nested("moov", 10000))}, false},
		{"a track of boxes 10,000 deep", endless{head: join(typed("isom"), mp4Box("moov", mp4Box("trak", nested("mdia", 10000))))}, false},
		{"500 million empty boxes", endless{head: typed("isom"), pattern: mp4Box("free"), size: size}, true},
		{"a header of 100 million tracks", endless{head: join(typed("isom"), largeBox("moov", size-100)), pattern: mp4Box("trak", mp4Box("mdia", mp4Box("hdlr", words(0, 0), []byte("vide")))), size: size}, true},
		{"an edit list of 2^28 edits", endless{head: join(typed("isom"), mp4Box("mdat"), openTrack(size, "elst", words(0, 1<<28))), pattern: []byte{0}, size: size}, true},
		{"2^32 samples in one run and one chunk", endless{head: hugeMovie(size, mp4Box("stsz", words(0, 1, most/2)), mp4Box("stts", words(0, 1, most, 1)),
			mp4Box("stsc", words(0, 1, 1, most, 1)), mp4Box("stco", words(0, 1, 100))), pattern: []byte{0}, size: size}, false},
		{"2^32 samples, none of them a key frame", endless{head: hugeMovie(size, mp4Box("stsz", words(0, 1, most/2)), mp4Box("stts", words(0, 1, most, most)), mp4Box("stss", words(0, 0)),
			mp4Box("stsc", words(0, 1, 1, most, 1)), mp4Box("stco", words(0, 1, 100))), pattern: []byte{0}, size: size}, false},
		{"a table of 2^29 runs of no samples", endless{head: join(typed("isom"), mp4Box("mdat"), openTrack(size, "stts", words(0, 1<<28))), pattern: []byte{0}, size: size}, true},
		{"2^28 fragments without samples", endless{head: header, pattern: mp4Box("moof"), size: size}, true},
		{"fragments of a run of 2^31 samples each", endless{head: header, size: size,
			pattern: mp4Box("moof", mp4Box("traf", mp4Box("tfhd", words(0, 1)), mp4Box("trun", words(0, 1<<31))))}, false},

		{"an EBML header of 2^31 elements", endless{head: join(elementID(idEBML), vint(size-100, 8)), pattern: ebml(idVoid)[:2], size: size}, false},
		{"a segment of 2^31 elements", endless{head: join(ebmlHeader("webm"), unsized(idSegment)), pattern: []byte{idVoid, 0x80}, size: size}, true},
		{"2^29 clusters", endless{head: join(ebmlHeader("webm"), unsized(idSegment, track)), pattern: empty, size: size}, false},
		{"2^28 blocks of no duration", endless{head: join(ebmlHeader("webm"), unsized(idSegment, track, unsized(idCluster))), pattern: []byte{idSimpleBlock, 0x85, 0x81, 0, 0, 0, 0}, size: size}, false},
		{"2^28 blocks of 256 empty frames", endless{head: join(ebmlHeader("webm"), unsized(idSegment, track, unsized(idCluster))), pattern: laced, size: size}, false},
		{"2^28 tracks", endless{head: join(ebmlHeader("webm"), unsized(idSegment), elementID(idTracks), vint(size-100, 8)), pattern: []byte{idTrackEntry, 0x83, idTrackType, 0x81, 1}, size: size}, true},
		{"2^28 cue points", endless{head: join(ebmlHeader("webm"), unsized(idSegment, track, cluster(0, key(0)), elementID(idCues), vint(size-200, 8))), pattern: []byte{idCuePoint, 0x80}, size: size}, false},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			e := &test.recording
			if e.size == 0 {
				e.size = int64(len(e.head))
			}
			if len(e.pattern) > 0 { // longer ones are faster
				e.pattern = bytes.Repeat(e.pattern, 1+64<<10/len(e.pattern))
			}
			n := allocated(func() {
				if _, err := Read(e, e.size); err == nil && test.fail {
					t.Errorf("%s: got no error", test.what)
				}
				if !test.fail {
					KeyFrameAt(e, e.size, time.Hour)
				}
			})
			// Two calls, each of which may open the video and search it.
			if e.bytes > 3*workBudget || e.reads > 3*workBudget/jumpAhead {
				t.Errorf("%s: got %d reads of %d bytes, want no more than %d of %d", test.what, e.reads, e.bytes, 3*workBudget/jumpAhead, 3*workBudget)
			}
			if n > 1<<20 {
				t.Errorf("%s: got %d bytes allocated, want no more than a megabyte", test.what, n)
			}
		})
	}
}

// openTrack writes the head of a movie that ends in a table that reaches
// almost to the end of the file.
func openTrack(size int64, kind string, contents []byte) []byte {
	rest := size - 1000
	var b []byte
	for _, parent := range []string{"moov", "trak", "mdia", "minf", "stbl"} {
		rest -= 16
		b = append(b, largeBox(parent, rest)...)
		switch parent {
		case "moov":
			m := movieHeader(0, unturned)
			b, rest = append(b, m...), rest-int64(len(m))
		case "mdia":
			m := join(mp4Box("mdhd", words(0, 0, 0, 1000, 0, 0)), mp4Box("hdlr", words(0, 0), []byte("vide")))
			b, rest = append(b, m...), rest-int64(len(m))
		case "stbl":
			m := join(mp4Box("stsd", words(0, 1), mp4Box("vp09", zeros(24), words(64<<16|48), zeros(50))), mp4Box("stsz", words(0, 1, 10)))
			b, rest = append(b, m...), rest-int64(len(m))
		}
	}
	return join(b, largeBox(kind, rest-16), contents)
}

func TestKeyFrameIsBounded(t *testing.T) {
	track := videoTrack()
	track.tables = join(mp4Box("stts", words(0, 1, 1, 100)), mp4Box("stsc", words(0, 1, 1, 1, 1)),
		mp4Box("stsz", words(0, 0, 1, maxFrameBytes+1)), mp4Box("stco", words(0, 1, 500)))
	e := &endless{head: testMovie(track), pattern: []byte{0}, size: 1 << 30}
	var err error
	n := allocated(func() { _, err = KeyFrameAt(e, e.size, 0) })
	if !errors.Is(err, ErrDamaged) || n > 1<<20 {
		t.Errorf("frame larger than allowed: got %v after %d bytes allocated, want %v", err, n, ErrDamaged)
	}
	segment := join(ebmlHeader("webm"), unsized(idSegment, tracks(videoEntry(join(elementID(idCodecPrivate), vint(maxConfigBytes+1, 8))))))
	e = &endless{head: segment, pattern: []byte{0}, size: 1 << 30}
	if _, err := KeyFrameAt(e, e.size, 0); !errors.Is(err, ErrDamaged) {
		t.Errorf("configuration larger than allowed: got %v, want %v", err, ErrDamaged)
	}
}

func TestEveryTruncationAndFlippedByteIsSafe(t *testing.T) {
	for _, name := range []string{"h264_first_sound.mp4", "hevc_fragments_180.mov", "vp8_live_sound.webm", "h264_wide.mkv"} {
		b := videoFile(t, name)
		for i := range b {
			exercise(b[:i])
		}
		for i := range min(len(b), 900) {
			for _, v := range []byte{0, 0x7f, 0xff} {
				c := bytes.Clone(b)
				c[i] = v
				exercise(c)
			}
		}
	}
}

// exercise does with a video all that can be done, and panics if something is
// wrong.
func exercise(b []byte) {
	r := bytes.NewReader(b)
	facts, err := Read(r, r.Size())
	known := errors.Is(err, ErrNotVideo) || errors.Is(err, ErrNoVideo) || errors.Is(err, ErrDamaged)
	switch {
	case err != nil && !known:
		panic(err)
	case err == nil && !sane(facts):
		panic("facts make no sense")
	}
	k, err := KeyFrameAt(r, r.Size(), facts.Duration/2)
	for range 5 {
		if err != nil {
			return
		}
		if len(k.Data) < 1 || len(k.Data) > 2 || len(k.Data[0]) == 0 {
			panic("key frame without data")
		}
		k.Bitstream()
		k, err = k.Next()
	}
}

func sane(f Facts) bool {
	return f.Width > 0 && f.Height > 0 && f.Width <= maxSide && f.Height <= maxSide &&
		f.CodedWidth > 0 && f.CodedHeight > 0 && !f.Visible.Empty() &&
		f.Duration >= 0 && f.FrameRate >= 0 && f.Rotation%90 == 0
}
