//go:build nodynamic

package handlers_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media/metadata"
	"postern/media/picture"
)

// allKinds are pictures of every format, each of more than 2000 pixels.
func allKinds(t *testing.T) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"a.jpg": jpegOf(t, 640, 480), "a.png": encoded(t, picture.PNG), "a.webp": encoded(t, picture.WebP),
		"a.avif": encoded(t, picture.AVIF), "a.gif": gifOf(t), "a.heic": pictureFile(t, "grid.heic"),
		"a.jxl": pictureFile(t, "rotated.jxl"), "a.bmp": bitmapOf(90, 70),
	}
}

// bitmapOf is a BMP of run lengths, a colour a row.
func bitmapOf(width, height int) []byte {
	b := make([]byte, 54+4*256)
	copy(b, "BM")
	b[10], b[11], b[14], b[18], b[22], b[26], b[28], b[30] = 0x36, 4, 40, byte(width), byte(height), 1, 8, 1
	for i := range 256 {
		copy(b[54+4*i:], []byte{byte(i), 99, byte(255 - i), 0})
	}
	for y := range height {
		b = append(b, byte(width), byte(y), 0, 0)
	}
	return append(b, 0, 1)
}

func everyFormat(set *settings) { set.Policy.Formats = append(set.Policy.Formats, "heic", "jxl") }

// What the headers say is checked before anything is decoded: the pixels of
// these files are gone, so that any decoder would call them damaged. Whole, they
// are taken: see TestWidthOfEveryKind.
func TestTooManyPixelsAreRefusedBeforeDecoding(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat, func(set *settings) { set.Policy.MaxPixels = 2000 })
	for name, data := range allKinds(t) {
		hollow := bytes.Clone(data)
		clear(hollow[max(len(hollow)*7/8, min(len(hollow), 1200)):])
		a := s.upload(name, hollow)
		if _, message := a.fault(t); a.StatusCode != 400 || message != "Image dimensions are too large" {
			t.Errorf("%s: %d %q, want 400 for its pixels", name, a.StatusCode, message)
		}
	}
	if files := s.stored(); len(files) > 0 {
		t.Errorf("stored: %v", files)
	}
}

func TestWidthOfEveryKind(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat)
	for name, data := range allKinds(t) {
		a := s.upload(name, data, "width", "60")
		if a.StatusCode != 200 {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
			continue
		}
		m := a.image(t)
		stored := s.read(strings.TrimPrefix(text(m, "url"), s.URL+"/"))
		animated := name == "a.gif" // which is not resized, and so has no other MD5
		if got := text(m, "source_md5"); (got == md5Of(data)) == animated {
			t.Errorf("%s: source_md5 %q, sent %s", name, got, md5Of(data))
		}
		if got := text(m, "md5"); got != md5Of(stored) {
			t.Errorf("%s: md5 %q, stored %s", name, got, md5Of(stored))
		}
		width := decodeWhole(t, stored).Bounds().Dx()
		if want := fmt.Sprint(m["width"]); fmt.Sprint(width) != want || !animated && width != 60 {
			t.Errorf("%s: %d pixels wide, the answer tells %s", name, width, want)
		}
	}
}

func md5Of(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// A bitmap becomes a PNG of the same pixels.
func TestABitmapOfRunLengthsIsKeptAsAPNG(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	data := bitmapOf(90, 70)
	m := s.upload("a.bmp", data).image(t)
	if text(m, "extension") != "png" {
		t.Fatalf("extension %q", text(m, "extension"))
	}
	s.wantSamePixels("a.bmp", data, strings.TrimPrefix(text(m, "url"), s.URL+"/"))
}

// corners is red, green, blue and white, clockwise from the top left.
func corners(width, height int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	paint := func(r image.Rectangle, c color.Color) { draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src) }
	paint(image.Rect(0, 0, width/2, height/2), color.NRGBA{255, 0, 0, 255})
	paint(image.Rect(width/2, 0, width, height/2), color.NRGBA{0, 255, 0, 255})
	paint(image.Rect(width/2, height/2, width, height), color.NRGBA{0, 0, 255, 255})
	paint(image.Rect(0, height/2, width/2, height), color.White)
	return m
}

// cornersOf names them, clockwise from the top left.
func cornersOf(m image.Image) (names string) {
	b := m.Bounds().Inset(4)
	for _, p := range []image.Point{b.Min, {b.Max.X - 1, b.Min.Y}, b.Max.Sub(image.Pt(1, 1)), {b.Min.X, b.Max.Y - 1}} {
		c := color.NRGBAModel.Convert(m.At(p.X, p.Y)).(color.NRGBA)
		switch {
		case c.R > 200 && c.G > 200 && c.B > 200:
			names += "W"
		case c.R > 200:
			names += "R"
		case c.G > 200:
			names += "G"
		case c.B > 200:
			names += "B"
		default:
			names += fmt.Sprint(c)
		}
	}
	return names
}

// The medium of a large AVIF is a WebP, since an AVIF of it would take too long
// (picture.Written). Its name says so.
func TestVariantsOfAnotherTypeHaveItsExtension(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyFormat, func(set *settings) { set.MediumWidth = 1400 })
	m := s.upload("a.avif", encodedOf(t, corners(1440, 1080), picture.AVIF)).image(t)
	for role, want := range map[string][3]string{"image": {"a.avif", "avif", "image/avif"}, "medium": {"a.md.webp", "webp", "image/webp"}, "thumb": {"a.th.avif", "avif", "image/avif"}} {
		f := m[role].(map[string]any)
		if got := [3]string{text(f, "filename"), text(f, "extension"), text(f, "mime")}; got != want {
			t.Errorf("%s: got %v, want %v", role, got, want)
		}
		if a := s.do("GET", strings.TrimPrefix(text(f, "url"), s.URL), nil); a.Header.Get("Content-Type") != want[2] {
			t.Errorf("%s: served as %q, want %q", role, a.Header.Get("Content-Type"), want[2])
		}
	}
}

