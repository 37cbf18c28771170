package video

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func keyFrameAt(b []byte, t time.Duration) (*KeyFrame, error) {
	return KeyFrameAt(bytes.NewReader(b), int64(len(b)), t)
}

// told writes a key frame as its time and what is in it and in the frame
// after it.
func told(k *KeyFrame, err error) string {
	if err != nil {
		return err.Error()
	}
	s := []string{fmt.Sprint(k.Time.Milliseconds())}
	for _, data := range k.Data {
		s = append(s, string(data))
	}
	return strings.Join(s, " ")
}

// brief writes a key frame without what is in it.
func brief(k *KeyFrame, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("one at %v with %d frames", k.Time, len(k.Data))
}

// allKeyFrames writes every key frame of a video.
func allKeyFrames(b []byte) string {
	var all []string
	k, err := keyFrameAt(b, -time.Hour)
	for ; err == nil; k, err = k.Next() {
		all = append(all, told(k, nil))
	}
	switch {
	case errors.Is(err, ErrDamaged):
		all = append(all, "damaged")
	case !errors.Is(err, ErrNoKeyFrame):
		all = append(all, err.Error())
	}
	return strings.Join(all, ", ")
}

func TestKeyFrameAtFindsTheNearestBefore(t *testing.T) {
	recordings := []struct {
		file          string
		first, second time.Duration
	}{
		{"h264_first_sound.mp4", 0, 500},
		{"h264_last_180.mov", 0, 500},
		{"h264_fragments.mov", 200, 700}, // without an edit list against the delay of B-frames
		{"h264_fragments_edited.mp4", 0, 500},
		{"h264_fragments_behind_index.mp4", 200, 700},
		{"h264_fragments_every_frame.mp4", 200, 700},
		{"h264_empty_edit.mp4", 500, 1000},
		{"h264_cut_edit.mp4", -300, 200},
		{"h264.mkv", 0, 500},
		{"h264_live.mkv", 0, 500},
		{"hevc_sound.mkv", 64, 564}, // the lead-in of the sound
		{"hevc_first_270.mp4", 0, 500},
		{"hevc_live.mkv", 0, 500},
		{"vp8.webm", 0, 500},
		{"vp8_cues_first_sound.webm", 0, 500},
		{"vp8_live_sound.webm", 0, 500},
		{"vp9_fragments_narrow.mp4", 0, 500},
		{"vp9_live.webm", 0, 500},
		{"av1_last_180_sound.mp4", 0, 500},
		{"av1_wide.webm", 0, 500},
	}
	const ms = time.Millisecond
	for _, recording := range recordings {
		t.Run(recording.file, func(t *testing.T) {
			b := videoFile(t, recording.file)
			first, second := recording.first*ms, recording.second*ms
			for _, at := range []struct{ t, want time.Duration }{
				{first - time.Hour, first}, {first, first}, {second - ms, first}, {second, second}, {time.Hour, second},
			} {
				k, err := keyFrameAt(b, at.t)
				if err != nil || k.Time != at.want || len(k.Data) != 2 {
					t.Errorf("%s: key frame at %v: got %v, want one at %v and the frame after it", recording.file, at.t, brief(k, err), at.want)
				}
			}
			k, err := keyFrameAt(b, first)
			if err != nil {
				return
			}
			if k, err = k.Next(); err != nil || k.Time != second {
				t.Errorf("%s: second key frame: got %v, want one at %v", recording.file, brief(k, err), second)
				return
			}
			if k, err := k.Next(); !errors.Is(err, ErrNoKeyFrame) {
				t.Errorf("%s: third key frame: got %v, want %v", recording.file, brief(k, err), ErrNoKeyFrame)
			}
		})
	}
}

