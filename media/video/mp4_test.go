package video

import (
	"bytes"
	"errors"
	"image"
	"testing"
	"time"
)

// videoOf is what testMovie's video is when nothing is told otherwise.
func videoOf(width, height int) Facts {
	return turned("mp4", "vp9", 0).sized(width, height)
}

// change returns a movie of one video track that was changed first.
func change(f func(*testTrack)) []byte {
	t := videoTrack()
	f(&t)
	return testMovie(t)
}

func TestReadMP4Geometry(t *testing.T) {
	aperture := func(w, h, x, y uint32) []byte {
		return mp4Box("clap", words(w, 1, h, 1, x, 2, y, 2))
	}
	tests := []struct {
		what  string
		movie []byte
		want  Facts
	}{
		{"as it is", change(func(*testTrack) {}), videoOf(64, 48)},
		{"pixels twice as wide as high", change(func(t *testTrack) { t.extensions = mp4Box("pasp", words(2, 1)) }), videoOf(128, 48)},
		{"pixels 10 to 11", change(func(t *testTrack) { t.extensions = mp4Box("pasp", words(10, 11)) }), videoOf(58, 48)},
		{"pixels without height", change(func(t *testTrack) { t.extensions = mp4Box("pasp", words(1, 0)) }), videoOf(64, 48)},
		{"pixels of a ratio that leads nowhere", change(func(t *testTrack) { t.extensions = mp4Box("pasp", words(1<<32-1, 1)) }), videoOf(64, 48)},
		{"wide by the size that the track is shown in", change(func(t *testTrack) { t.shownW = 85 }), videoOf(85, 48)},
		{"shown twice as large", change(func(t *testTrack) { t.shownW, t.shownH = 128, 96 }), videoOf(64, 48)},
		{"shown one pixel wider", change(func(t *testTrack) { t.shownW = 65 }), videoOf(64, 48)},
		{"with a clean aperture in the middle", change(func(t *testTrack) { t.extensions = aperture(60, 40, 0, 0) }),
			videoOf(60, 40).coded(64, 48, image.Rect(2, 4, 62, 44))},
		{"with a clean aperture that cuts off the bottom", change(func(t *testTrack) { t.extensions = aperture(64, 40, 0, 1<<32-8) }),
			videoOf(64, 40).coded(64, 48, image.Rect(0, 0, 64, 40))},
		{"with a clean aperture larger than the picture", change(func(t *testTrack) { t.extensions = aperture(66, 40, 0, 0) }), videoOf(64, 48)},
		{"with a clean aperture of half pixels", change(func(t *testTrack) { t.extensions = aperture(63, 48, 0, 0) }), videoOf(64, 48)},
		{"with odd bytes behind the sample entry's boxes", change(func(t *testTrack) { t.extensions = join(mp4Box("pasp", words(2, 1)), words(1<<31, 1, 1)) }), videoOf(128, 48)},
		{"of a size that only the track tells", change(func(t *testTrack) { t.width, t.height = 0, 0 }), videoOf(64, 48)},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := read(test.movie)
			if err != nil || got != test.want {
				t.Errorf("video %s:\ngot  %+v, %v\nwant %+v", test.what, got, err, test.want)
			}
		})
	}
}

func TestReadMP4Orientation(t *testing.T) {
	const one, minus = 1 << 16, 1<<32 - 1<<16
	tests := []struct {
		what       string
		a, b, c, d uint32
		mirrored   bool
		rotation   int
	}{
		{"unturned", one, 0, 0, one, false, 0},
		{"turned by 90", 0, one, minus, 0, false, 90},
		{"turned by 180", minus, 0, 0, minus, false, 180},
		{"turned by 270", 0, minus, one, 0, false, 270},
		{"mirrored left to right", minus, 0, 0, one, true, 0},
		{"mirrored top to bottom", one, 0, 0, minus, true, 180},
		{"mirrored along the diagonal", 0, one, one, 0, true, 270},
		{"turned by 90 and half as large", 0, one / 2, 1<<32 - 1<<15, 0, false, 90},
		{"of no matrix", 0, 0, 0, 0, false, 0},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			m := [9]uint32{test.a, test.b, 0, test.c, test.d, 0, 0, 0, 1 << 30}
			track := videoTrack()
			track.matrix = m
			byTrack, err := read(testMovie(track))
			if err != nil || byTrack.Mirrored != test.mirrored || byTrack.Rotation != test.rotation {
				t.Errorf("track %s: got mirrored %t, rotation %d, %v, want %t, %d",
					test.what, byTrack.Mirrored, byTrack.Rotation, err, test.mirrored, test.rotation)
			}
			// A movie's matrix of zeros counts for nothing.
			byTrack, err = read(bytes.Replace(testMovie(track), movieHeader(0, unturned), movieHeader(0, [9]uint32{}), 1))
			if err != nil || byTrack.Rotation != test.rotation {
				t.Errorf("track %s in a movie without matrix: got rotation %d, %v, want %d", test.what, byTrack.Rotation, err, test.rotation)
			}
			byMovie, err := read(bytes.Replace(testMovie(videoTrack()), movieHeader(0, unturned), movieHeader(0, m), 1))
			if err != nil || byMovie.Mirrored != test.mirrored || byMovie.Rotation != test.rotation {
				t.Errorf("movie %s: got mirrored %t, rotation %d, %v, want %t, %d",
					test.what, byMovie.Mirrored, byMovie.Rotation, err, test.mirrored, test.rotation)
			}
		})
	}
}

