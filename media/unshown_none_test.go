//go:build !nodynamic

package media_test

import (
	"bytes"
	"os"
	"testing"

	"postern/media/library"
)

// Without a decoder they are kept as they are, with a drawn picture.
func TestWhatBrowsersDoNotShowIsKeptWithoutADecoder(t *testing.T) {
	l := newLibrary(t, policy(func(p *library.Policy) { p.Formats = []string{"heic", "jxl"} }))
	for _, name := range []string{"small.heic", "small.jxl"} {
		data, err := os.ReadFile("picture/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		it := l.mustAdd(data, name)
		if !bytes.Equal(l.stored(it.Original), data) || !it.Frame.Exists() || !it.Thumb.Exists() {
			t.Errorf("%s: stored %+v, frame %+v, thumb %+v", name, it.Original, it.Frame, it.Thumb)
		}
	}
}