func TestKeyFramesOfMP4Tables(t *testing.T) {
	// The samples of testMovie are the letters from a to j.
	times, keys := mp4Box("stts", words(0, 2, 4, 100, 6, 200)), mp4Box("stss", words(0, 2, 2, 6))
	one, ten := mp4Box("stsz", words(0, 1, 10)), words(0, 1, 1, 10, 1)
	movie := func(more ...func(offset uint32) []byte) []byte {
		// The tables' length does not depend on the offset.
		build := func(offset uint32) []byte {
			track := videoTrack()
			for _, f := range more {
				track.tables = append(track.tables, f(offset)...)
			}
			return testMovie(track)
		}
		return build(uint32(len(build(0)) - 10))
	}
	fixed := func(b ...[]byte) func(uint32) []byte { return func(uint32) []byte { return join(b...) } }
	chunks := func(at ...uint32) func(uint32) []byte {
		return func(offset uint32) []byte {
			w := []uint32{0, uint32(len(at))}
			for _, a := range at {
				w = append(w, offset+a)
			}
			return mp4Box("stco", words(w...))
		}
	}
	tests := []struct {
		what      string
		recording []byte
		want      string
	}{
		{"one chunk", movie(fixed(times, keys, one, mp4Box("stsc", ten)), chunks(0)), "100 b c, 600 f g"},
		{"chunk offsets of 64 bits", movie(fixed(times, keys, one, mp4Box("stsc", ten)),
			func(o uint32) []byte { return mp4Box("co64", words(0, 1, 0, o)) }), "100 b c, 600 f g"},
		{"chunks of several lengths", movie(fixed(times, keys, one, mp4Box("stsc", words(0, 2, 1, 3, 1, 3, 4, 1))), chunks(0, 3, 6)), "100 b c, 600 f g"},
		{"chunks out of order", movie(fixed(times, keys, one, mp4Box("stsc", words(0, 1, 1, 5, 1))), chunks(5, 0)), "100 g h, 600 a b"},
		{"a chunk of none", movie(fixed(times, keys, one, mp4Box("stsc", words(0, 3, 1, 1, 1, 2, 0, 1, 3, 9, 1))), chunks(0, 9, 1)), "100 b c, 600 f g"},
		{"all frames key frames", movie(fixed(mp4Box("stts", words(0, 1, 3, 100)), mp4Box("stsz", words(0, 1, 3)), mp4Box("stsc", ten)), chunks(0)), "0 a b, 100 b c, 200 c"},
		{"frames shown later than decoded", movie(fixed(times, keys, one, mp4Box("stsc", ten), mp4Box("ctts", words(0, 2, 5, 30, 5, 1<<32-40))), chunks(0)), "130 b c, 560 f g"},
		{"sizes of their own", movie(fixed(times, keys, mp4Box("stsz", words(0, 0, 6, 1, 2, 1, 1, 2, 3)), mp4Box("stsc", ten)), chunks(0)), "100 bc d, 600 hij"},
		{"sizes of 16 bits", movie(fixed(times, keys, mp4Box("stz2", words(0, 16, 6), []byte{0, 1, 0, 2, 0, 1, 0, 1, 0, 2, 0, 3}), mp4Box("stsc", ten)), chunks(0)), "100 bc d, 600 hij"},
		{"sizes of 8 bits", movie(fixed(times, keys, mp4Box("stz2", words(0, 8, 6), []byte{1, 2, 1, 1, 2, 3}), mp4Box("stsc", ten)), chunks(0)), "100 bc d, 600 hij"},
		{"sizes of 4 bits", movie(fixed(times, keys, mp4Box("stz2", words(0, 4, 6), []byte{0x12, 0x11, 0x23}), mp4Box("stsc", ten)), chunks(0)), "100 bc d, 600 hij"},
		{"a key frame of another kind after it", movie(fixed(times, keys, one, mp4Box("stsc", words(0, 2, 1, 2, 1, 2, 8, 2))), chunks(0, 2)), "100 b, damaged"},
		{"a frame after it that is cut off", movie(fixed(times, keys, mp4Box("stsz", words(0, 0, 3, 1, 2, 90)), mp4Box("stsc", ten)), chunks(0)), "100 bc"},
		{"no key frames", movie(fixed(times, mp4Box("stss", words(0, 0)), one, mp4Box("stsc", ten)), chunks(0)), ""},
		{"an empty key frame", movie(fixed(times, keys, mp4Box("stsz", words(0, 0, 2, 1, 0)), mp4Box("stsc", ten)), chunks(0)), "damaged"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if got := allKeyFrames(test.recording); got != test.want {
				t.Errorf("MP4 with %s:\ngot  %s\nwant %s", test.what, got, test.want)
			}
		})
	}
}

