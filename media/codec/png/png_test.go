package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	stdpng "image/png"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// chunk is a chunk with its checksum.
func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// parts are the chunks of a PNG that a test puts together.
type parts struct {
	head           header
	palette, alpha []byte
	rows           []byte // as they are before deflate
}

func (p parts) ihdr() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(p.head.width))
	b = binary.BigEndian.AppendUint32(b, uint32(p.head.height))
	interlaced := byte(0)
	if p.head.interlaced {
		interlaced = 1
	}
	return chunk("IHDR", append(b, byte(p.head.depth), p.head.colour, 0, 0, interlaced))
}

// bytes has the image data in IDATs of a few bytes each.
func (p parts) bytes() []byte {
	b := append([]byte(Signature), p.ihdr()...)
	if p.palette != nil {
		b = append(b, chunk("PLTE", p.palette)...)
	}
	if p.alpha != nil {
		b = append(b, chunk("tRNS", p.alpha)...)
	}
	return append(append(b, idats(deflated(p.rows))...), chunk("IEND", nil)...)
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func idats(data []byte) (b []byte) {
	for len(data) > 0 {
		n := min(len(data), 100)
		b = append(b, chunk("IDAT", data[:n])...)
		data = data[n:]
	}
	return b
}

// noise has random rows with every filter.
func noise(h header) []byte {
	random := rand.New(rand.NewPCG(1, uint64(h.depth)))
	var b []byte
	for _, p := range h.passes() {
		for range p.height {
			if p.width == 0 {
				continue
			}
			b = append(b, byte(random.IntN(5)))
			for range h.rowBytes(p.width) {
				b = append(b, byte(random.Uint32()))
			}
		}
	}
	return b
}

// kinds are all combinations of colour and depth, plain, interlaced and with a
// transparent colour.
func kinds() (all []parts) {
	for _, k := range []struct {
		colour byte
		depths []int
	}{{grey, []int{1, 2, 4, 8, 16}}, {rgb, []int{8, 16}}, {indexed, []int{1, 2, 4, 8}}, {greyAlpha, []int{8, 16}}, {rgbAlpha, []int{8, 16}}} {
		for _, depth := range k.depths {
			for _, size := range []image.Point{{37, 23}, {1, 1}, {3, 2}} {
				for _, interlaced := range []bool{false, true} {
					p := parts{head: header{size.X, size.Y, depth, k.colour, interlaced}}
					p.rows = noise(p.head)
					if k.colour == indexed {
						p.palette = make([]byte, 3<<depth)
						for i := range p.palette {
							p.palette[i] = byte(7 * i)
						}
					}
					all = append(all, p)
					switch k.colour {
					case grey:
						p.alpha = []byte{0, 1}
					case rgb:
						p.alpha = []byte{0, 1, 0, 2, 0, 3}
					case indexed:
						p.alpha = []byte{0, 100}
					default:
						continue
					}
					all = append(all, p)
				}
			}
		}
	}
	return all
}

func (p parts) String() string { return fmt.Sprintf("%+v, tRNS of %d", p.head, len(p.alpha)) }

func TestSoundPicturesAreThoseOfTheStandardLibrary(t *testing.T) {
	for _, p := range kinds() {
		t.Run(p.String(), func(t *testing.T) {
			b := p.bytes()
			got, err := Decode(bytes.NewReader(b), 1e7)
			if err != nil {
				t.Fatal(err)
			}
			want, err := stdpng.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if reflect.TypeOf(got) != reflect.TypeOf(want) || got.Bounds() != want.Bounds() {
				t.Fatalf("got %T %v, want %T %v", got, got.Bounds(), want, want.Bounds())
			}
			for y := range got.Bounds().Dy() {
				for x := range got.Bounds().Dx() {
					if g, w := got.At(x, y), want.At(x, y); color.NRGBA64Model.Convert(g) != color.NRGBA64Model.Convert(w) {
						t.Fatalf("at %d, %d: got %v, want %v", x, y, g, w)
					}
				}
			}
		})
	}
}

// flag is red above and blue below.
func flag() parts {
	p := parts{head: header{width: 40, height: 300, depth: 8, colour: rgb}}
	for y := range 300 {
		p.rows = append(p.rows, 0)
		for range 40 {
			pixel := []byte{255, 0, 0}
			if y >= 150 {
				pixel = []byte{0, 0, 255}
			}
			p.rows = append(p.rows, pixel...)
		}
	}
	return p
}

// Chromium shows each of these whole.
func TestFaultsThatBrowsersDoNotMind(t *testing.T) {
	p := flag()
	data := deflated(p.rows)
	wrongSum := bytes.Clone(data)
	wrongSum[len(wrongSum)-1] ^= 1
	wrongCRC := idats(data)
	wrongCRC[len(wrongCRC)-1] ^= 1
	ancillary := chunk("gAMA", []byte{0, 0, 0xb1, 0x8f})
	ancillary[len(ancillary)-1] ^= 1
	badAlpha := chunk("tRNS", []byte{0, 255, 0, 0, 0, 0})
	badAlpha[len(badAlpha)-1] ^= 1
	join := func(between []byte, idat []byte, end ...[]byte) []byte {
		b := append([]byte(Signature), p.ihdr()...)
		b = append(append(b, between...), idat...)
		return append(b, bytes.Join(end, nil)...)
	}
	iend := chunk("IEND", nil)
	for name, b := range map[string][]byte{
		"sound":                          join(nil, idats(data), iend),
		"no IEND":                        join(nil, idats(data)),
		"cut within IEND":                join(nil, idats(data), iend[:5]),
		"text behind the end":            join(nil, idats(data), iend, []byte("<html>")),
		"a wrong Adler-32":               join(nil, idats(wrongSum), iend),
		"no Adler-32":                    join(nil, idats(data[:len(data)-4]), iend),
		"a wrong CRC of image data":      join(nil, wrongCRC, iend),
		"a wrong CRC of another chunk":   join(ancillary, idats(data), iend),
		"a tRNS with a wrong CRC":        join(badAlpha, idats(data), iend),
		"more image data than pixels":    join(nil, idats(deflated(append(bytes.Clone(p.rows), make([]byte, 5000)...))), iend),
		"a chunk between the image data": join(nil, idats(data), chunk("tEXt", []byte("a\x00b")), idats([]byte("more")), iend),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Decode(bytes.NewReader(b), 1e7)
			if err != nil {
				t.Fatal(err)
			}
			for y, want := range map[int]color.RGBA{0: {255, 0, 0, 255}, 149: {255, 0, 0, 255}, 150: {0, 0, 255, 255}, 299: {0, 0, 255, 255}} {
				if got := m.At(39, y); got != want {
					t.Errorf("row %d: got %v, want %v", y, got, want)
				}
			}
		})
	}
}

