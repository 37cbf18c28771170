package bmp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(data []byte) (image.Image, error) {
	return Decode(bytes.NewReader(data), int64(len(data)))
}

// The references were decoded by ImageMagick, but for 16 bits with alpha, which
// it makes darker and half transparent: those are the pictures before.
func TestDecodeAgreesWithImageMagick(t *testing.T) {
	names, err := filepath.Glob("testdata/*.bmp")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d bitmaps, %v", len(names), err)
	}
	for _, name := range names {
		name = filepath.Base(name)
		m, err := decode(load(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := png.Decode(bytes.NewReader(load(t, strings.Replace(name, ".bmp", ".png", 1))))
		if err != nil {
			t.Fatal(err)
		}
		most := map[string]int{"argb1555.bmp": 1 << 3, "argb4444.bmp": 1 << 4}[name]
		if d := greatestDifference(t, m, want); d > max(most, 1) {
			t.Errorf("%s: differs by %d, want %d at most", name, d, max(most, 1))
		}
	}
}

func greatestDifference(t *testing.T, a, b image.Image) (most int) {
	t.Helper()
	if a.Bounds() != b.Bounds() {
		t.Fatalf("%v and %v", a.Bounds(), b.Bounds())
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := straight(a.At(x, y)), straight(b.At(x, y))
			if p[3] == 0 && q[3] == 0 {
				continue
			}
			for i := range p {
				d := int(p[i]) - int(q[i])
				most = max(most, d, -d)
			}
		}
	}
	return most
}

func straight(c color.Color) [4]byte {
	p := color.NRGBAModel.Convert(c).(color.NRGBA)
	return [4]byte{p.R, p.G, p.B, p.A}
}

// head is a file header and an information header of 40 bytes.
func head(width, height int32, bits uint16, compression, colours uint32) []byte {
	b := make([]byte, 54)
	copy(b, "BM")
	binary.LittleEndian.PutUint32(b[14:], 40)
	binary.LittleEndian.PutUint32(b[18:], uint32(width))
	binary.LittleEndian.PutUint32(b[22:], uint32(height))
	binary.LittleEndian.PutUint16(b[26:], 1)
	binary.LittleEndian.PutUint16(b[28:], bits)
	binary.LittleEndian.PutUint32(b[30:], compression)
	binary.LittleEndian.PutUint32(b[46:], colours)
	return b
}

// greys is a palette of so many colours, told apart by their red.
func greys(n int) (p []byte) {
	for i := range n {
		p = append(p, 0, 0, byte(i), 0)
	}
	return p
}

// reds lists the red of every pixel, row by row.
func reds(m image.Image) (list []byte) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			list = append(list, straight(m.At(x, y))[0])
		}
	}
	return list
}

func TestDecodeByHand(t *testing.T) {
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, test := range []struct {
		name string
		file []byte
		want []byte // the reds
	}{
		{
			"rows from the bottom to the top",
			join(head(2, 2, 8, 0, 8), greys(8), []byte{1, 2, 0, 0, 3, 4, 0, 0}),
			[]byte{3, 4, 1, 2},
		},
		{
			"rows from the top to the bottom",
			join(head(2, -2, 8, 0, 8), greys(8), []byte{1, 2, 0, 0, 3, 4, 0, 0}),
			[]byte{1, 2, 3, 4},
		},
		{
			"two bits a pixel",
			join(head(5, 1, 2, 0, 4), greys(4), []byte{0b00011011, 0b01000000, 0, 0}),
			[]byte{0, 1, 2, 3, 1},
		},
		{
			"an index beyond the palette is black",
			join(head(2, 1, 8, 0, 8), greys(8), []byte{7, 200, 0, 0}),
			[]byte{7, 0},
		},
		{
			"runs of 8 bits: a run, literals with a fill byte, ends of rows",
			join(head(4, 2, 8, 1, 16), greys(16), []byte{2, 5, 2, 6, 0, 0, 0, 3, 7, 8, 9, 0, 1, 10, 0, 1}),
			[]byte{7, 8, 9, 10, 5, 5, 6, 6},
		},
		{
			"runs of 8 bits with a jump: what is left out is of the first colour",
			join(head(4, 2, 8, 1, 16), greys(16), []byte{1, 5, 0, 2, 2, 1, 1, 6, 0, 1}),
			[]byte{0, 0, 0, 6, 5, 0, 0, 0},
		},
		{
			"runs of 8 bits that go beyond the row and have no end",
			join(head(2, 2, 8, 1, 16), greys(16), []byte{9, 5, 0, 0, 9, 6}),
			[]byte{6, 6, 5, 5},
		},
		{
			"runs of 4 bits: alternating, literals with a fill byte",
			join(head(5, 2, 4, 2, 16), greys(16), []byte{5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 1}),
			[]byte{3, 4, 5, 6, 7, 1, 2, 1, 2, 1},
		},
		{
			"16 bits: five each",
			join(head(2, 1, 16, 0, 0), []byte{0x00, 0x7c, 0xff, 0x03}),
			[]byte{255, 0},
		},
		{
			"16 bits and masks behind the header",
			join(head(2, 1, 16, 3, 0), []byte{0, 0xf8, 0, 0, 0xe0, 7, 0, 0, 0x1f, 0, 0, 0}, []byte{0x00, 0xf8, 0xff, 0x07}),
			[]byte{255, 0},
		},
		{
			"32 bits and masks of ten",
			join(head(2, 1, 32, 3, 0), []byte{0, 0, 0xf0, 0x3f, 0, 0xfc, 0x0f, 0, 0xff, 3, 0, 0}, []byte{0, 0, 0xf0, 0x3f, 0, 0, 0x08, 0x20}),
			[]byte{255, 128},
		},
		{
			"32 bits: the fourth byte of a short header is no alpha",
			join(head(1, 1, 32, 0, 0), []byte{0, 0, 77, 0}),
			[]byte{77},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := decode(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := reds(m); !bytes.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if a := straight(m.At(0, 0))[3]; a != 255 {
				t.Errorf("alpha %d, want 255", a)
			}
		})
	}
}

