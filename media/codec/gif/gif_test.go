package gif

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	stdgif "image/gif"
	"math/rand/v2"
	"testing"
)

// frame is one frame of a GIF that a test puts together.
type frame struct {
	x, y, width, height int
	pixels              []byte
	size                byte // of codes
	interlaced          bool
	local               []byte // colour table
	hides               int    // number of the transparent colour, -1 for none
}

// bands is a frame of four bands of colour, one below the other.
func bands(x, y, width, height int) frame {
	f := frame{x: x, y: y, width: width, height: height, size: 2, hides: -1}
	for i := range width * height {
		f.pixels = append(f.pixels, byte(i/width*4/height))
	}
	return f
}

var fourColours = []byte{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0}

var (
	red    = color.NRGBA{255, 0, 0, 255}
	green  = color.NRGBA{0, 255, 0, 255}
	yellow = color.NRGBA{255, 255, 0, 255}
	black  = color.NRGBA{0, 0, 0, 255}
	clear  = color.NRGBA{}
)

// gifOf is a GIF of a screen, a colour table of two or four, and frames.
func gifOf(screen image.Point, table []byte, frames ...frame) []byte {
	b := []byte("GIF89a")
	b = binary.LittleEndian.AppendUint16(b, uint16(screen.X))
	b = binary.LittleEndian.AppendUint16(b, uint16(screen.Y))
	b = append(append(b, tableBits(table), 0, 0), table...)
	for _, f := range frames {
		if f.hides >= 0 {
			b = append(b, 0x21, 0xf9, 4, 1, 0, 0, byte(f.hides), 0)
		}
		b = append(b, 0x2c)
		for _, n := range []int{f.x, f.y, f.width, f.height} {
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		}
		packed := tableBits(f.local)
		if f.interlaced {
			packed |= 0x40
		}
		b = append(append(b, packed), f.local...)
		b = append(append(b, f.size), blocks(packedPixels(f))...)
	}
	return append(b, 0x3b)
}

func tableBits(table []byte) byte {
	switch len(table) {
	case 0:
		return 0
	case 6:
		return 0x80
	}
	return 0x81
}

// packedPixels writes each pixel as a code of its own, and clears before the codes
// grow, which every size of code allows.
func packedPixels(f frame) []byte {
	var out []byte
	var bits uint64
	var n uint
	put := func(code int) {
		bits |= uint64(code) << n
		for n += uint(f.size) + 1; n >= 8; n -= 8 {
			out = append(out, byte(bits))
			bits >>= 8
		}
	}
	for i, p := range f.pixels {
		if i%(1<<f.size-2) == 0 {
			put(1 << f.size)
		}
		put(int(p))
	}
	put(1<<f.size + 1)
	return append(out, byte(bits))
}

func blocks(data []byte) (b []byte) {
	for len(data) > 0 {
		n := min(len(data), 255)
		b = append(append(b, byte(n)), data[:n]...)
		data = data[n:]
	}
	return append(b, 0)
}