// What is cut short is shown as far as it goes: the rest is transparent, or
// grey.
func TestWhatIsMissing(t *testing.T) {
	clear, middle := color.NRGBA{}, color.NRGBA{128, 128, 128, 255}
	for _, p := range kinds() {
		if p.head.height < 20 || p.head.interlaced {
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			whole, err := Decode(bytes.NewReader(p.bytes()), 1e7)
			if err != nil {
				t.Fatal(err)
			}
			row := 1 + p.head.rowBytes(p.head.width)
			cut := p
			cut.rows = p.rows[:10*row+row/2]
			m, err := Decode(bytes.NewReader(cut.bytes()), 1e7)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := m.At(5, 9), whole.At(5, 9); color.NRGBA64Model.Convert(got) != color.NRGBA64Model.Convert(want) {
				t.Errorf("the last row that is there: got %v, want %v", got, want)
			}
			want := clear
			if p.head.colour == grey && p.alpha == nil || p.head.colour == indexed && p.head.depth == 8 && p.alpha == nil {
				want = middle
			}
			got := color.NRGBAModel.Convert(m.At(5, 22)).(color.NRGBA)
			if want == middle && p.head.colour == indexed {
				want = color.NRGBAModel.Convert(whole.(*image.Paletted).Palette.Convert(color.Gray{128})).(color.NRGBA)
			}
			if got != want && (want != clear || got.A != 0) {
				t.Errorf("a row that is missing: got %v, want %v", got, want)
			}
		})
	}
}