func TestBadBitmaps(t *testing.T) {
	rle := load(t, "rle8.bmp")
	for _, test := range []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, ErrDamaged},
		{"two letters", []byte("BM"), ErrDamaged},
		{"another format", []byte("\x89PNG\r\n\x1a\n................................"), ErrDamaged},
		{"no pixels", head(3, 2, 24, 0, 0), ErrDamaged},
		{"a row too few", append(head(3, 2, 24, 0, 0), make([]byte, 23)...), ErrDamaged},
		{"no width", head(0, 2, 24, 0, 0), ErrDamaged},
		{"a negative width", head(-3, 2, 24, 0, 0), ErrDamaged},
		{"the largest size", head(0x7fffffff, -0x80000000, 24, 4, 0), ErrDamaged},
		{"runs that cannot be of so many pixels", append(head(60000, 60000, 8, 1, 0), make([]byte, 1100)...), ErrDamaged},
		{"runs that are cut short", rle[:len(rle)-500], ErrDamaged},
		{"a JPEG inside", append(head(3, 2, 0, 4, 0), make([]byte, 100)...), ErrUnsupported},
		{"a PNG inside", append(head(3, 2, 0, 5, 0), make([]byte, 100)...), ErrUnsupported},
		{"runs of 8 bits in a bitmap of 4", append(head(3, 2, 4, 1, 0), make([]byte, 100)...), ErrUnsupported},
		{"7 bits a pixel", append(head(3, 2, 7, 0, 0), make([]byte, 1000)...), ErrUnsupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			if m, err := decode(test.file); !errors.Is(err, test.want) || m != nil {
				t.Errorf("%s: got %v, %v, want %v", test.name, m, err, test.want)
			}
		})
	}
}

// failing fails to read behind an offset, as a broken disk does.
type failing struct {
	*bytes.Reader
	from int64
}

func (f failing) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > f.from {
		return 0, fs.ErrClosed
	}
	return f.Reader.ReadAt(p, offset)
}

func TestErrorsOfTheReaderAreNotDamage(t *testing.T) {
	for _, name := range []string{"rle8.bmp", "8bits.bmp", "info24.bmp", "rgb565.bmp"} {
		data := load(t, name)
		for _, from := range []int64{0, 200, int64(len(data)) - 1} {
			_, err := Decode(failing{bytes.NewReader(data), from}, int64(len(data)))
			if !errors.Is(err, fs.ErrClosed) || errors.Is(err, ErrDamaged) {
				t.Errorf("%s from %d: got %v, want that of the reader", name, from, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*.bmp")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		f.Add(load(f, filepath.Base(name)))
	}
	f.Add(append(append(head(4, 2, 8, 1, 16), greys(16)...), 1, 5, 0, 2, 2, 1, 1, 6, 0, 1))
	f.Add(append(append(head(5, 2, 4, 2, 16), greys(16)...), 5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadConfig(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v", err)
			}
			return
		}
		if c.DecodedBytes() <= 0 {
			t.Errorf("%+v takes %d bytes", c, c.DecodedBytes())
		}
		if c.DecodedBytes() > 1<<24 {
			return
		}
		m, err := decode(data)
		switch {
		case err == nil && m.Bounds() != image.Rect(0, 0, c.Width, c.Height):
			t.Errorf("got %v of %+v", m.Bounds(), c)
		case err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported):
			t.Errorf("got %v", err)
		}
	})
}
