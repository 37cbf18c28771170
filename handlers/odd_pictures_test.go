//go:build nodynamic

package handlers_test

import (
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"strings"
	"testing"

	"postern/media/codec/icc/icctest"
	"postern/media/picture"
)

// pngChunkOf is a chunk; what is wrong with it is up to the test.
func pngChunkOf(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// oddPNG is red above and green below, 60 by 600 pixels, with chunks before and
// behind its image data, more rows than it says, and a wrong Adler-32.
func oddPNG(before, behind []byte, extraRows int) []byte {
	var rows []byte
	for y := range 600 + extraRows {
		rows = append(rows, 0)
		pixel := []byte{220, 0, 0}
		if y >= 300 {
			pixel = []byte{0, 220, 0}
		}
		rows = append(rows, bytes.Repeat(pixel, 60)...)
	}
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	_, _ = z.Write(rows) // a Buffer never fails
	z.Close()
	data.Bytes()[data.Len()-1] ^= 1
	head := pngChunkOf("IHDR", []byte{0, 0, 0, 60, 0, 0, 2, 88, 8, 2, 0, 0, 0})
	return bytes.Join([][]byte{[]byte("\x89PNG\r\n\x1a\n"), head, before, pngChunkOf("IDAT", data.Bytes()), behind}, nil)
}

// oddGIF is one frame of red above and green below on a screen.
func oddGIF(screen, size image.Point, pixels int) []byte {
	b := []byte("GIF89a")
	for _, n := range []int{screen.X, screen.Y} {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	b = append(b, 0x80, 0, 0, 220, 0, 0, 0, 220, 0, 0x2c, 0, 0, 0, 0)
	for _, n := range []int{size.X, size.Y} {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	b = append(b, 0, 2)
	var data bytes.Buffer
	w := lzw.NewWriter(&data, lzw.LSB, 2)
	for i := range pixels {
		_, _ = w.Write([]byte{byte(min(1, i*2/(size.X*size.Y)))})
	}
	w.Close()
	for block := data.Bytes(); len(block) > 0; block = block[min(255, len(block)):] {
		n := min(255, len(block))
		b = append(append(b, byte(n)), block[:n]...)
	}
	return append(b, 0, 0x3b)
}

// orientationChunk is an eXIf chunk that says turn by a quarter.
func orientationChunk() []byte {
	return pngChunkOf("eXIf", []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"))
}

// Files that every browser shows are taken, and shown as there: what is there, and
// transparent or grey what is missing. Sizes and colours are Chromium's.
func TestWhatBrowsersShowIsTaken(t *testing.T) {
	t.Parallel()
	end := pngChunkOf("IEND", nil)
	wrongSum := pngChunkOf("gAMA", []byte{0, 0, 0xb1, 0x8f})
	wrongSum[len(wrongSum)-1] ^= 1
	whole := oddPNG(nil, end, 0)
	gifs := image.Pt(60, 600)
	red, green, none := color.NRGBA{220, 0, 0, 255}, color.NRGBA{0, 220, 0, 255}, color.NRGBA{}
	grey := color.NRGBA{128, 128, 128, 255}
	tests := []struct {
		name, file    string
		data          []byte
		width, height int
		top, bottom   color.NRGBA // of the square in the middle
	}{
		{"a wrong Adler-32", "a.png", whole, 60, 600, red, green},
		{"no end", "a.png", oddPNG(nil, nil, 0), 60, 600, red, green},
		{"more image data than pixels", "a.png", oddPNG(nil, end, 50), 60, 600, red, green},
		{"a wrong checksum of an ancillary chunk", "a.png", oddPNG(wrongSum, end, 0), 60, 600, red, green},
		{"an orientation before the image data", "a.png", oddPNG(orientationChunk(), end, 0), 600, 60, green, green},
		{"an orientation behind the image data", "a.png", oddPNG(nil, append(orientationChunk(), end...), 0), 60, 600, red, green},
		{"a GIF larger than its screen", "a.gif", oddGIF(image.Pt(20, 20), gifs, 36000), 60, 600, red, green},
		{"a GIF without a screen", "a.gif", oddGIF(image.Pt(0, 0), gifs, 36000), 60, 600, red, green},
		{"a GIF of too many pixels", "a.gif", oddGIF(gifs, gifs, 40000), 60, 600, red, green},
		{"a GIF of too few pixels", "a.gif", oddGIF(gifs, gifs, 18000), 60, 600, red, none},
		{"a JPEG that is cut short", "a.jpg", halfOfAJPEG(t), 60, 600, red, grey},
	}
	s := newSite(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.upload(test.file, test.data)
			if a.StatusCode != 200 {
				t.Fatalf("%d %s", a.StatusCode, a.body)
			}
			m := a.image(t)
			if m["width"] != float64(test.width) || m["height"] != float64(test.height) {
				t.Errorf("%v x %v, want %d x %d", m["width"], m["height"], test.width, test.height)
			}
			stored := s.read(strings.TrimPrefix(text(m["thumb"].(map[string]any), "url"), s.URL+"/"))
			thumb := decodeWhole(t, stored)
			b := thumb.Bounds().Inset(8)
			for _, at := range []struct {
				y    int
				want color.NRGBA
			}{{b.Min.Y, test.top}, {b.Max.Y - 1, test.bottom}} {
				x := b.Min.X
				if test.width > test.height {
					x = b.Min.X // it was turned to the right: what was below is on the left
				}
				got := color.NRGBAModel.Convert(thumb.At(x, at.y)).(color.NRGBA)
				if !near(got, at.want) {
					t.Errorf("the thumb at %d, %d is %v, want %v", x, at.y, got, at.want)
				}
			}
		})
	}
}

func near(a, b color.NRGBA) bool {
	if a.A == 0 && b.A == 0 {
		return true
	}
	close := func(x, y uint8) bool { return x-y <= 12 || y-x <= 12 }
	return close(a.R, b.R) && close(a.G, b.G) && close(a.B, b.B) && close(a.A, b.A)
}

// halfOfAJPEG has half of the bytes of a picture that is red above.
func halfOfAJPEG(t *testing.T) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 60, 600))
	draw.Draw(m, m.Rect, image.NewUniform(color.NRGBA{220, 0, 0, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	scan := bytes.Index(b.Bytes(), []byte{0xff, 0xda})
	return b.Bytes()[:scan+(b.Len()-scan)/2]
}

// What is stored of an odd picture shows the same in a strict decoder, too, once it
// was resized.
func TestOddPicturesAreResized(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.upload("a.gif", oddGIF(image.Pt(20, 20), image.Pt(60, 600), 30000), "width", "30").image(t)
	stored := s.read(strings.TrimPrefix(text(m, "url"), s.URL+"/"))
	if g, err := gif.Decode(bytes.NewReader(stored)); err != nil || g.Bounds().Dx() != 30 {
		t.Errorf("got %v, %v", g, err)
	}
}

// A grey picture stays as light as it is: its profile goes with all that is made of
// it. That of inks is used up.
func TestProfilesOfGreyAndOfInks(t *testing.T) {
	t.Parallel()
	curve := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x01\xcd") // a power of 1.8
	profile := icctest.Profile(4, "GRAY", "XYZ ", nil, []icctest.Tag{{Name: "kTRC", Data: curve}})
	grey := image.NewGray(image.Rect(0, 0, 900, 700))
	for i := range grey.Pix {
		grey.Pix[i] = byte(i / 3000)
	}
	s := newSite(t)
	for _, format := range []picture.Format{picture.JPEG, picture.PNG} {
		var b bytes.Buffer
		if err := picture.Encode(&b, grey, format, picture.Options{ICC: profile}); err != nil {
			t.Fatal(err)
		}
		for _, fields := range [][]string{nil, {"width", "600"}} {
			m := s.upload("a."+string(format), b.Bytes(), fields...).image(t)
			for _, url := range []string{text(m, "url"), text(m["thumb"].(map[string]any), "url"), text(m["medium"].(map[string]any), "url")} {
				data := s.read(strings.TrimPrefix(url, s.URL+"/"))
				r := bytes.NewReader(data)
				c, err := picture.ReadConfig(r, r.Size())
				if err != nil {
					t.Fatal(err)
				}
				if got := picture.ICC(r, r.Size(), c); !bytes.Contains(got, curve) {
					t.Errorf("%s %v: %s has a profile of %d bytes, want one with the curve of the upload's", format, fields, url, len(got))
				}
				if _, ok := decodeWhole(t, data).(*image.Gray); !ok {
					t.Errorf("%s %v: %s is not grey", format, fields, url)
				}
			}
		}
	}
}