// Sizes and colours are those that Chromium shows, at a twentieth, three tenths and
// nineteen twentieths of each side.
func TestFramesAsBrowsersShowThem(t *testing.T) {
	few := bands(0, 0, 40, 30)
	few.pixels = bytes.Repeat([]byte{1}, 600)
	many := bands(0, 0, 40, 30)
	many.pixels = append(bytes.Repeat([]byte{1}, 1200), bytes.Repeat([]byte{2}, 600)...)
	beyond := bands(0, 0, 40, 30)
	beyond.size = 4
	for i := range beyond.pixels {
		beyond.pixels[i] = byte(i / 40 % 16)
	}
	sound := gifOf(image.Pt(40, 30), fourColours, bands(0, 0, 40, 30))
	tests := []struct {
		name   string
		gif    []byte
		size   image.Point
		colour [3]color.NRGBA
	}{
		{"sound", sound, image.Pt(40, 30), [3]color.NRGBA{red, green, yellow}},
		{"garbage behind it", append(sound[:len(sound)-1:len(sound)-1], "\x99\x88garbage"...), image.Pt(40, 30), [3]color.NRGBA{red, green, yellow}},
		{"cut off", sound[:len(sound)*6/10], image.Pt(40, 30), [3]color.NRGBA{red, green, clear}},
		{"a frame larger than its screen", gifOf(image.Pt(20, 20), fourColours, bands(0, 0, 40, 30)), image.Pt(40, 30), [3]color.NRGBA{red, green, yellow}},
		{"a frame partly off its screen", gifOf(image.Pt(40, 30), fourColours, bands(20, 10, 40, 30)), image.Pt(60, 40), [3]color.NRGBA{clear, clear, yellow}},
		{"a frame beyond its screen", gifOf(image.Pt(20, 20), fourColours, bands(30, 30, 10, 10)), image.Pt(40, 40), [3]color.NRGBA{clear, clear, yellow}},
		{"no screen", gifOf(image.Pt(0, 0), fourColours, bands(0, 0, 40, 30)), image.Pt(40, 30), [3]color.NRGBA{red, green, yellow}},
		{"no colours", gifOf(image.Pt(40, 30), nil, bands(0, 0, 40, 30)), image.Pt(40, 30), [3]color.NRGBA{black, black, black}},
		{"numbers without a colour", gifOf(image.Pt(40, 30), fourColours, beyond), image.Pt(40, 30), [3]color.NRGBA{green, black, black}},
		{"too few pixels", gifOf(image.Pt(40, 30), fourColours, few), image.Pt(40, 30), [3]color.NRGBA{green, green, clear}},
		{"too many pixels", gifOf(image.Pt(40, 30), fourColours, many), image.Pt(40, 30), [3]color.NRGBA{green, green, green}},
		{"an empty first frame", gifOf(image.Pt(40, 30), fourColours, frame{size: 2, hides: -1}, bands(0, 0, 40, 30)), image.Pt(40, 30), [3]color.NRGBA{clear, clear, clear}},
		{"a larger second frame", gifOf(image.Pt(20, 20), fourColours, bands(0, 0, 20, 20), bands(0, 0, 40, 30)), image.Pt(20, 20), [3]color.NRGBA{red, green, yellow}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := Decode(bytes.NewReader(test.gif), 1e6)
			if err != nil {
				t.Fatal(err)
			}
			screen := image.Pt(int(binary.LittleEndian.Uint16(test.gif[6:])), int(binary.LittleEndian.Uint16(test.gif[8:])))
			if got := Canvas(screen, m.Bounds()); got != test.size {
				t.Errorf("got a canvas of %v, want %v", got, test.size)
			}
			for i, share := range []float64{.05, .3, .95} {
				x, y := int(share*float64(test.size.X)), int(share*float64(test.size.Y))
				got := clear
				if image.Pt(x, y).In(m.Bounds()) {
					got = color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
				}
				if got != test.colour[i] {
					t.Errorf("at %d, %d: got %v, want %v", x, y, got, test.colour[i])
				}
			}
		})
	}
}

// Encoders that write codes for more literals than there are colours.
func TestLargeCodes(t *testing.T) {
	for size := byte(2); size <= maxCodeSize; size++ {
		f := bands(0, 0, 40, 30)
		f.size = size
		m, err := Decode(bytes.NewReader(gifOf(image.Pt(40, 30), fourColours, f)), 1e6)
		if err != nil {
			t.Fatal(err)
		}
		if got := color.NRGBAModel.Convert(m.At(39, 29)); got != yellow {
			t.Errorf("codes of %d bits: got %v, want %v", size, got, yellow)
		}
	}
}