// EXIF turns a JPEG and a PNG. Browsers do not turn a WebP by it. The others have a
// way of their own, and EXIF that says the same must not turn them twice.
func TestPicturesAreShownUpright(t *testing.T) {
	t.Parallel()
	lying := corners(800, 600)
	files := make(map[string][]byte)
	for name, format := range map[string]picture.Format{"a.jpg": picture.JPEG, "a.png": picture.PNG, "a.webp": picture.WebP, "a.avif": picture.AVIF} {
		files[name] = encodedOf(t, lying, format)
	}
	files["a.heic"], files["a.jxl"] = pictureFile(t, "rotated.heic"), pictureFile(t, "rotated.jxl")
	dir := t.TempDir()
	for name, data := range files {
		write(t, filepath.Join(dir, name), data)
	}
	exiftool(t, dir, append([]string{"-overwrite_original", "-IFD0:Orientation#=6"}, slices.Collect(maps.Keys(files))...)...)
	for _, mode := range []metadata.Mode{metadata.Private, metadata.None} {
		s := newSite(t, everyFormat, func(set *settings) { set.Policy.Metadata = mode })
		for name := range files {
			a := s.upload(name, readBack(t, dir, name))
			if a.StatusCode != 200 {
				t.Fatalf("%s: %d %s", name, a.StatusCode, a.body)
			}
			m := a.image(t)
			s.wantUpright(mode, name, m)
		}
	}
}

func (s *site) wantUpright(mode metadata.Mode, name string, m map[string]any) {
	s.t.Helper()
	size, turned := map[string]string{"a.avif": "800x600", "a.webp": "800x600", "a.heic": "480x640", "a.jxl": "93x117"}[name], "WRGB"
	switch name {
	case "a.avif", "a.webp":
		turned = "RGBW"
	case "a.heic", "a.jxl":
		turned = "" // photographs
	default:
		size = "600x800"
	}
	if got := fmt.Sprintf("%vx%v", m["width"], m["height"]); got != size {
		s.t.Errorf("%s, %s: %s, want %s", mode, name, got, size)
	}
	for _, variant := range []string{"medium", "thumb"} {
		v, ok := m[variant].(map[string]any)
		if !ok {
			continue
		}
		got := decodeWhole(s.t, s.read(strings.TrimPrefix(text(v, "url"), s.URL+"/")))
		if b := got.Bounds(); variant == "medium" && (b.Dx() < b.Dy()) != (name != "a.avif" && name != "a.webp") {
			s.t.Errorf("%s, %s: the medium is %v", mode, name, b)
		}
		if turned != "" && cornersOf(got) != turned {
			s.t.Errorf("%s, %s: corners of the %s are %s, want %s", mode, name, variant, cornersOf(got), turned)
		}
	}
}

// A request that is cut off with the server is not worked on: its decoder stops,
// and the one place for work is free.
func TestACancelledRequestIsNotWorkedOn(t *testing.T) {
	large := encodedOf(t, scene(4000, 4000), picture.PNG)
	for !cutOffWhileWorkedOn(t, large) {
	}
}

// cutOffWhileWorkedOn uploads a large picture to a site of its own and cuts that
// off when it is worked on. It reports false when it was answered before.
func cutOffWhileWorkedOn(t *testing.T, large []byte) bool {
	t.Helper()
	cut, cutOff := context.WithCancel(context.Background())
	defer cutOff()
	s := newSite(t, func(set *settings) {
		set.Workers, set.Queue, set.Policy.MaxFile, set.Cut = 1, 0, 30_000_000, cut
	})
	ended := make(chan answer, 1)
	go func() { ended <- s.upload("large.png", large) }()
	for working := 0; working == 0 && len(ended) == 0; working, _, _ = s.lib.Pool.Queue() {
		time.Sleep(time.Millisecond)
	}
	cutOff()
	if a := <-ended; a.StatusCode == 200 {
		return false
	}
	if log := s.log.String(); !strings.Contains(log, "decode png: context canceled") {
		t.Errorf("the decoder went on: %s", log)
	}
	s.waitFor("a free place", func() bool { working, waiting, _ := s.lib.Pool.Queue(); return working+waiting == 0 })
	return true
}

// A JPEG of a rare kind is shown, or refused in words, and never kept unseen.
func TestOddJPEGsAreShownOrRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	names, err := filepath.Glob("../media/picture/testdata/odd/*.jpg")
	if err != nil || len(names) < 31 {
		t.Fatalf("%d odd JPEGs, %v", len(names), err)
	}
	taken := 0
	for _, name := range names {
		a := s.upload(filepath.Base(name), readBack(t, filepath.Dir(name), filepath.Base(name)))
		if a.StatusCode == 200 {
			taken++
			continue
		}
		if code, message := a.fault(t); a.StatusCode != 400 || code == 0 || message == "" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		} else {
			t.Logf("%s: %s", filepath.Base(name), message)
		}
	}
	const rare = 3 // which browsers do not show: they have a frame and a medium besides
	if want := len(names) - 2; taken != want || len(s.stored()) != 2*taken+2*rare {
		t.Errorf("%d are taken, want %d; %d files are stored", taken, want, len(s.stored()))
	}
}
