package png

import (
	"bytes"
	"compress/zlib"
	"errors"
	"image"
	"image/color"
	"image/draw"
	stdpng "image/png"
	"io"
	"math/rand/v2"
	"testing"
)

// grain is a picture of soft colours and noise, with alpha where it is asked for.
func grain(width, height int, alpha bool) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	random := rand.New(rand.NewPCG(6, 6))
	for y := range height {
		for x := range width {
			c := color.NRGBA{uint8(3*x + random.IntN(4)), uint8(2*y + random.IntN(4)), uint8(x + y), 255}
			if alpha {
				c.A = uint8(8 * x)
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// painted is src painted on dst.
func painted(dst draw.Image, src image.Image) image.Image {
	draw.Draw(dst, dst.Bounds(), src, image.Point{}, draw.Src)
	return dst
}

func greys(n int, alpha uint8) (p color.Palette) {
	for i := range n {
		p = append(p, color.NRGBA{uint8(255 * i / max(n-1, 1)), uint8(i), 7, 255})
	}
	p[n/2] = color.NRGBA{9, 8, 7, alpha}
	return p
}

// What is written is read again by the standard library as it was.
func TestEncode(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {3, 2}, {37, 23}, {300, 200}} {
		r := image.Rectangle{Max: size}
		opaque, clear := grain(size.X, size.Y, false), grain(size.X, size.Y, true)
		sub := grain(size.X+9, size.Y+9, true).SubImage(image.Rect(5, 4, 5+size.X, 4+size.Y))
		for name, row := range map[string]struct {
			m      image.Image
			colour byte
		}{
			"NRGBA":             {opaque, rgb},
			"NRGBA with alpha":  {clear, rgbAlpha},
			"a part":            {sub, rgbAlpha},
			"RGBA":              {painted(image.NewRGBA(r), opaque), rgb},
			"RGBA with alpha":   {painted(image.NewRGBA(r), clear), rgbAlpha},
			"grey":              {painted(image.NewGray(r), opaque), grey},
			"one colour":        {painted(image.NewPaletted(r, greys(1, 255)), opaque), indexed},
			"2 colours":         {painted(image.NewPaletted(r, greys(2, 255)), opaque), indexed},
			"4 with alpha":      {painted(image.NewPaletted(r, greys(4, 99)), opaque), indexed},
			"16 colours":        {painted(image.NewPaletted(r, greys(16, 255)), opaque), indexed},
			"17 with alpha":     {painted(image.NewPaletted(r, greys(17, 0)), opaque), indexed},
			"256 colours":       {painted(image.NewPaletted(r, greys(256, 255)), opaque), indexed},
			"palette and alpha": {painted(image.NewPaletted(r, greys(256, 1)), opaque), indexed},
		} {
			t.Run(name, func(t *testing.T) {
				for _, write := range []func(io.Writer, image.Image, []byte) error{Encode, EncodeStored} {
					var b bytes.Buffer
					if err := write(&b, row.m, nil); err != nil {
						t.Fatal(err)
					}
					got, err := stdpng.Decode(bytes.NewReader(b.Bytes()))
					if err != nil {
						t.Fatal(err)
					}
					if kind := b.Bytes()[25]; kind != row.colour {
						t.Errorf("got colour type %d, want %d", kind, row.colour)
					}
					same(t, got, row.m)
				}
			})
		}
	}
}

// same compares pixels; what is multiplied by alpha may be one step away.
func same(t *testing.T, got, want image.Image) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("got %v, want %v", got.Bounds(), want.Bounds())
	}
	from := want.Bounds().Min
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			g, w := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA), color.RGBAModel.Convert(want.At(from.X+x, from.Y+y)).(color.RGBA)
			for i, d := range []int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B), 2 * (int(g.A) - int(w.A))} {
				if max(d, -d) > 1 || d != 0 && w.A == 255 {
					t.Fatalf("at %d, %d, sample %d: got %v, want %v", x, y, i, g, w)
				}
			}
		}
	}
}

func TestEncodeProfile(t *testing.T) {
	profile := bytes.Repeat([]byte("as a profile is "), 300)
	var b bytes.Buffer
	if err := Encode(&b, grain(50, 40, false), profile); err != nil {
		t.Fatal(err)
	}
	if _, err := stdpng.Decode(bytes.NewReader(b.Bytes())); err != nil {
		t.Fatal(err)
	}
	c := newChunkReader(bytes.NewReader(b.Bytes()))
	if _, err := c.readHeader(); err != nil {
		t.Fatal(err)
	}
	if kind, err := c.next(); kind != "iCCP" || err != nil {
		t.Fatalf("got %q, %v, want iCCP", kind, err)
	}
	data, err := c.read(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	name, deflated, _ := bytes.Cut(data, []byte{0})
	z, err := zlib.NewReader(bytes.NewReader(deflated[1:]))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(got, profile) || len(name) == 0 {
		t.Errorf("got %d bytes of %q, %v, want %d", len(got), name, err, len(profile))
	}
}

// What is stored is as long as the pixels, and little longer.
func TestEncodeStored(t *testing.T) {
	var b bytes.Buffer
	if err := EncodeStored(&b, image.NewRGBA(image.Rect(0, 0, 300, 200)), nil); err != nil {
		t.Fatal(err)
	}
	if pixels := 300 * 200 * 4; b.Len() < pixels || b.Len() > pixels+2000 {
		t.Errorf("got %d bytes for %d of pixels", b.Len(), pixels)
	}
}

func TestEncodeNothing(t *testing.T) {
	for _, m := range []image.Image{
		image.NewRGBA(image.Rectangle{}), image.NewUniform(color.White), image.NewPaletted(image.Rect(0, 0, 1, 1), nil),
	} {
		if err := Encode(io.Discard, m, nil); err == nil {
			t.Errorf("%T: got no error", m)
		}
	}
}

// limited is a writer of so many bytes.
type limited struct{ n int }

var errLimit = errors.New("no more")

func (l *limited) Write(p []byte) (int, error) {
	if l.n -= len(p); l.n < 0 {
		return 0, errLimit
	}
	return len(p), nil
}

func TestErrorsOfTheWriter(t *testing.T) {
	m := grain(300, 200, true)
	var whole bytes.Buffer
	if err := Encode(&whole, m, []byte("a profile")); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		if n < 100 || n%1000 == 0 {
			if err := Encode(&limited{n}, m, []byte("a profile")); !errors.Is(err, errLimit) {
				t.Fatalf("%d bytes: got %v, want %v", n, err, errLimit)
			}
		}
	}
	var again bytes.Buffer // with what was used in vain
	if err := Encode(&again, m, []byte("a profile")); err != nil || !bytes.Equal(again.Bytes(), whole.Bytes()) {
		t.Errorf("another picture afterwards, %v", err)
	}
}