func TestReadMP4Duration(t *testing.T) {
	const ms, empty = time.Millisecond, 1<<32 - 1
	edits := func(entries ...uint32) []byte {
		return words(append([]uint32{0, uint32(len(entries) / 3)}, entries...)...)
	}
	sound := videoTrack()
	sound.handler, sound.duration = "soun", 1200
	disabled := sound
	disabled.flags = 0
	untold := videoTrack()
	untold.duration = 0
	unknown := videoTrack()
	unknown.duration = 1<<32 - 1
	tests := []struct {
		what  string
		movie []byte
		want  time.Duration
	}{
		{"media of a second", change(func(*testTrack) {}), 1000 * ms},
		{"a duration that only the samples tell", testMovie(untold), 1000 * ms},
		{"a duration that is marked as unknown", testMovie(unknown), 1000 * ms},
		{"half a second of nothing first", change(func(t *testTrack) { t.edits = edits(300, empty, 1<<16, 600, 0, 1<<16) }), 1500 * ms},
		{"an edit that starts at 0.4 s", change(func(t *testTrack) { t.edits = edits(360, 400, 1<<16) }), 600 * ms},
		{"an edit that is longer than its media", change(func(t *testTrack) { t.edits = edits(6000, 400, 1<<16) }), 600 * ms},
		{"an edit of the rest", change(func(t *testTrack) { t.edits = edits(0, 100, 1<<16) }), 900 * ms},
		{"the same media twice", change(func(t *testTrack) { t.edits = edits(600, 0, 1<<16, 600, 0, 1<<16) }), 2000 * ms},
		{"a moment that is held for two seconds", change(func(t *testTrack) { t.edits = edits(1200, 0, 0) }), 2000 * ms},
		{"an edit list without edits", change(func(t *testTrack) { t.edits = edits() }), 1000 * ms},
		{"edits in 64 bits", change(func(t *testTrack) { t.edits = words(1<<24, 1, 0, 300, 0, 0, 1<<16) }), 500 * ms},
		{"sound that goes on longer", testMovie(videoTrack(), sound), 1200 * ms},
		{"disabled sound that goes on longer", testMovie(videoTrack(), disabled), 1000 * ms},
		{"nothing but the movie's own duration", bytes.Replace(
			change(func(t *testTrack) { t.edits = edits(600, 2000, 1<<16) }),
			movieHeader(0, unturned), movieHeader(750, unturned), 1), 1250 * ms},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := read(test.movie)
			if err != nil || got.Duration != test.want {
				t.Errorf("video with %s: got %v, %v, want %v", test.what, got.Duration, err, test.want)
			}
		})
	}
}