// noise has runs, so that strings grow long and the table fills up.
func noise(width, height int) *image.Paletted {
	random := rand.New(rand.NewPCG(3, 4))
	m := image.NewPaletted(image.Rect(0, 0, width, height), palette.WebSafe)
	v := byte(0)
	for i := range m.Pix {
		if random.IntN(6) == 0 {
			v = byte(random.IntN(len(m.Palette)))
		}
		m.Pix[i] = v
	}
	return m
}

func TestSoundFramesAreThoseOfTheStandardLibrary(t *testing.T) {
	whole := noise(300, 211)
	var b bytes.Buffer
	if err := stdgif.Encode(&b, whole, nil); err != nil {
		t.Fatal(err)
	}
	interlaced := bands(3, 2, 37, 25)
	interlaced.interlaced, interlaced.hides = true, 2
	local := bands(0, 0, 9, 8)
	local.local = []byte{9, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6, 6}
	short := bands(0, 0, 5, 1)
	short.interlaced = true
	for name, data := range map[string][]byte{
		"long strings":      b.Bytes(),
		"interlaced, clear": gifOf(image.Pt(40, 30), fourColours, interlaced),
		"its own colours":   gifOf(image.Pt(40, 30), fourColours, local),
		"one line":          gifOf(image.Pt(5, 1), fourColours, short),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(bytes.NewReader(data), 1e6)
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := stdgif.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			want := decoded.(*image.Paletted)
			if got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) || len(got.Palette) != len(want.Palette) {
				t.Fatalf("got %v with %d colours, want %v with %d, and the same pixels", got.Rect, len(got.Palette), want.Rect, len(want.Palette))
			}
			for i := range got.Palette {
				if got.Palette[i] != want.Palette[i] {
					t.Errorf("colour %d: got %v, want %v", i, got.Palette[i], want.Palette[i])
				}
			}
		})
	}
}

// A picture of 256 colours has none to spare for what is missing.
func TestMissingPixelsOfAFullPalette(t *testing.T) {
	m := image.NewPaletted(image.Rect(0, 0, 100, 100), nil)
	for i := range 256 {
		m.Palette = append(m.Palette, color.RGBA{byte(i), byte(i), byte(i), 255})
	}
	for i := range m.Pix {
		m.Pix[i] = byte(i)
	}
	var b bytes.Buffer
	if err := stdgif.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	got, err := Decode(bytes.NewReader(b.Bytes()[:b.Len()/2]), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, a := got.At(99, 99).RGBA(); r>>8 != 128 || a != 0xffff {
		t.Errorf("got %v, want middle grey", got.At(99, 99))
	}
}

func TestWhatIsNoGIF(t *testing.T) {
	sound := gifOf(image.Pt(40, 30), fourColours, bands(0, 0, 40, 30))
	for name, b := range map[string][]byte{
		"nothing": nil, "a signature": sound[:6], "half a table": sound[:17], "no frame": gifOf(image.Pt(40, 30), fourColours),
		"half a descriptor": sound[:30], "garbage": append(bytes.Clone(sound[:25]), "garbage"...),
	} {
		if _, err := Decode(bytes.NewReader(b), 1e6); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(gifOf(image.Pt(40, 30), fourColours, bands(0, 0, 40, 30)))
	f.Add(gifOf(image.Pt(0, 0), nil, bands(5, 5, 9, 9)))
	var b bytes.Buffer
	w := lzw.NewWriter(&b, lzw.LSB, 8)
	_, _ = w.Write(noise(50, 50).Pix)
	_ = w.Close()
	f.Add(append([]byte("GIF89a\x32\x00\x32\x00\x00\x00\x00,\x00\x00\x00\x00\x32\x00\x32\x00\x00\x08"), blocks(b.Bytes())...))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(bytes.NewReader(data), 1e6)
		if err != nil {
			return
		}
		for _, p := range m.Pix {
			if int(p) >= len(m.Palette) {
				t.Fatalf("a pixel of number %d, and %d colours", p, len(m.Palette))
			}
		}
	})
}
