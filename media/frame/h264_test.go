package frame

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"postern/media/video"
)

// With nothing installed, frames of H.264 are still shown: in every container,
// turned and fragmented, of the displayed size or less.
func TestH264NeedsNoProgram(t *testing.T) {
	l := newChain(t, Options{})
	for _, d := range l.decoders["h264"] {
		if err := d.works(); err != nil || d.name != "built in" {
			t.Errorf("got decoder %q, %v, want one that is built in and works", d.name, err)
		}
	}
	names, err := filepath.Glob("../video/testdata/h264*")
	if err != nil || len(names) < 10 {
		t.Fatalf("got %d videos, %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		facts, err := video.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		m, by, err := l.ExtractFrame(t.Context(), bytes.NewReader(b), int64(len(b)), facts)
		if err != nil || by != "built in" {
			t.Errorf("%s: got a frame by %q, %v", name, by, err)
			continue
		}
		size := m.Bounds().Size()
		if size.X > facts.Width || size.Y > facts.Height || 10*size.X < 9*facts.Width*size.Y/facts.Height {
			t.Errorf("%s: got %v, want %dx%d in proportion", name, size, facts.Width, facts.Height)
		}
	}
}
