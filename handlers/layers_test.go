//go:build nodynamic

package handlers_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"postern/media/picture"
)

// A JPEG XL of 64 by 48 pixels in pieces: its header, which tells of an animation,
// and frames.
const (
	jxlHead   = "ff0acb040158505c12"
	jxlRed    = "70004b188b1500d41363307e2e2001802059030020a57f00413f9a82c81f"
	jxlGreen  = "4c004b188b15805dfcff021200b4940a007817f903"
	jxlLayer  = "0808000000" + jxlRed     // shown for no time
	jxlPass   = "0808a0020000" + jxlRed   // shown for a while
	jxlLast   = "0808a0420000" + jxlGreen // shown for a while, the last one
	jxlBeside = "0808400000" + jxlGreen   // shown for no time, the last one
)

func jxlOf(t *testing.T, pieces ...string) []byte {
	t.Helper()
	var b []byte
	for _, p := range append([]string{jxlHead}, pieces...) {
		piece, err := hex.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, piece...)
	}
	return b
}

// sequenceOf puts a track of so many frames behind an AVIF.
func sequenceOf(t *testing.T, frames byte) []byte {
	b := encodedOf(t, corners(64, 48), picture.AVIF)
	copy(b[8:], "avis")
	box := func(kind string, content []byte) []byte {
		return append(append([]byte{0, 0, 0, byte(8 + len(content))}, kind...), content...)
	}
	stsz := box("stsz", []byte{0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, frames})
	track := append(box("tkhd", make([]byte, 84)), box("mdia", box("minf", box("stbl", stsz)))...)
	return append(b, box("moov", box("trak", track))...)
}

// Layers, and an animation of one frame, are a still picture.
func TestLayersAreNoAnimation(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat)
	for name, test := range map[string]struct {
		data     []byte
		animated bool
	}{
		"layers.jxl":  {jxlOf(t, jxlLayer, jxlBeside), false},
		"one.jxl":     {jxlOf(t, jxlLast), false},
		"one-of.jxl":  {jxlOf(t, jxlLayer, jxlLast), false},
		"two.jxl":     {jxlOf(t, jxlPass, jxlLast), true},
		"two-and.jxl": {jxlOf(t, jxlPass, jxlLayer, jxlBeside), true},
		"boxed.jxl":   {boxedJXL(jxlOf(t, jxlLayer, jxlLast)), false},
		"boxed-2.jxl": {boxedJXL(jxlOf(t, jxlPass, jxlLast)), true},
		"one.avif":    {sequenceOf(t, 1), false},
		"two.avif":    {sequenceOf(t, 2), true},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.upload(name, test.data)
			if a.StatusCode != 200 {
				t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
				return
			}
			if got := fmt.Sprint(a.image(t)["is_animated"]); got != map[bool]string{false: "0", true: "1"}[test.animated] {
				t.Errorf("%s: is_animated %s, want %t", name, got, test.animated)
			}
		})
	}
}

// boxedJXL puts a codestream into a container, in two parts.
func boxedJXL(stream []byte) []byte {
	b := []byte("\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a\x00\x00\x00\x14ftypjxl \x00\x00\x00\x00jxl ")
	b = append(append(b, 0, 0, 0, 8+4+30), "jxlp\x00\x00\x00\x00"...)
	b = append(b, stream[:30]...)
	b = append(append(b, 0, 0, 0, byte(8+4+len(stream)-30)), "jxlp\x80\x00\x00\x01"...)
	return append(b, stream[30:]...)
}

// Layers that are too many to be decoded in a while are not begun: the picture is
// kept with a drawn one, and nothing can be made of it.
func TestManyLayersAreNotDecoded(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat)
	few, many := jxlOf(t, jxlLayer, jxlBeside), jxlOf(t, jxlLayer)
	many = append(many, bytes.Repeat(jxlOf(t, jxlLayer)[len(jxlHead)/2:], 20_000)...)
	last, err := hex.DecodeString(jxlBeside)
	if err != nil {
		t.Fatal(err)
	}
	many = append(many, last...)
	if a := s.upload("few.jxl", few, "width", "20"); a.StatusCode != 200 {
		t.Errorf("few layers: %d %s", a.StatusCode, a.body)
	}
	if a := s.upload("many.jxl", many, "width", "20"); a.StatusCode != 400 {
		t.Errorf("many layers, resized: %d %s", a.StatusCode, a.body)
	}
	if a := s.upload("many.jxl", many); a.StatusCode != 200 {
		t.Errorf("many layers: %d %s", a.StatusCode, a.body)
	}
}
