package vp8l

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math/rand/v2"
	"testing"

	xwebp "golang.org/x/image/webp"

	"postern/media/codec/vp8"
)

// otherAlpha is what golang.org/x/image makes of the alpha of a lossy picture.
func otherAlpha(t testing.TB, size image.Point, chunk []byte) ([]byte, error) {
	t.Helper()
	frame, err := vp8.Encode(image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420), 50)
	if err != nil {
		t.Fatal(err)
	}
	const alphaFlag = 1 << 4
	x, y := size.X-1, size.Y-1
	file := []byte("WEBP")
	for _, c := range []struct {
		kind string
		data []byte
	}{
		{"VP8X", []byte{alphaFlag, 0, 0, 0, byte(x), byte(x >> 8), 0, byte(y), byte(y >> 8), 0}},
		{"ALPH", chunk},
		{"VP8 ", frame},
	} {
		file = append(file, c.kind...)
		file = binary.LittleEndian.AppendUint32(file, uint32(len(c.data)))
		file = append(file, c.data...)
		file = append(file, make([]byte, len(c.data)&1)...)
	}
	m, err := xwebp.Decode(bytes.NewReader(append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(file))), file...)))
	if err != nil {
		return nil, err
	}
	return m.(*image.NYCbCrA).A, nil
}

// alphaChunks are of 21x13 pixels.
func alphaChunks() (size image.Point, chunks [][]byte) {
	size = image.Pt(21, 13)
	random := rand.New(rand.NewPCG(3, 4))
	plain := make([]byte, size.X*size.Y)
	for i := range plain {
		plain[i] = byte(random.Uint32())
	}
	for filter := range byte(4) {
		chunks = append(chunks, append([]byte{filter << 2}, plain...))
		for range 8 {
			g := newGenerator(random.Uint64())
			g.writePicture(size)
			chunks = append(chunks, append([]byte{filter<<2 | 1}, g.bytes()...))
		}
	}
	return size, append(chunks, []byte{2}, []byte{3, 0, 0}, []byte{1}, []byte{0, 1, 2})
}

func TestDecodeAlphaAsOthers(t *testing.T) {
	size, chunks := alphaChunks()
	sound := 0
	for i, chunk := range chunks {
		if checkAlpha(t, size, chunk) {
			sound++
		}
		if t.Failed() {
			t.Fatal("chunk", i)
		}
	}
	if bad := len(chunks) - sound; bad != 4 {
		t.Errorf("%d chunks are not sound", bad)
	}
}

func checkAlpha(t *testing.T, size image.Point, chunk []byte) (sound bool) {
	t.Helper()
	want, wantErr := otherAlpha(t, size, chunk)
	got, err := DecodeAlpha(t.Context(), size, chunk)
	switch {
	case err != nil && !errors.Is(err, ErrDamaged):
		t.Fatal(err)
	case errors.Is(err, errTooManyCodes):
	case (err == nil) != (wantErr == nil):
		t.Errorf("got %v, golang.org/x/image: %v", err, wantErr)
	case !bytes.Equal(got, want):
		t.Error("differs from golang.org/x/image/webp")
	}
	return err == nil
}

func TestDecodeAlphaOfNoPixels(t *testing.T) {
	for _, size := range []image.Point{{0, 1}, {1, 0}, {-1, -1}, {MaxSide + 1, 1}, {1, MaxSide + 1}} {
		if _, err := DecodeAlpha(t.Context(), size, []byte{0, 1, 2}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%v: got %v", size, err)
		}
	}
	if _, err := DecodeAlpha(t.Context(), image.Pt(1, 1), nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("no bytes: got %v", err)
	}
}

func FuzzDecodeAlpha(f *testing.F) {
	_, chunks := alphaChunks()
	for _, chunk := range chunks {
		f.Add(uint8(20), uint8(12), chunk)
	}
	f.Fuzz(func(t *testing.T, width, height uint8, chunk []byte) {
		checkAlpha(t, image.Pt(1+int(width), 1+int(height)), chunk)
	})
}
