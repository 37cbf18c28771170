package picture

import (
	"bytes"
	"encoding/binary"
	"testing"

	"postern/media/codec/heif"
)

// isoBox is a box of a container.
func isoBox(kind string, content ...[]byte) []byte {
	body := concat(content...)
	return concat(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), []byte(kind), body)
}

func fullBox(kind string, version byte, content ...[]byte) []byte {
	return isoBox(kind, append([][]byte{{version, 0, 0, 0}}, content...)...)
}

func be16(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

// heicParts are what a container of one coded item is made of.
type heicParts struct {
	hvcC, data    []byte
	width, height int
	properties    [][]byte // besides hvcC and ispe
}

// partsOf takes a HEIC of one coded item apart.
func partsOf(t testing.TB, b []byte) heicParts {
	t.Helper()
	p, err := heif.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	it := p.Item(p.Primary)
	hvcC := p.Property(it, "hvcC")
	if it == nil || hvcC.Kind == "" || len(it.Extents) != 1 {
		t.Fatalf("not a HEIC of one item: %+v", p)
	}
	e := it.Extents[0]
	return heicParts{
		hvcC: b[hvcC.Offset:hvcC.End()], data: b[e.Offset : e.Offset+e.Length],
		width: p.Width, height: p.Height,
	}
}

// file puts a container together.
func (h heicParts) file() []byte {
	properties := concat(
		isoBox("hvcC", h.hvcC), fullBox("ispe", 0, be32(h.width), be32(h.height)), concat(h.properties...))
	indices := []byte{}
	for i := range 2 + len(h.properties) {
		indices = append(indices, byte(i+1))
	}
	head := isoBox("ftyp", []byte("heic\x00\x00\x00\x00mif1heic"))
	meta := func(at int) []byte {
		return fullBox("meta", 0,
			fullBox("hdlr", 0, []byte("\x00\x00\x00\x00pict"), make([]byte, 13)),
			fullBox("pitm", 0, be16(1)),
			fullBox("iloc", 0, []byte{0x44, 0}, be16(1), be16(1), be16(0), be16(1), be32(at), be32(len(h.data))),
			fullBox("iinf", 0, be16(1), fullBox("infe", 2, be16(1), be16(0), []byte("hvc1\x00"))),
			isoBox("iprp", isoBox("ipco", properties),
				fullBox("ipma", 0, be32(1), be16(1), []byte{byte(len(indices))}, indices)))
	}
	at := len(head) + len(meta(0)) + 8
	return concat(head, meta(at), isoBox("mdat", h.data))
}
