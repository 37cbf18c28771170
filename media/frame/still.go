package frame

import (
	"encoding/binary"
	"slices"
)

// still wraps a key frame of HEVC or AV1 as a picture of HEIF (ISO/IEC 23008-12)
// with this frame as its only item.
func still(j job) []byte {
	kind, brand, config := "hvc1", "heic", "hvcC"
	if j.key.Codec == "av1" {
		kind, brand, config = "av01", "avif", "av1C"
	}
	data := j.key.Data[0]
	meta := func(offset int) []byte {
		return fullBox("meta", 0,
			fullBox("hdlr", 0, zeros(4), []byte("pict"), zeros(12), zeros(1)),
			fullBox("pitm", 0, be16(1)),
			fullBox("iinf", 0, be16(1), fullBox("infe", 2<<24, be16(1), be16(0), []byte(kind), zeros(1))),
			box("iprp",
				box("ipco",
					box(config, j.key.Config),
					fullBox("ispe", 0, be32(j.size.X), be32(j.size.Y)),
					box("colr", []byte("nclx"), be16(2), be16(2), be16(j.colour.matrix), []byte{j.colour.rangeFlag()})),
				fullBox("ipma", 0, be32(1), be16(1), []byte{3, 0x80 | 1, 2, 3})),
			fullBox("iloc", 0, []byte{0x44, 0}, be16(1), be16(1), be16(0), be16(1), be32(offset), be32(len(data))),
		)
	}
	head := box("ftyp", []byte(brand), zeros(4), []byte("mif1"), []byte(brand))
	offset := len(head) + len(meta(0)) + 8
	return slices.Concat(head, meta(offset), box("mdat", data))
}

// rangeFlag is full_range_flag where it has a byte of its own.
func (c colour) rangeFlag() byte {
	if c.fullRange {
		return 0x80
	}
	return 0
}

func box(kind string, content ...[]byte) []byte {
	body := slices.Concat(content...)
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(b, kind...), body...)
}

func fullBox(kind string, version int, content ...[]byte) []byte {
	return box(kind, append([][]byte{be32(version)}, content...)...)
}

func zeros(n int) []byte { return make([]byte, n) }

func be16(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }

func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
