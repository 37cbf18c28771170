package video

import "testing"

// What ffprobe tells of the same videos, which are made to tell next to nothing,
// and of streams that were written bit by bit.
func TestColourOfKeyFrames(t *testing.T) {
	// A sequence parameter set of Baseline, 64x48: with nothing on colours, and
	// with BT.709 of full range.
	plain := bitString("01000010 00000000 00001010 1 1 011 1 0 00100 011 1 1 0 0 1")
	told := bitString("01000010 00000000 00001010 1 1 011 1 0 00100 011 1 1 0 1 0 0 1 101 1 1 00000001 00000001 00000001 1")
	avc := func(set []byte) *KeyFrame {
		config := join([]byte{1, 66, 0, 10, 0xff, 0xe1, 0, byte(1 + len(set))}, []byte{0x67}, set, []byte{0})
		return &KeyFrame{Codec: "h264", Config: config, Data: [][]byte{{0, 0, 0, 1, 0x65}}}
	}
	inFrame := avc(plain)
	inFrame.Config = []byte{1, 66, 0, 10, 0xff, 0xe0, 0}
	inFrame.Data = [][]byte{join([]byte{0, 0, 0, byte(1 + len(told)), 0x67}, told, []byte{0, 0, 0, 1, 0x65})}
	vp9 := func(bits string) *KeyFrame { return &KeyFrame{Codec: "vp9", Data: [][]byte{bitString(bits)}} }
	const sync = " 01001001 10000011 01000010 "
	tests := []struct {
		name string
		key  *KeyFrame
		want Colour
	}{
		{"H.264 without a word on it", avc(plain), Colour{}},
		{"H.264 with a word on it", avc(told), Colour{Matrix: 1, RangeTold: true, FullRange: true}},
		{"H.264 with its parameters in the frame", inFrame, Colour{Matrix: 1, RangeTold: true, FullRange: true}},
		{"H.264 cut off", avc(told[:8]), Colour{}},
		{"H.264 without a configuration", &KeyFrame{Codec: "h264", Data: [][]byte{{1}}}, Colour{}},
		{"VP8, which has one kind", &KeyFrame{Codec: "vp8", Data: [][]byte{{1}}}, Colour{Matrix: 6}},
		{"VP9 of BT.709", vp9("10 00 0 0 1 0" + sync + "010 0 0000000"), Colour{Matrix: 1, RangeTold: true}},
		{"VP9 of full range", vp9("10 00 0 0 1 0" + sync + "001 1 0000000"), Colour{Matrix: 6, RangeTold: true, FullRange: true}},
		{"VP9 of 10 bits and BT.2020", vp9("10 01 0 0 1 0" + sync + "0 101 0 000000"), Colour{Matrix: 9, RangeTold: true}},
		{"VP9 of RGB", vp9("10 10 0 0 1 0" + sync + "111 0 0000000"), Colour{RGB: true, RangeTold: true, FullRange: true}},
		{"VP9 that is no key frame", vp9("10 00 0 1 1 0" + sync + "010 0 0000000"), Colour{}},
		{"AV1 without a header", &KeyFrame{Codec: "av1", Data: [][]byte{{0x32, 1, 0}}}, Colour{}},
		{"AV1 of a length beyond its end", &KeyFrame{Codec: "av1", Data: [][]byte{{0x0a, 0x7f, 0}}}, Colour{}},
		{"another codec", &KeyFrame{Codec: "theora", Data: [][]byte{{1}}}, Colour{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.key.Colour(); got != test.want {
				t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
			}
		})
	}
}

func TestColourOfContainers(t *testing.T) {
	colr := func(text string, more ...byte) []byte {
		return change(func(t *testTrack) { t.extensions = mp4Box("colr", join([]byte(text), more)) })
	}
	inWebM := func(fields ...[]byte) []byte {
		colour := ebml(idColour, fields...)
		return testSegment(tracks(videoEntry(colour)), cluster(0, key(0)))
	}
	tests := []struct {
		name      string
		recording []byte
		want      Colour
	}{
		{"nothing", colr(""), Colour{}},
		{"nclx of full range", colr("nclx", 0, 1, 0, 1, 0, 1, 0x80), Colour{Matrix: 1, RangeTold: true, FullRange: true}},
		{"nclx of limited range", colr("nclx", 0, 9, 0, 16, 0, 9, 0), Colour{Matrix: 9, RangeTold: true}},
		{"nclc of QuickTime", colr("nclc", 0, 1, 0, 1, 0, 6), Colour{Matrix: 6}},
		{"nclx cut off", colr("nclx", 0, 1, 0), Colour{}},
		{"a profile", colr("prof", 0, 1, 0, 1, 0, 6, 0, 0), Colour{}},
		{"an element of Matroska", inWebM(number(idMatrixCoefficients, 1), number(idRange, 2)), Colour{Matrix: 1, RangeTold: true, FullRange: true}},
		{"one that leaves it open", inWebM(number(idMatrixCoefficients, 2), number(idRange, 0)), Colour{Matrix: 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			facts, err := read(test.recording)
			if err != nil || facts.Colour != test.want {
				t.Errorf("%s: got %+v, %v, want %+v", test.name, facts.Colour, err, test.want)
			}
		})
	}
}

// bitString packs zeros and ones, spaces left out, and fills up with zeros.
func bitString(s string) []byte {
	var b []byte
	n := 0
	for _, c := range s {
		if c == ' ' {
			continue
		}
		if n%8 == 0 {
			b = append(b, 0)
		}
		if c == '1' {
			b[n/8] |= 0x80 >> (n % 8)
		}
		n++
	}
	return b
}
