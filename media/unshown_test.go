//go:build nodynamic

package media_test

import (
	"bytes"
	"errors"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postern/media"
	"postern/media/library"
)

func pictureFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("picture/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func allFormats(p *library.Policy) {
	p.Formats = []string{"jpeg", "png", "gif", "webp", "bmp", "avif", "heic", "jxl"}
}

// Browsers show neither HEIC nor JPEG XL nor rare JPEGs: each gets a JPEG of all
// sizes.
func TestWhatBrowsersDoNotShowGetsAFrame(t *testing.T) {
	for _, test := range []struct {
		file, name, extension, mime string
		width, height, medium       int
		animated                    bool
	}{
		{"grid.heic", "IMG_1.HEIC", "heic", "image/heic", 117, 93, 117, false},
		{"grid.heic", "IMG_1.heif", "heif", "image/heic", 117, 93, 117, false},
		{"rotated.heic", "a.jpg", "heic", "image/heic", 480, 640, 480, false},
		{"small.jxl", "a.jxl", "jxl", "image/jxl", 96, 72, 96, false},
		{"rotated.jxl", "a", "jxl", "image/jxl", 93, 117, 93, false},
		{"animated.jxl", "a.jxl", "jxl", "image/jxl", 20, 16, 20, true},
		{"odd/arithmetic-progressive.jpg", "a.jpg", "jpg", "image/jpeg", 47, 35, 47, false},
		{"odd/12bit.jpg", "a.jpeg", "jpeg", "image/jpeg", 47, 35, 47, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLibrary(t, policy(allFormats))
			it := l.mustAdd(pictureFile(t, test.file), test.name)
			if it.Original.Extension() != test.extension || it.Original.MIME != test.mime || it.Kind != media.KindImage {
				t.Errorf("%s: stored as %+v", test.file, it.Original)
			}
			if it.Width != test.width || it.Height != test.height || it.Animated != test.animated {
				t.Errorf("%s: %dx%d, animated %v", test.file, it.Width, it.Height, it.Animated)
			}
			for role, width := range map[media.Role]int{
				media.RoleFrame: test.width, media.RoleMedium: test.medium, media.RoleThumb: min(test.width, test.height, 320),
			} {
				f := it.File(role)
				m := decodeStored(t, l, *f)
				if f.MIME != "image/jpeg" || f.Width != width || m != width {
					t.Errorf("%s: %s is %+v, of %d pixels, want %d", test.file, role, f, m, width)
				}
			}
		})
	}
}

// decodeStored returns the width of a stored JPEG.
func decodeStored(t *testing.T, l *fixture, f media.File) int {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(l.stored(f)))
	if err != nil {
		t.Fatalf("%s: %v", f.Key, err)
	}
	return m.Bounds().Dx()
}

func TestResizedPicturesArePlainJPEGs(t *testing.T) {
	l := newLibrary(t, policy(allFormats))
	for name, extension := range map[string]string{"grid.heic": ".jpeg", "small.jxl": ".jpeg", "odd/arithmetic.jpg": ".jpg"} {
		it := l.mustAdd(pictureFile(t, name), name, func(u *library.Upload) { u.Width = 40 })
		if it.Width != 40 || it.Original.MIME != "image/jpeg" || !strings.HasSuffix(it.Original.Key, extension) || it.Frame.Exists() {
			t.Errorf("%s: stored %+v, frame %v", name, it.Original, it.Frame.Exists())
		}
		if got := decodeStored(t, l, it.Original); got != 40 {
			t.Errorf("%s: %d pixels wide, want 40", name, got)
		}
	}
}

// What no decoder here shows rightly is kept as it is, with a drawn picture in its
// place; a smaller one cannot be made of it.
func TestHEICThatNothingDecodesIsKept(t *testing.T) {
	l := newLibrary(t, policy(allFormats))
	for _, name := range []string{"still/alpha.heic", "mono.heic", "slices.heic"} {
		data := pictureFile(t, name)
		it := l.mustAdd(data, name)
		if !bytes.Equal(l.stored(it.Original), data) || !it.Frame.Exists() || !it.Medium.Exists() || !it.Thumb.Exists() {
			t.Errorf("%s: stored %+v, frame %+v, medium %+v", name, it.Original, it.Frame, it.Medium)
		}
		if _, err := l.add(data, name, func(u *library.Upload) { u.Width = 20 }); !errors.Is(err, media.ErrUnsupported) {
			t.Errorf("%s, resized: got %v, want %v", name, err, media.ErrUnsupported)
		}
	}
}