func TestKeyFramesOfMP4Fragments(t *testing.T) {
	defaults := mp4Box("trex", words(0, 1, 1, 100, 1, sampleIsNonSync))
	header := fragmented(defaults)
	at := uint32(len(header))
	data := mp4Box("mdat", []byte("abcdefghij")) // its letters are 8 bytes behind the header
	fragment := func(traf ...[]byte) []byte {
		return join(header, data, mp4Box("moof", mp4Box("traf", traf...)), mp4Box("moof", mp4Box("mfhd", words(0, 2))))
	}
	based := mp4Box("tfhd", words(fragmentHasBase, 1, 0, at))
	tests := []struct {
		what      string
		recording []byte
		want      string
	}{
		{"offsets from the fragments", join(header, plainFragment(0), plainFragment(500)), "0 a b, 500 a b"},
		{"times that start late", join(header, plainFragment(9000), plainFragment(9500)), "0 a b, 500 a b"},
		{"offsets from the file's start", fragment(based, mp4Box("trun", words(runHasOffset|runHasFirstFlags, 3, 9, 0))), "0 b c"},
		{"two runs, the second behind the first", fragment(based, mp4Box("trun", words(runHasOffset|runHasFirstFlags, 3, 8, 0)),
			mp4Box("trun", words(runHasFirstFlags, 3, 0))), "0 a b, 300 d e"},
		{"all told of every frame", fragment(based, mp4Box("trun", words(1<<24|runHasOffset|runHasAnyOfSamples, 3, 8,
			100, 2, sampleIsNonSync, 50, 300, 3, 0, 1<<32-20, 100, 1, sampleIsNonSync, 0))), "80 cde f"},
		{"defaults of its own", fragment(mp4Box("tfhd", words(fragmentHasBase|fragmentHasEntry|fragmentHasDuration|fragmentHasSize|fragmentHasFlags, 1, 0, at, 1, 40, 2, 0)),
			mp4Box("trun", words(runHasOffset, 3, 8))), "0 ab cd, 40 cd ef, 80 ef"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if got := allKeyFrames(test.recording); got != test.want {
				t.Errorf("fragments with %s:\ngot  %s\nwant %s", test.what, got, test.want)
			}
		})
	}
}

func TestKeyFramesOfMatroska(t *testing.T) {
	track := tracks(videoEntry(nil, number(idDefaultDuration, 40e6)))
	packed := func(scope, kind, algorithm uint64) []byte {
		return tracks(videoEntry(nil, ebml(idContentEncodings, ebml(idContentEncoding, number(idContentScope, scope), number(idContentType, kind),
			ebml(idContentCompression, number(idContentCompAlgo, algorithm), ebml(idContentCompSettings, []byte("VP")))))))
	}
	info := lastingInfo(1000)
	block := func(lacing byte, data string) []byte { return simpleBlock(0, blockKey|lacing, []byte(data)...) }
	group := func(data string, more ...[]byte) []byte {
		return ebml(idBlockGroup, ebml(idBlock, []byte{0x81, 0, 7, 0}, []byte(data)), join(more...))
	}
	other := ebml(idSimpleBlock, []byte{0x82, 0, 0, blockKey}, []byte("sound"))
	long := strings.Repeat("x", 300)
	two := join(cluster(0, key(0), delta(40)), cluster(200, other, key(0), delta(40), delta(80)))
	tests := []struct {
		what      string
		recording []byte
		want      string
	}{
		{"two clusters", testSegment(info, track, two), "0 k d, 200 k d"},
		{"clusters of unknown size", join(ebmlHeader("webm"), unsized(idSegment, info, track, unsized(idCluster, number(idTimestamp, 0), key(0)), unsized(idCluster, number(idTimestamp, 90), delta(0), key(10), other))), "0 k d, 100 k"},
		{"a group that refers to none", testSegment(info, track, cluster(0, group("a", number(idReferenceBlock, 3)), group("b"), group("c"))), "7 b c, 7 c"},
		{"frames laced with sizes of bytes", testSegment(info, track, cluster(0, block(lacingXiph, "\x02\x01\xff\x2da"+long+"bc"))), "0 a " + long},
		{"frames laced with one size", testSegment(info, track, cluster(0, block(lacingFixed, "\x02aabbcc"))), "0 aa bb"},
		{"frames laced with differences of sizes", testSegment(info, track, cluster(0, block(blockLacing, "\x02\x83\xbeaaabbcccc"))), "0 aaa bb"},
		{"a lacing larger than its block", testSegment(info, track, cluster(0, block(lacingXiph, "\x01\x09a"))), "damaged"},
		{"headers stripped", testSegment(info, packed(1, 0, 3), two), "0 VPk VPd, 200 VPk VPd"},
		{"frames compressed", testSegment(info, packed(1, 0, 0), two), ""},
		{"frames encrypted", testSegment(info, packed(1, 1, 3), two), ""},
		{"a sound before it alone", testSegment(info, track, cluster(0, other, key(20))), "20 k"},
		{"no key frames", testSegment(info, track, cluster(0, delta(0))), ""},
		{"another segment behind it", join(ebmlHeader("webm"), unsized(idSegment, info, track, two), testSegment(info, track, two)), "0 k d, 200 k d"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if got := allKeyFrames(test.recording); got != test.want {
				t.Errorf("Matroska with %s:\ngot  %s\nwant %s", test.what, got, test.want)
			}
		})
	}
}

