//go:build nodynamic && linux

package frame

import (
	"bytes"
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"

	"postern/media/codec/wasm"
	"postern/media/picture"
)

// byCodec decodes a file of media/picture by the codecs of this program in the
// sandbox, and in this process.
func byCodec(t *testing.T, l *DecoderChain, name string) (m, want image.Image, err, wantErr error) {
	t.Helper()
	b, err := os.ReadFile("../picture/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, size := bytes.NewReader(b), int64(len(b))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		t.Fatal(err)
	}
	want, wantErr = picture.Decode(t.Context(), r, size, c, c.Width, c.Height)
	m, _, err = l.Still(t.Context(), r, size, c, c.Width, c.Height)
	return m, want, err, wantErr
}

func TestCodecsShowTheSameInTheSandbox(t *testing.T) {
	l := newChain(t, Options{})
	for _, name := range []string{
		"small.heic", "grid.heic", "rotated.heic", "small.jxl", "alpha.jxl", "rotated.jxl", "deep.jxl", "a98.jxl", "animated.jxl",
		"a.avif", "rotated.avif", "still/alpha.avif",
	} {
		m, want, err, wantErr := byCodec(t, l, name)
		if err != nil || wantErr != nil {
			t.Errorf("%s: %v in the sandbox, %v outside", name, err, wantErr)
			continue
		}
		if got, want := picture.Straight(m), picture.Straight(want); got.Rect.Size() != want.Rect.Size() || !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%s: another picture in the sandbox", name)
		}
	}
}

// What the codecs refuse is told apart in the sandbox, and not tried again outside.
func TestCodecsRefuseTheSameInTheSandbox(t *testing.T) {
	l := newChain(t, Options{})
	for _, name := range []string{"c444.heic", "slices.heic", "still/a98-lossless.jxl", "still/alpha.heic"} {
		_, _, err, wantErr := byCodec(t, l, name)
		if !errors.Is(wantErr, picture.ErrNoDecoder) || !errors.Is(err, picture.ErrNoDecoder) || errors.Is(err, ErrNoFrame) {
			t.Errorf("%s: %v in the sandbox, %v outside, want %v", name, err, wantErr, picture.ErrNoDecoder)
		}
	}
	b, err := os.ReadFile("../picture/testdata/small.jxl")
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b); i++ {
		b[i] = 0xa5
	}
	r, size := bytes.NewReader(b), int64(len(b))
	c, err := picture.ReadConfig(r, size)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Still(t.Context(), r, size, c, 1, 1); !errors.Is(err, picture.ErrDamaged) || errors.Is(err, ErrNoFrame) {
		t.Errorf("damaged: got %v, want %v", err, picture.ErrDamaged)
	}
}

// The folder of compiled codecs serves the next start, is nobody else's, and has those
// of this version alone.
func TestCompiledCodecsAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "codecs")
	folder, err := wasm.CacheFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(folder, "heic.ready")
	for range 2 {
		l := newChain(t, Options{Codecs: folder})
		if _, _, err, _ := byCodec(t, l, "small.heic"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(ready); err != nil {
			t.Fatal(err)
		}
		// A folder that is gone is made again.
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	old := filepath.Join(dir, "older")
	if err := os.MkdirAll(old, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := wasm.CacheFolder(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("codecs of another version are kept")
	}
	if err := os.Chmod(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	if _, err := wasm.CacheFolder(dir); err == nil {
		t.Error("a folder that others may write to is used")
	}
}
