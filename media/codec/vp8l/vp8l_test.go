package vp8l

import (
	"bytes"
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"

	xvp8l "golang.org/x/image/vp8l"

	"postern/media/codec/codectest"
)

// filesOfOthers are pictures that cwebp made, by their names.
func filesOfOthers(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.webp")
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	all := make(map[string][]byte)
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = codectest.Chunk(t, file, "VP8L")
	}
	return all
}

// other is what golang.org/x/image makes of a chunk.
func other(chunk []byte) (*image.NRGBA, error) {
	m, err := xvp8l.Decode(bytes.NewReader(chunk))
	if err != nil {
		return nil, err
	}
	return m.(*image.NRGBA), nil
}

func TestDecodeAsOthers(t *testing.T) {
	for name, chunk := range filesOfOthers(t) {
		t.Run(name, func(t *testing.T) { checkAsOther(t, chunk) })
	}
}

// checkAsOther decodes a chunk that is sound.
func checkAsOther(t *testing.T, chunk []byte) {
	t.Helper()
	want, err := other(chunk)
	if err != nil {
		t.Fatal("golang.org/x/image:", err)
	}
	got, err := Decode(t.Context(), chunk)
	if err != nil {
		t.Fatal(err)
	}
	if got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
		t.Error("differs from golang.org/x/image/vp8l")
	}
}

// Random pictures have transforms in any order, codes with symbols twice, modes of prediction
// that are none, caches of what describes a picture, and groups of no tile.
func TestDecodeRandomAsOthers(t *testing.T) {
	sound := 0
	const n = 500
	for seed := range uint64(n) {
		size := image.Pt(1+int(seed*7%61), 1+int(seed*5%43))
		chunk := randomChunk(seed, size)
		if check(t, chunk) {
			sound++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if sound < n/2 {
		t.Errorf("%d of %d are sound", sound, n)
	}
	t.Logf("%d of %d are sound", sound, n)
}

func TestDecodeCutShort(t *testing.T) {
	chunk := filesOfOthers(t)["palette16.webp"]
	for n := range len(chunk) {
		_, want := other(chunk[:n])
		if _, err := Decode(t.Context(), chunk[:n]); (err == nil) != (want == nil) || err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%d of %d bytes: got %v, want %v", n, len(chunk), err, want)
		}
	}
}

func TestDecodeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := NewReader(ctx, filesOfOthers(t)["palette16.webp"])
	if err != nil {
		t.Fatal(err)
	}
	row := make([]byte, r.Width()*r.Channels())
	if err := r.Next(row); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := r.Next(row); !errors.Is(err, context.Canceled) || errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, chunk := range filesOfOthers(f) {
		f.Add(chunk)
	}
	for seed := range uint64(100) {
		f.Add(randomChunk(seed, image.Pt(9, 7)))
	}
	f.Fuzz(func(t *testing.T, chunk []byte) {
		if c, err := xvp8l.DecodeConfig(bytes.NewReader(chunk)); err == nil && c.Width*c.Height > 1<<16 {
			return
		}
		check(t, chunk)
	})
}

// check decodes a chunk that may be damaged.
func check(t *testing.T, chunk []byte) (sound bool) {
	t.Helper()
	want, wantErr := other(chunk)
	got, err := Decode(t.Context(), chunk)
	switch {
	case err != nil && !errors.Is(err, ErrDamaged):
		t.Fatal(err)
	case errors.Is(err, errTooManyCodes): // which the other takes at times
	case (err == nil) != (wantErr == nil):
		t.Errorf("got %v, golang.org/x/image: %v", err, wantErr)
	case err == nil && (got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix)):
		t.Error("differs from golang.org/x/image/vp8l")
	}
	return err == nil
}

func BenchmarkDecode(b *testing.B) {
	chunk := filesOfOthers(b)["photo.webp"]
	for b.Loop() {
		if _, err := Decode(b.Context(), chunk); err != nil {
			b.Fatal(err)
		}
	}
}
