package icc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"postern/media/codec/icc/icctest"
)

const word = "HAUPTSTRASSE-17"

// hasWord tells whether bytes hold the word, or the half of it that a small field holds.
func hasWord(b []byte) bool {
	return bytes.Contains(b, []byte(word[:4])) || bytes.Contains(b, []byte("\x00H\x00A\x00U"))
}

func TestAPlainProfileTellsColoursAlone(t *testing.T) {
	for name, primaries := range map[string][3][3]float64{"Display P3": icctest.DisplayP3, "Adobe RGB (1998)": icctest.AdobeRGB, "my monitor, " + word: icctest.DisplayP3} {
		for _, version := range []byte{2, 4} {
			t.Run(fmt.Sprint(name, version), func(t *testing.T) {
				colours := icctest.Colours(primaries, 2.2)
				profile := icctest.WithWord(version, name, word, colours)
				if !hasWord(profile) {
					t.Fatal("the test's profile has no words")
				}
				plain := Plain(profile)
				if plain == nil || len(plain) > len(profile) {
					t.Fatalf("got %d bytes of %d", len(plain), len(profile))
				}
				if hasWord(plain) {
					t.Errorf("the word is still there: %q", plain)
				}
				for _, c := range colours {
					if got := tag(plain, c.Name); !bytes.Equal(got, c.Data) {
						t.Errorf("%s: got %x, want %x", c.Name, got, c.Data)
					}
				}
				want := name
				if hasWord([]byte(name)) {
					want = "RGB"
				}
				if got := Description(plain); got != want {
					t.Errorf("the profile is called %q, want %q", got, want)
				}
				if size := binary.BigEndian.Uint32(plain); int(size) != len(plain) || size%4 != 0 {
					t.Errorf("the header tells %d bytes of %d", size, len(plain))
				}
				checkPlain(t, profile)
			})
		}
	}
}

// checkPlain fails unless making plain twice is making plain once, here and in place.
func checkPlain(t *testing.T, profile []byte) {
	t.Helper()
	plain := Plain(profile)
	if plain == nil {
		return
	}
	if again := Plain(plain); !bytes.Equal(again, plain) {
		t.Errorf("a second time, %d bytes become %d", len(plain), len(again))
	}
	placed := PlainInPlace(profile)
	if len(placed) != len(profile) || !bytes.Equal(PlainInPlace(placed), placed) {
		t.Errorf("in place, a second time changes something")
	}
	if !bytes.Equal(Join(Split(plain)), plain) {
		t.Errorf("%d bytes cannot be parted", len(plain))
	}
}

// TestTablesStay has words in and behind the tables of a profile for inks.
func TestTablesStay(t *testing.T) {
	mab := lutAToB(4)
	wordy := bytes.Clone(mab)
	copy(wordy[10:12], word)
	copy(wordy[4:8], word)
	for name, table := range map[string][]byte{"lut8": lut8(3), "lut16": lut16(5), "lutAToB": wordy} {
		profile := profileWith("Lab ", "A2B0", append(bytes.Clone(table), word...))
		copy(profile[12:], "prtr")
		plain := Plain(profile)
		if plain == nil || bytes.Contains(plain, []byte(word[:2])) {
			t.Errorf("%s: got %d bytes, with the word or without any", name, len(plain))
			continue
		}
		was, err := NewInks(profile)
		if err != nil {
			t.Fatal(err)
		}
		is, err := NewInks(plain)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range 1 << 12 {
			inks := [4]byte{byte(i), byte(i >> 4), byte(i >> 8), byte(3 * i)}
			r, g, b := was.colour(inks)
			if R, G, B := is.colour(inks); r != R || g != G || b != B {
				t.Fatalf("%s: %v is %d %d %d, was %d %d %d", name, inks, R, G, B, r, g, b)
			}
		}
		checkPlain(t, profile)
	}
}

func TestTagsThatShareDataStillDo(t *testing.T) {
	colours := icctest.Colours(icctest.DisplayP3, 2.2)
	profile := icctest.Profile(4, "RGB ", "XYZ ", nil, colours)
	first := profile[headerBytes+4+4*tagBytes+4:][:8]
	copy(profile[headerBytes+4+5*tagBytes+4:], first)
	copy(profile[headerBytes+4+6*tagBytes+4:], first)
	plain := Plain(profile)
	if want := len(profile) + 2 - 2*16; len(plain) != want { // the last curve is filled up
		t.Errorf("got %d bytes, want %d", len(plain), want)
	}
	checkPlain(t, profile)
}

func TestProfilesThatCannotBeFollowed(t *testing.T) {
	sound := func() []byte { return icctest.Profile(4, "RGB ", "XYZ ", nil, icctest.Colours(icctest.DisplayP3, 2.2)) }
	if Plain(sound()) == nil {
		t.Fatal("a sound profile cannot be followed")
	}
	changed := func(at int, with string) []byte {
		p := sound()
		copy(p[at:], with)
		return p
	}
	for name, profile := range map[string][]byte{
		"nothing": nil, "a header": sound()[:132], "version 5": changed(8, "\x05"), "a link": changed(12, "link"), "other colours": changed(16, "HSV "),
		"no signature": changed(36, "aaaa"), "cut short": sound()[:len(sound())-4], "tags beyond the end": changed(128, "\x00\x00\xff\xff"),
		"a curve that is none": bytes.ReplaceAll(sound(), []byte("curv"), []byte("curb")),
	} {
		if got := Plain(profile); got != nil {
			t.Errorf("%s: got %d bytes", name, len(got))
		}
		if got := PlainInPlace(profile); len(got) != len(profile) || len(bytes.Trim(got, "\x00")) > 0 {
			t.Errorf("%s: in place, got %q", name, got)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add(icctest.WithWord(2, "sRGB", word, icctest.Colours(icctest.AdobeRGB, 2.2)))
	f.Add(icctest.WithWord(4, "Display P3", word, icctest.Colours(icctest.DisplayP3, 2.2)))
	for _, table := range [][]byte{lut8(2), lut16(2), lutAToB(2)} {
		p := profileWith("Lab ", "A2B0", table)
		copy(p[12:], "prtr")
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, profile []byte) {
		if plain := Plain(profile); len(plain) > len(profile) {
			t.Errorf("%d bytes become %d", len(profile), len(plain))
		}
		checkPlain(t, profile)
	})
}
