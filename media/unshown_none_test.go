//go:build !nodynamic

package media_test

import (
	"errors"
	"os"
	"testing"

	"postern/media"
)

// Without a decoder nobody could see them.
func TestWhatBrowsersDoNotShowIsRefusedWithoutADecoder(t *testing.T) {
	l := newLibrary(t, policy(func(p *media.Policy) { p.Formats = []string{"heic", "jxl"} }))
	for _, name := range []string{"small.heic", "small.jxl"} {
		data, err := os.ReadFile("picture/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.add(data, name); !errors.Is(err, media.ErrUnsupported) {
			t.Errorf("%s: got %v, want %v", name, err, media.ErrUnsupported)
		}
	}
	l.wantFiles(0, "after uploads that cannot be decoded")
}