func TestReadMP4Structure(t *testing.T) {
	plain := change(func(*testTrack) {})
	ftyp, rest := plain[:16], plain[16:]
	moov, mdat := rest[:len(rest)-18], rest[len(rest)-18:]
	sound := videoTrack()
	sound.handler = "soun"
	disabled := videoTrack()
	disabled.flags, disabled.width, disabled.shownW = 0, 32, 32
	quicktime := turned("mov", "vp9", 0)
	tests := []struct {
		what      string
		recording []byte
		want      Facts
	}{
		{"index last, media reaching to the end of the file", join(ftyp, moov, endlessBox("mdat", mdat[8:])), videoOf(64, 48)},
		{"boxes with sizes of 64 bits", join(ftyp, longBox("free", zeros(5)), longBox("moov", moov[8:]), longBox("mdat", mdat[8:])), videoOf(64, 48)},
		{"junk behind the movie", join(plain, []byte("SEFHe\x00\x00\x00\x05\xff\xff")), videoOf(64, 48)},
		{"a header of data about it first", join(ftyp, mp4Box("meta", zeros(4)), moov, mdat), videoOf(64, 48)},
		{"a brand of sound, but a picture", join(typed("M4A "), moov, mdat), videoOf(64, 48)},
		{"a brand of a camera", join(typed("MSNV", "isom"), moov, mdat), videoOf(64, 48)},
		{"a brand that nobody knows", join(typed("wxyz"), moov, mdat), videoOf(64, 48)},
		{"QuickTime with a brand", join(typed("qt  "), moov, mdat), quicktime},
		{"QuickTime without brand, wide first", join(mp4Box("wide"), moov, mdat), quicktime},
		{"QuickTime without brand, index first", join(moov, mdat, mp4Box("free", zeros(8))), quicktime},
		{"QuickTime without brand, media first", join(mdat, moov, mp4Box("free", zeros(8))), quicktime},
		{"a list that a zero closes", join(ftyp, mp4Box("moov", moov[8:], zeros(4)), mdat), videoOf(64, 48)},
		{"a list that a longer zero closes", join(ftyp, mp4Box("moov", moov[8:], zeros(8)), mdat), videoOf(64, 48)},
		{"sound first", testMovie(sound, videoTrack()), videoOf(64, 48).sound()},
		{"a disabled picture first", testMovie(disabled, videoTrack()), videoOf(64, 48)},
		{"a disabled picture alone", testMovie(disabled), videoOf(32, 48).coded(32, 48, image.Rect(0, 0, 32, 48))},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := read(test.recording)
			if err != nil || got != test.want {
				t.Errorf("video with %s:\ngot  %+v, %v\nwant %+v", test.what, got, err, test.want)
			}
		})
	}
}

func TestReadMP4Codec(t *testing.T) {
	for format, want := range map[string]string{
		"avc1": "h264", "avc3": "h264", "hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc",
		"vp08": "vp8", "vp09": "vp9", "av01": "av1", "mp4v": "mp4v", "encv": "encv", "jpeg": "jpeg", "a\x00\n\xff": "unknown",
	} {
		got, err := read(change(func(t *testTrack) { t.format = format }))
		if err != nil || got.Codec != want {
			t.Errorf("sample entry %q: got codec %q, %v, want %q", format, got.Codec, err, want)
		}
	}
}

// fragmented writes a movie whose samples are in fragments.
func fragmented(extends []byte, fragments ...[]byte) []byte {
	track := videoTrack()
	track.duration = 0
	track.tables = join(mp4Box("stts", words(0, 0)), mp4Box("stsc", words(0, 0)), mp4Box("stsz", words(0, 0, 0)), mp4Box("stco", words(0, 0)))
	return join(typed("iso5"), mp4Box("moov", movieHeader(0, unturned), track.box(), mp4Box("mvex", extends)), join(fragments...))
}

// plainFragment writes a fragment of five samples of 100 units, of one byte
// each, the first of them a key frame.
func plainFragment(time uint32) []byte {
	moof := func(offset uint32) []byte {
		return mp4Box("moof", mp4Box("mfhd", words(0, 1)), mp4Box("traf",
			mp4Box("tfhd", words(fragmentBaseIsMoof|fragmentHasDuration|fragmentHasSize|fragmentHasFlags, 1, 100, 1, sampleIsNonSync)),
			mp4Box("tfdt", words(0, time)),
			mp4Box("trun", words(runHasOffset|runHasFirstFlags, 5, offset, 0))))
	}
	return join(moof(uint32(len(moof(0))+8)), mp4Box("mdat", []byte("abcde")))
}

func TestReadMP4Fragments(t *testing.T) {
	defaults := mp4Box("trex", words(0, 1, 1, 100, 1, sampleIsNonSync))
	ten := join(plainFragment(0), plainFragment(500))
	fields := mp4Box("trun", words(runHasDurations|runHasSizes, 2, 250, 1, 350, 1))
	tests := []struct {
		what      string
		recording []byte
		want      Facts
	}{
		{"the sum of two fragments", fragmented(defaults, ten), videoOf(64, 48)},
		{"a duration in its header", fragmented(join(mp4Box("mehd", words(0, 1800)), defaults), ten), videoOf(64, 48).lasting(3 * time.Second)},
		{"a duration in its header in 64 bits", fragmented(join(mp4Box("mehd", words(1<<24, 0, 1800)), defaults), ten), videoOf(64, 48).lasting(3 * time.Second)},
		{"fragments cut out of a longer stream", fragmented(defaults, plainFragment(70000), plainFragment(70500)), videoOf(64, 48)},
		{"a duration in its header that is not known", fragmented(join(mp4Box("mehd", words(0, 1<<32-1)), defaults), ten), videoOf(64, 48)},
		{"a fragment missing in the middle", fragmented(defaults, plainFragment(0), plainFragment(1500)), videoOf(64, 48).lasting(2 * time.Second).rate(5)},
		{"a fragment that breaks off", fragmented(defaults, ten, plainFragment(1000)[:80]), videoOf(64, 48)},
		{"junk behind the fragments", fragmented(defaults, ten, words(3, 3, 3)), videoOf(64, 48)},
		{"samples that each tell their duration", fragmented(defaults, mp4Box("moof", mp4Box("traf", mp4Box("tfhd", words(0, 1)), fields))),
			videoOf(64, 48).lasting(600 * time.Millisecond).rate(2 / 0.6)},
		{"defaults for all fragments alone", fragmented(defaults, mp4Box("moof", mp4Box("traf", mp4Box("tfhd", words(0, 1)), mp4Box("trun", words(0, 7))))),
			videoOf(64, 48).lasting(700 * time.Millisecond)},
		{"a fragment of a track that there is not", fragmented(defaults, ten, mp4Box("moof", mp4Box("traf", mp4Box("tfhd", words(0, 9)), fields))), videoOf(64, 48)},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := read(test.recording)
			if err != nil || got != test.want {
				t.Errorf("video with %s:\ngot  %+v, %v\nwant %+v", test.what, got, err, test.want)
			}
		})
	}
}

