package picture

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
)

func addSeeds(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Size() < 30_000 {
			f.Add(testFile(f, e.Name()))
		}
	}
	for _, bomb := range bombs(f, deflate(make([]byte, 1000))) {
		if len(bomb.file) < 100_000 {
			f.Add(bomb.file)
		}
	}
	for _, format := range written {
		f.Add(mustEncode(f, withHole(20, 10), format, Options{ICC: profile("Display P3", "RGB ", 1500)}))
	}
}

func FuzzReadConfig(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readConfig(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, which is no error of this package", err)
			}
			return
		}
		if c.Width <= 0 || c.Height <= 0 || c.DecodedBytes() <= 0 {
			t.Errorf("got %+v", c)
		}
		ICC(bytes.NewReader(b), int64(len(b)), c)
	})
}

func FuzzDecode(f *testing.F) {
	addSeeds(f)
	// Compiling a codec with all that fuzzing counts takes longer than an input
	// may.
	for _, name := range []string{"a.avif", "small.heic", "small.jxl"} {
		if _, err := decodeBytes(testFile(f, name)); err != nil && !errors.Is(err, ErrNoDecoder) {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readConfig(b)
		if err != nil || c.Pixels() > 1_000_000 {
			return
		}
		const atLeast = 16
		m, err := Decode(context.Background(), bytes.NewReader(b), int64(len(b)), c, atLeast, atLeast)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNoDecoder) {
				t.Errorf("got %v, which is no error of this package", err)
			}
			return
		}
		size := m.Bounds().Size()
		if size.X < min(c.Width, atLeast) || size.Y < min(c.Height, atLeast) || size.X > c.Width || size.Y > c.Height {
			t.Fatalf("got %v of %+v", m.Bounds(), c)
		}
		thumb := Cover(Orient(Fit(m, 20), len(b)%9), 8, 8)
		if err := Encode(&bytes.Buffer{}, thumb, PNG, Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