func TestKeyFrameAtGoesByTheIndex(t *testing.T) {
	info, track := lastingInfo(1000), tracks(videoEntry(nil))
	var clusters []byte
	var positions []int
	seekHead := func(cues int) []byte {
		return ebml(idSeekHead, ebml(idSeek, ebml(idSeekID, elementID(idCues)), number(idSeekPosition, uint64(cues))))
	}
	start := len(seekHead(0)) + len(info) + len(track)
	for i := range 100 {
		positions = append(positions, start+len(clusters))
		clusters = append(clusters, cluster(uint64(i)*1000, key(0), simpleBlock(40, 0, zeros(3000)...))...)
	}
	var points []byte
	for i, p := range positions {
		points = append(points, ebml(idCuePoint, number(idCueTime, uint64(i)*1000),
			ebml(idCueTrackPositions, number(idCueTrack, 1), number(idCueClusterPosition, uint64(p))))...)
	}
	cues := ebml(idCues, points)
	recording := testSegment(seekHead(start+len(clusters)), info, track, clusters, cues)
	r := &counting{r: bytes.NewReader(recording)}
	k, err := KeyFrameAt(r, int64(len(recording)), 80500*time.Millisecond)
	if err != nil || k.Time != 80*time.Second {
		t.Fatalf("got %v, want one at 80 s", brief(k, err))
	}
	if r.bytes > 40_000 {
		t.Errorf("got %d bytes read of %d, want the index and two clusters", r.bytes, len(recording))
	}
	broken := bytes.Replace(recording, number(idCueClusterPosition, uint64(positions[80])), number(idCueClusterPosition, 7), 1)
	if k, err := keyFrameAt(broken, 80500*time.Millisecond); err != nil || k.Time != 80*time.Second {
		t.Errorf("index that points nowhere: got %v, want one at 80 s", brief(k, err))
	}
}

func TestBitstreamIsWhatDecodersRead(t *testing.T) {
	tests := []struct {
		file  string
		units func([]byte) []int
		want  []int // types of the units
	}{
		{"h264_first_sound.mp4", h264Units, []int{7, 8, 6, 5, 1}}, // parameter sets, information, IDR, another slice
		{"h264_fragments.mov", h264Units, []int{7, 8, 6, 5, 1}},
		{"h264.mkv", h264Units, []int{7, 8, 6, 5, 1}},
		{"hevc_last_wide.mp4", hevcUnits, []int{32, 33, 34, 20, 1}},
		{"hevc_live.mkv", hevcUnits, []int{32, 33, 34, 20, 1}},
		{"vp8.webm", ivfFrames, []int{2}},
		{"vp9_last_270.mp4", ivfFrames, []int{2}},
		{"av1_first_90_wide.mp4", ivfFrames, []int{2}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			k, err := keyFrameAt(videoFile(t, test.file), 0)
			if err != nil {
				t.Errorf("%s: %v", test.file, err)
				return
			}
			b, err := k.Bitstream()
			if got := test.units(b); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%s: got units %v, %v, want %v", test.file, got, err, test.want)
			}
		})
	}
}

