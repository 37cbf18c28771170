package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readConfig(b []byte) (Config, error) {
	return ReadConfig(bytes.NewReader(b), int64(len(b)))
}

// decodeBytes decodes b in full size, as its own headers say.
func decodeBytes(b []byte) (image.Image, error) {
	c, err := readConfig(b)
	if err != nil {
		return nil, err
	}
	return Decode(context.Background(), bytes.NewReader(b), int64(len(b)), c, c.Width, c.Height)
}

func mustDecode(t testing.TB, b []byte) image.Image {
	t.Helper()
	m, err := decodeBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustEncode(t testing.TB, m image.Image, f Format, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, m, f, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scene is a picture of soft, saturated colours in which no two corners are
// alike.
func scene(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := float64(x)/float64(width), float64(y)/float64(height)
			m.SetNRGBA(x, y, color.NRGBA{
				R: uint8(255 * u),
				G: uint8(255 * v),
				B: uint8(255 * (1 - u) * (1 - v)),
				A: 255,
			})
		}
	}
	return m
}

// withHole is a scene whose centre is transparent.
func withHole(width, height int) *image.NRGBA {
	m := scene(width, height)
	for y := height / 4; y < height*3/4; y++ {
		for x := width / 4; x < width*3/4; x++ {
			m.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	return m
}

// distance is the root of the mean square of the difference of all samples.
func distance(t testing.TB, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("sizes differ: %v and %v", a.Bounds(), b.Bounds())
	}
	m, n := toNRGBA(a), toNRGBA(b)
	sum := 0.0
	for y := range m.Rect.Dy() {
		p, q := nrgbaRow(m, y), nrgbaRow(n, y)
		for i := range p {
			d := float64(p[i]) - float64(q[i])
			sum += d * d
		}
	}
	return math.Sqrt(sum / float64(4*m.Rect.Dx()*m.Rect.Dy()))
}

func alphaAt(m image.Image, x, y int) uint8 {
	return color.NRGBAModel.Convert(m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y)).(color.NRGBA).A
}

// The rest builds files by hand.

func pngFile(chunks ...[]byte) []byte {
	return concat(append([][]byte{[]byte(pngSignature)}, chunks...)...)
}

func makePNGChunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind...)
	b = append(b, data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func ihdr(width, height uint32, depth, colourType byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, width)
	b = binary.BigEndian.AppendUint32(b, height)
	return makePNGChunk("IHDR", append(b, depth, colourType, 0, 0, 0))
}

// afterIHDR puts a chunk into a PNG, behind its header.
func afterIHDR(png, chunk []byte) []byte {
	const end = 8 + 25
	return concat(png[:end], chunk, png[end:])
}

func gifHead(width, height int) []byte {
	b := binary.LittleEndian.AppendUint16([]byte("GIF89a"), uint16(width))
	b = binary.LittleEndian.AppendUint16(b, uint16(height))
	return append(b, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff) // two colours
}

// gifFrame is a frame with the LZW data of a single pixel of colour 1.
func gifFrame(x, y, width, height int) []byte {
	b := []byte{0x2c}
	for _, v := range []int{x, y, width, height} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return append(b, 0, 2, 2, 0x4c, 0x01, 0)
}

func webpFile(chunks ...[]byte) []byte {
	body := concat(chunks...)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(body)))
	return concat(b, []byte("WEBP"), body)
}

func riffChunk(kind string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	b = append(b, data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func vp8x(flags byte, width, height int) []byte {
	b := make([]byte, 10)
	b[0] = flags
	putUint24(b[4:], width-1)
	putUint24(b[7:], height-1)
	return riffChunk("VP8X", b)
}

func anmf(x, y, width, height int, chunks ...[]byte) []byte {
	b := make([]byte, 16)
	putUint24(b, x/2)
	putUint24(b[3:], y/2)
	putUint24(b[6:], width-1)
	putUint24(b[9:], height-1)
	return riffChunk("ANMF", concat(append([][]byte{b}, chunks...)...))
}

// bitstreamOf returns the chunk with the picture of a WebP that has no VP8X.
func bitstreamOf(webp []byte) []byte { return webp[12:] }

func bmpFile(width, height int32, bits uint16, compression uint32, pixels int) []byte {
	b := make([]byte, 54+pixels)
	copy(b, "BM")
	binary.LittleEndian.PutUint32(b[10:], 54)
	binary.LittleEndian.PutUint32(b[14:], 40)
	binary.LittleEndian.PutUint32(b[18:], uint32(width))
	binary.LittleEndian.PutUint32(b[22:], uint32(height))
	binary.LittleEndian.PutUint16(b[26:], 1)
	binary.LittleEndian.PutUint16(b[28:], bits)
	binary.LittleEndian.PutUint32(b[30:], compression)
	return b
}

// withISPE returns an AVIF whose container tells another size.
func withISPE(t testing.TB, avif []byte, width, height uint32) []byte {
	t.Helper()
	b := bytes.Clone(avif)
	i := bytes.Index(b, []byte("ispe"))
	if i < 0 {
		t.Fatal("no ispe")
	}
	binary.BigEndian.PutUint32(b[i+8:], width)
	binary.BigEndian.PutUint32(b[i+12:], height)
	return b
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

const pngSignature = "\x89PNG\r\n\x1a\n"

// nrgbaRow returns the bytes of row y, counted from the top.
func nrgbaRow(m *image.NRGBA, y int) []byte {
	i := m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y+y)
	return m.Pix[i : i+4*m.Rect.Dx()]
}
