//go:build nodynamic

package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"testing"
)

func TestAVIFIsDecodedUpright(t *testing.T) {
	for _, name := range []string{"a.avif", "rotated.avif"} {
		b := testFile(t, name)
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := mustDecode(t, b).Bounds(), image.Rect(0, 0, c.Width, c.Height); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// The sequence brand must not make the decoder look for a track.
func TestAVIFSequenceIsDecodedAsItsStillPicture(t *testing.T) {
	still := testFile(t, "a.avif")
	sequence := concat(bytes.Replace(still, []byte("avifmif1"), []byte("avismif1"), 1), trackHeader(800, 600))
	copy(sequence[8:], "avis")
	if d := distance(t, mustDecode(t, sequence), mustDecode(t, still)); d != 0 {
		t.Errorf("differs by %.2f, want 0", d)
	}
	alone := concat(fileType("avis"), trackHeader(320, 200))
	if _, err := decodeBytes(alone); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("without a still picture: got %v, want %v", err, ErrNoDecoder)
	}
}

func TestAVIFRoundTrip(t *testing.T) {
	b := mustEncode(t, withHole(120, 80), AVIF, Options{})
	m := mustDecode(t, b)
	if d := distance(t, m, withHole(120, 80)); d > 12 {
		t.Errorf("differs by %.1f", d)
	}
	if a := alphaAt(m, 60, 40); a > 3 {
		t.Errorf("alpha of the hole: got %d, want 0", a)
	}
	if a := alphaAt(m, 0, 0); a < 252 {
		t.Errorf("alpha of the edge: got %d, want 255", a)
	}
}

func TestAVIFOfAnotherSizeThanTheGateSaw(t *testing.T) {
	b := testFile(t, "a.avif")
	c, err := readConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	c.Width--
	_, err = Decode(context.Background(), bytes.NewReader(b), int64(len(b)), c, 1, 1)
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want %v", err, ErrDamaged)
	}
}
