//go:build nodynamic && linux

package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"postern/media/codec/palette"
)

// peak is the most memory that the process has had since reset, in bytes.
func peak(t *testing.T) (bytes int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// reset gives memory back, and makes it the peak.
func reset(t *testing.T) int64 {
	t.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip("this system does not forget a peak of memory")
	}
	return peak(t)
}

// large are pictures of each format, of several megapixels.
func large(t *testing.T) map[Format][]byte {
	t.Helper()
	const width, height = 3000, 2200
	m := scene(width, height)
	files := make(map[Format][]byte)
	for _, f := range []Format{JPEG, WebP} {
		files[f] = mustEncode(t, m, f, Options{})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, toNRGBA(m)); err != nil {
		t.Fatal(err)
	}
	files[PNG] = bytes.Clone(b.Bytes())
	b.Reset()
	if err := gif.Encode(&b, image.NewPaletted(m.Bounds(), palette.Quantise(toNRGBA(scene(64, 64))).Palette), nil); err != nil {
		t.Fatal(err)
	}
	files[GIF] = bytes.Clone(b.Bytes())
	files[BMP] = bmpFile(width, height, 24, 0, (width*3+3)/4*4*height)
	files[AVIF] = mustEncode(t, scene(1600, 1200), AVIF, Options{})
	files[HEIC] = testFile(t, "still/flat.heic")
	files[JXL] = testFile(t, "still/flat.jxl")
	return files
}

// No decoder takes more memory than was told, which is what the pictures that are
// decoded at once are bounded by; nor does any of it stay.
func TestMemoryOfEveryFormat(t *testing.T) {
	const slack = 24 << 20 // the collector's, which waits until garbage is worth it
	for format, b := range large(t) {
		c, err := readConfig(b)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		mustDecode(t, b) // makes the codec ready
		before := reset(t)
		m := mustDecode(t, b)
		if took := peak(t) - before; took > c.DecodedBytes()+slack {
			t.Errorf("%s of %v: took %d MB, %d were told", format, m.Bounds().Size(), took>>20, c.DecodedBytes()>>20)
		} else {
			t.Logf("%s of %v: took %d MB, %d were told", format, m.Bounds().Size(), took>>20, c.DecodedBytes()>>20)
		}
		m = nil
		if left := reset(t) - before; left > slack {
			t.Errorf("%s: %d MB stay", format, left>>20)
		}
	}
}
