package picture

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// The AV1 sequence headers tell what the containers do.
func TestAV1FramesAreMeasured(t *testing.T) {
	for _, test := range []struct {
		name   string
		pixels int64
	}{
		{"a.avif", 800 * 600},
		{"rotated.avif", 640 * 480},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := testFile(t, test.name)
			f := newFile(bytes.NewReader(b), int64(len(b)))
			a, err := locateHEIF(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := measureItems(f, a, test.pixels); err != nil {
				t.Errorf("%s at its size: got %v, want no error", test.name, err)
			}
			if err := measureItems(f, a, test.pixels-1); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s at a pixel less: got %v, want %v", test.name, err, ErrDamaged)
			}
		})
	}
}

// bitString is a bitstream written by hand.
func bitString(s string) *bits {
	b := &bits{data: make([]byte, 64)}
	n := 0
	for _, c := range s {
		if c == '0' || c == '1' {
			b.data[n/8] |= byte(c-'0') << (7 - n%8)
			n++
		}
	}
	return b
}

func TestAV1FrameThatBringsItsOwnSize(t *testing.T) {
	// Profile, still, not reduced; no timing, no delays, one operating point of
	// level 0; 4 bits each for 11x7; no ids; eight flags as they come; order
	// hints off; screen content and whole motion chosen by frame.
	s := readAV1Sequence(bitString("000 0 0  0 0 00000 000000000000 00000  0011 0011 1010 0110  0  000 0000 0  1 1"))
	if s.width != 11 || s.height != 7 {
		t.Fatalf("got %dx%d, want 11x7", s.width, s.height)
	}
	if s := readAV1Sequence(bitString("000 0 0  1 " + strings.Repeat("0", 65) + " 1")); !s.modelled {
		t.Error("a decoder model is not seen")
	}
	for _, test := range []struct {
		name, header string
		want         bool
	}{
		{"a key frame", "0 00 1  0 0  0", false},
		{"a key frame of screen content", "0 00 1  0 1 0  0", false},
		{"a key frame with a size", "0 00 1  0 0  1", true},
		{"a key frame of screen content with a size", "0 00 1  0 1 0  1", true},
		{"a frame that depends on others", "0 01 1  0 0  0", true},
		{"a frame that is not shown", "0 00 0  0 0  0", true},
		{"a frame shown once more", "1", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := s.resizes(bitString(test.header)); got != test.want {
				t.Errorf("%s: got %v, want %v", test.name, got, test.want)
			}
		})
	}
}
