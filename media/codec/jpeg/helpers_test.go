package jpeg

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// noLimit allows more memory than any test picture needs.
const noLimit = 1 << 25

// testPicture returns the bytes of a file in testdata.
func testPicture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decodeAt decodes data at 1/denominator of its size.
func decodeAt(t testing.TB, data []byte, denominator int) image.Image {
	t.Helper()
	c, err := DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	m, err := DecodeScaled(bytes.NewReader(data),
		ceilDiv(c.Width, denominator), ceilDiv(c.Height, denominator), noLimit)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sampled is a plane of samples without those that pad it.
type sampled struct {
	width, height int
	rows          [][]byte
}

func (s sampled) mean() float64 {
	sum := 0
	for _, row := range s.rows {
		for _, v := range row {
			sum += int(v)
		}
	}
	return float64(sum) / float64(s.width*s.height)
}

// decodedPNG returns what another program made of a picture in testdata.
func decodedPNG(t testing.TB, name string) image.Image {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// planesIn returns the planes of a grey or YCbCr picture.
func planesIn(t testing.TB, m image.Image) []sampled {
	t.Helper()
	switch m.(type) {
	case *image.Gray, *image.YCbCr:
	default:
		t.Fatalf("picture is a %T, want planes", m)
	}
	var all []sampled
	for _, p := range planesOf(m) {
		s := sampled{width: p.width, height: p.height}
		for y := range p.height {
			s.rows = append(s.rows, p.samples[y*p.stride:][:p.width])
		}
		all = append(all, s)
	}
	return all
}

// greatestDifference returns how far samples of a and b are apart at most. The
// pictures must be of the same kind and size.
func greatestDifference(t testing.TB, a, b image.Image) int {
	t.Helper()
	as, bs := planesIn(t, a), planesIn(t, b)
	if len(as) != len(bs) {
		t.Fatalf("got %d planes, want %d", len(as), len(bs))
	}
	greatest := 0
	for i := range as {
		if as[i].width != bs[i].width || as[i].height != bs[i].height {
			t.Fatalf("plane %d: got %dx%d, want %dx%d", i,
				as[i].width, as[i].height, bs[i].width, bs[i].height)
		}
		for y := range as[i].rows {
			for x, v := range as[i].rows[y] {
				d := int(v) - int(bs[i].rows[y][x])
				greatest = max(greatest, d, -d)
			}
		}
	}
	return greatest
}

// find returns where the segment of a marker begins.
func find(t testing.TB, data []byte, marker byte) int {
	t.Helper()
	i := bytes.Index(data, []byte{0xff, marker})
	if i < 0 {
		t.Fatalf("no marker %#x", marker)
	}
	return i
}

// segmentEnd returns where the segment that begins at i ends.
func segmentEnd(data []byte, i int) int {
	return i + 2 + int(data[i+2])<<8 + int(data[i+3])
}

// without returns data without the segments of a marker.
func without(t testing.TB, data []byte, marker byte) []byte {
	t.Helper()
	data = slices.Clone(data)
	find(t, data, marker)
	for {
		i := bytes.Index(data, []byte{0xff, marker})
		if i < 0 {
			return data
		}
		data = slices.Delete(data, i, segmentEnd(data, i))
	}
}

// before returns data with more bytes before the first segment of a marker.
func before(t testing.TB, data []byte, marker byte, more ...byte) []byte {
	t.Helper()
	return slices.Insert(slices.Clone(data), find(t, data, marker), more...)
}

// patched returns data with a byte of the first segment of a marker changed,
// counted from the marker.
func patched(t testing.TB, data []byte, marker byte, at int, value byte) []byte {
	t.Helper()
	data = slices.Clone(data)
	data[find(t, data, marker)+at] = value
	return data
}
