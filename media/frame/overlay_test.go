//go:build linux

package frame

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"slices"
	"testing"

	"postern/media/codec/heif"
	"postern/media/metadata"
	"postern/media/picture"
)

// overlay is a HEIC of one picture on a canvas, which is green where the picture is not
// (ISO/IEC 23008-12, 6.6.2.2), and with words behind the fields of the canvas.
func overlay(t *testing.T, canvas image.Point, at image.Point, words string) []byte {
	t.Helper()
	file, err := os.ReadFile("../picture/testdata/small.heic")
	if err != nil {
		t.Fatal(err)
	}
	p, err := heif.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	it := p.Item(p.Primary)
	hvcC, e := p.Property(it, "hvcC"), it.Extents[0]
	coded := file[e.Offset : e.Offset+e.Length]
	be16 := func(values ...int) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		}
		return b
	}
	be32 := func(values ...int) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		return b
	}
	box := func(kind string, content ...[]byte) []byte {
		body := slices.Concat(content...)
		return slices.Concat(be32(8+len(body)), []byte(kind), body)
	}
	full := func(kind string, version int, content ...[]byte) []byte {
		return box(kind, append([][]byte{be32(version << 24)}, content...)...)
	}
	drawn := slices.Concat(be16(0, 0, 0xffff, 0, 0xffff), be16(canvas.X, canvas.Y), be16(at.X, at.Y), []byte(words))
	head := box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic"))
	meta := func(start int) []byte {
		return full("meta", 0,
			full("hdlr", 0, []byte("\x00\x00\x00\x00pict"), make([]byte, 13)), full("pitm", 0, be16(2)),
			full("iloc", 0, []byte{0x44, 0}, be16(2), be16(1, 0, 1), be32(start, len(coded)), be16(2, 0, 1), be32(start+len(coded), len(drawn))),
			full("iinf", 0, be16(2), full("infe", 2, be16(1, 0), []byte("hvc1\x00")), full("infe", 2, be16(2, 0), []byte("iovl\x00"))),
			full("iref", 0, box("dimg", be16(2, 1, 1))),
			box("iprp", box("ipco", box("hvcC", file[hvcC.Offset:hvcC.End()]), full("ispe", 0, be32(p.Width, p.Height)), full("ispe", 0, be32(canvas.X, canvas.Y))),
				full("ipma", 0, be32(2), be16(1), []byte{2, 1, 2}, be16(2), []byte{1, 3})))
	}
	return slices.Concat(head, meta(len(head)+len(meta(0))+8), box("mdat", coded, drawn))
}

// TestOverlays has a picture on a canvas, before and after words behind its fields went.
func TestOverlays(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	stillOf(t, l, "small.heic") // skips the test without a program
	const words = "HAUPTSTRASSE-17"
	data := overlay(t, image.Pt(160, 120), image.Pt(32, 16), words)
	var out bytes.Buffer
	if changed, err := metadata.Strip(&out, bytes.NewReader(data), int64(len(data)), metadata.HEIC, metadata.Private); err != nil || !changed {
		t.Fatalf("stripped: %t, %v", changed, err)
	}
	if bytes.Contains(out.Bytes(), []byte(words)) {
		t.Error("the words are still there")
	}
	b, err := os.ReadFile("../picture/testdata/small.png")
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"as sent": data, "as stored": out.Bytes()} {
		r := bytes.NewReader(data)
		c, err := picture.ReadConfig(r, r.Size())
		if err != nil || c.Width != 160 || c.Height != 120 {
			t.Fatalf("%s: %dx%d, %v", name, c.Width, c.Height, err)
		}
		m, _, err := l.Still(t.Context(), r, r.Size(), c, c.Width, c.Height)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantColour(t, name, m, 8, 8, color.NRGBA{0, 255, 0, 255}, 24)
		for _, at := range []image.Point{{6, 60}, {48, 40}, {88, 60}} {
			wantColour(t, name, m, 32+at.X, 16+at.Y, color.NRGBAModel.Convert(want.At(at.X, at.Y)).(color.NRGBA), 48)
		}
	}
}