// h264Units returns the types of the NAL units of a byte stream.
func h264Units(b []byte) (types []int) {
	for _, unit := range bytes.Split(b, []byte{0, 0, 0, 1})[1:] {
		types = append(types, int(unit[0]&31))
	}
	return types
}

func hevcUnits(b []byte) (types []int) {
	for _, unit := range bytes.Split(b, []byte{0, 0, 0, 1})[1:] {
		types = append(types, int(unit[0]>>1&63))
	}
	return types
}

// ivfFrames returns how many whole frames an IVF file has.
func ivfFrames(b []byte) []int {
	if len(b) < 32 || string(b[:4]) != "DKIF" {
		return nil
	}
	n := 0
	for b = b[32:]; len(b) >= 12; n++ {
		size := int(binary.LittleEndian.Uint32(b))
		if size > len(b)-12 {
			return nil
		}
		b = b[12+size:]
	}
	if len(b) > 0 {
		return nil
	}
	return []int{n}
}

func TestBitstreamOfAV1BeginsWithItsSequence(t *testing.T) {
	k, err := keyFrameAt(videoFile(t, "av1_wide.webm"), 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := k.Bitstream()
	if err != nil || len(b) < 47 {
		t.Fatalf("got %d bytes, %v", len(b), err)
	}
	// Types of open bitstream units: temporal delimiter 2, sequence header 1.
	if got := []byte{b[44] >> 3 & 15, b[46] >> 3 & 15}; !bytes.Equal(got, []byte{2, 1}) {
		t.Errorf("got units %v, want %v", got, []byte{2, 1})
	}
}

func TestBitstreamRefuses(t *testing.T) {
	avc := []byte{1, 66, 0, 10, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68}
	hevc := join(zeros(21), []byte{0xff, 1, 32, 0, 1, 0, 1, 0x40})
	tests := []struct {
		what  string
		frame KeyFrame
		want  error
	}{
		{"a codec without a stream", KeyFrame{Codec: "mp4v"}, ErrNoKeyFrame},
		{"H.264 without configuration", KeyFrame{Codec: "h264"}, ErrDamaged},
		{"H.264 with half a configuration", KeyFrame{Codec: "h264", Config: avc[:8]}, ErrDamaged},
		{"H.264 with a unit that is cut off", KeyFrame{Codec: "h264", Config: avc, Data: [][]byte{{0, 0, 0, 2, 0x65}}}, ErrDamaged},
		{"H.264 with a length that is cut off", KeyFrame{Codec: "h264", Config: avc, Data: [][]byte{{0, 0, 0}}}, ErrDamaged},
		{"H.264 with a unit of 2^32-1 bytes", KeyFrame{Codec: "h264", Config: avc, Data: [][]byte{{255, 255, 255, 255, 0x65}}}, ErrDamaged},
		{"H.264 as it should be", KeyFrame{Codec: "h264", Config: avc, Data: [][]byte{{0, 0, 0, 1, 0x65}}}, nil},
		{"HEVC with half a configuration", KeyFrame{Codec: "hevc", Config: hevc[:len(hevc)-1]}, ErrDamaged},
		{"HEVC with arrays that are not there", KeyFrame{Codec: "hevc", Config: hevc[:24]}, ErrDamaged},
		{"HEVC as it should be", KeyFrame{Codec: "hevc", Config: hevc, Data: [][]byte{{0, 0, 0, 1, 0x26}}}, nil},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if _, err := test.frame.Bitstream(); !errors.Is(err, test.want) {
				t.Errorf("%s: got %v, want %v", test.what, err, test.want)
			}
		})
	}
}