func TestReadRefusesDamagedMP4(t *testing.T) {
	plain := change(func(*testTrack) {})
	tables := func(b ...[]byte) []byte { return change(func(t *testTrack) { t.tables = join(b...) }) }
	defaults := mp4Box("trex", words(0, 1, 1, 100, 1, 0))
	run := func(w ...uint32) []byte {
		return fragmented(defaults, mp4Box("moof", mp4Box("traf", mp4Box("tfhd", words(0, 1)), mp4Box("trun", words(w...)))))
	}
	tests := []struct {
		what      string
		recording []byte
	}{
		{"a compressed header", join(typed("qt  "), mp4Box("moov", mp4Box("cmov", zeros(40))), mp4Box("mdat", zeros(8)))},
		{"a box smaller than its header", join(typed("isom"), words(4), []byte("moov"), zeros(40))},
		{"a box of 64 bits smaller than its header", join(typed("isom"), words(1), []byte("moov"), words(0, 12), zeros(40))},
		{"a box of 2^63 bytes", join(typed("isom"), words(1), []byte("moov"), words(1<<31, 0), zeros(40))},
		{"a header box larger than the header", bytes.Replace(plain, []byte("\x00\x00\x00\x6cmvhd"), []byte("\x7f\xff\xff\xffmvhd"), 1)},
		{"no time scale", bytes.Replace(plain, words(600, 0, 1<<16), words(0, 0, 1<<16), 1)},
		{"no time scale of the track", bytes.Replace(plain, words(1000, 1000, 0), words(0, 1000, 0), 1)},
		{"a picture of no size", change(func(t *testTrack) { t.width, t.shownW = 0, 0 })},
		{"no sample description", bytes.Replace(plain, []byte("stsd"), []byte("free"), 1)},
		{"an empty sample description", bytes.Replace(plain, []byte("stsd"), []byte("stsx"), 1)},
		{"no samples", tables(mp4Box("stsz", words(0, 1, 0)))},
		{"no table of sample sizes", tables(mp4Box("stts", words(0, 0)))},
		{"more samples than bytes", tables(mp4Box("stsz", words(0, 1, 1<<32-1)))},
		{"more sample sizes than fit the box", tables(mp4Box("stsz", words(0, 0, 1<<32-1)))},
		{"sample sizes of three bits", tables(mp4Box("stz2", words(0, 3, 8), zeros(16)))},
		{"a chunk behind the end of the file", tables(mp4Box("stsz", words(0, 1, 10)), mp4Box("stco", words(0, 1, 1<<31)))},
		{"more chunks than fit the box", tables(mp4Box("stsz", words(0, 1, 10)), mp4Box("stco", words(0, 1<<32-1, 1)))},
		{"more edits than fit the box", change(func(t *testTrack) { t.edits = words(0, 1<<32-1, 0, 0, 1<<16) })},
		{"a fragment of more samples than fit the run", run(runHasSizes, 1<<32-1, 1)},
		{"a fragment of more samples than bytes", run(0, 1<<32-1)},
		{"a fragment of samples larger than the file", run(runHasSizes, 1, 1<<31)},
		{"a fragment whose samples lie before the file", run(runHasOffset, 1, 1<<31)},
		{"fragments that bring no picture", fragmented(defaults, mp4Box("moof", mp4Box("mfhd", words(0, 1))))},
		{"no fragments", fragmented(defaults)},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if got, err := read(test.recording); !errors.Is(err, ErrDamaged) {
				t.Errorf("video with %s: got %+v, %v, want %v", test.what, got, err, ErrDamaged)
			}
		})
	}
}