// An indexed picture whose numbers go beyond its colours, or whose transparency
// comes before its palette.
func TestOddPalettes(t *testing.T) {
	p := parts{head: header{width: 4, height: 1, depth: 8, colour: indexed}, rows: []byte{0, 0, 1, 2, 200}}
	b := append([]byte(Signature), p.ihdr()...)
	b = append(b, chunk("tRNS", []byte{7})...)
	b = append(b, chunk("PLTE", []byte{255, 0, 0, 0, 255, 0})...)
	b = append(b, idats(deflated(p.rows))...)
	m, err := Decode(bytes.NewReader(b), 1e7)
	if err != nil {
		t.Fatal(err)
	}
	green := color.RGBA{0, 255, 0, 255}
	for x, want := range []color.Color{color.RGBA{255, 0, 0, 255}, green, green, green} {
		if got := m.At(x, 0); got != want {
			t.Errorf("pixel %d: got %v, want %v", x, got, want)
		}
	}
}

// Image data that other chunks interrupt.
func TestInterruptedData(t *testing.T) {
	p := flag()
	whole, err := Decode(bytes.NewReader(p.bytes()), 1e7)
	if err != nil {
		t.Fatal(err)
	}
	b := append([]byte(Signature), p.ihdr()...)
	for i, part := range slices.Collect(slices.Chunk(deflated(p.rows), 20)) {
		b = append(append(b, chunk("IDAT", part)...), chunk("tEXt", bytes.Repeat([]byte("words"), i))...)
	}
	m, err := Decode(bytes.NewReader(append(b, chunk("IEND", nil)...)), 1e7)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, whole) {
		t.Error("the picture differs")
	}
}

func TestWhatIsNoPicture(t *testing.T) {
	p := flag()
	data := idats(deflated(p.rows))
	indexedHead := parts{head: header{width: 4, height: 4, depth: 8, colour: indexed}}
	wrongPalette := chunk("PLTE", []byte{1, 2, 3})
	wrongPalette[len(wrongPalette)-1] ^= 1
	for name, b := range map[string][]byte{
		"nothing":               nil,
		"a signature":           []byte(Signature),
		"a header":              append([]byte(Signature), p.ihdr()...),
		"no row":                append(append([]byte(Signature), p.ihdr()...), data[:12]...),
		"no zlib":               append(append([]byte(Signature), p.ihdr()...), chunk("IDAT", []byte("plain words"))...),
		"no image data":         append(append([]byte(Signature), p.ihdr()...), chunk("IEND", nil)...),
		"no palette":            append(append([]byte(Signature), indexedHead.ihdr()...), data...),
		"a wrong CRC of a PLTE": append(append(append([]byte(Signature), indexedHead.ihdr()...), wrongPalette...), data...),
		"a depth of 3":          append(append([]byte(Signature), parts{head: header{width: 4, height: 4, depth: 3, colour: grey}}.ihdr()...), data...),
		"a colour type of 5":    append(append([]byte(Signature), parts{head: header{width: 4, height: 4, depth: 8, colour: 5}}.ihdr()...), data...),
		"a width of 0":          append(append([]byte(Signature), parts{head: header{width: 0, height: 4, depth: 8, colour: grey}}.ihdr()...), data...),
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := Decode(bytes.NewReader(b), 1e7); err == nil {
				t.Errorf("got %v, want an error", m.Bounds())
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range kinds() {
		f.Add(p.bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(bytes.NewReader(b), 1e7)
		if err != nil {
			return
		}
		// What decodes can be looked at everywhere, and is what a strict decoder
		// makes of it.
		for y := range m.Bounds().Dy() {
			m.At(m.Bounds().Dx()-1, y).RGBA()
		}
		want, err := stdpng.Decode(bytes.NewReader(b))
		if err == nil && want.Bounds() != m.Bounds() {
			t.Errorf("got %v, want %v", m.Bounds(), want.Bounds())
		}
	})
}
