package picture

import (
	"errors"
	"image"
	"math"
	"os"
	"strings"
	"testing"
)

// psnr is that of the samples, in dB.
func psnr(t testing.TB, a, b image.Image) float64 {
	t.Helper()
	return 20 * math.Log10(255/distance(t, a, b))
}

// Decoders differ by a rounding here and there. Where parts are missing they
// differ in what they make up: libjpeg-turbo smooths blocks of which it has the
// DC alone, and fills a missing interval with what comes next.
func TestOddJPEGsAgreeWithLibjpegTurbo(t *testing.T) {
	source := mustDecode(t, testFile(t, "odd/source.png"))
	for _, name := range oddJPEGs(t) {
		m, err := decodeBytes(testFile(t, "odd/"+name+".jpg"))
		switch {
		case name == "lossless": // which nothing here decodes
			if !errors.Is(err, ErrNoDecoder) || errors.Is(err, ErrDamaged) || m != nil {
				t.Errorf("%s: got %v, want %v", name, err, ErrNoDecoder)
			}
			continue
		case name == "dnl": // as libjpeg-turbo refuses it
			if !errors.Is(err, ErrDamaged) || m != nil {
				t.Errorf("%s: got %v, want %v", name, err, ErrDamaged)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := mustDecode(t, testFile(t, "odd/"+name+".png"))
		if name == "progressive-dc" || name == "restart-missing" {
			if ours, theirs := psnr(t, m, source), psnr(t, want, source); ours < theirs-4 {
				t.Errorf("%s: %.1f dB to the picture that it was made of, want %.1f", name, ours, theirs)
			}
		} else if got := psnr(t, m, want); got < 46 {
			t.Errorf("%s: %.1f dB, want 46", name, got)
		}
	}
}

// What is held for a strip of 31 pixels with three columns of luma for one of
// chroma is within the estimate.
func TestNarrowStripsOfOddSampling(t *testing.T) {
	m, err := decodeBytes(sizedJPEG(testFile(t, "odd/3x1.jpg"), 0xc0, 31, 65535))
	if err != nil || m.Bounds().Dx() != 31 || m.Bounds().Dy() != 65535 {
		t.Errorf("got %v, want a picture that is mostly grey", err)
	}
}

// A progressive picture keeps its coefficients, however it is coded.
func TestLargeArithmeticPicturesAreWithinTheEstimate(t *testing.T) {
	m, err := decodeBytes(sizedJPEG(testFile(t, "odd/arithmetic-progressive.jpg"), 0xca, 2000, 2000))
	if err != nil || m.Bounds().Dx() != 2000 || m.Bounds().Dy() != 2000 {
		t.Errorf("got %v, want a picture that is mostly flat", err)
	}
}

// oddJPEGs lists the pictures without their extension.
func oddJPEGs(t testing.TB) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("testdata/odd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".jpg"); ok {
			names = append(names, name)
		}
	}
	if len(names) < 31 {
		t.Fatalf("%d odd JPEGs", len(names))
	}
	return names
}
