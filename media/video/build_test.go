package video

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

var be = binary.BigEndian

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func zeros(n int) []byte { return make([]byte, n) }

// mp4Box writes a box.
func mp4Box(kind string, contents ...[]byte) []byte {
	c := join(contents...)
	return join(be.AppendUint32(nil, uint32(8+len(c))), []byte(kind), c)
}

// longBox writes a box with a size of 64 bits.
func longBox(kind string, contents ...[]byte) []byte {
	c := join(contents...)
	return join([]byte{0, 0, 0, 1}, []byte(kind), be.AppendUint64(nil, uint64(16+len(c))), c)
}

// endlessBox writes a box that reaches to the end of the file.
func endlessBox(kind string, contents ...[]byte) []byte {
	return join(zeros(4), []byte(kind), join(contents...))
}

// words writes numbers of 32 bits.
func words(v ...uint32) []byte {
	var b []byte
	for _, w := range v {
		b = be.AppendUint32(b, w)
	}
	return b
}

// typed writes a file type box.
func typed(brand string, compatible ...string) []byte {
	c := join([]byte(brand), zeros(4))
	for _, s := range compatible {
		c = append(c, s...)
	}
	return mp4Box("ftyp", c)
}

// unturned is the matrix that changes nothing, in 16.16 and 2.30 fixed point.
var unturned = [9]uint32{1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30}

// testTrack describes a video track of ten samples of one byte each, the first
// and the sixth of them key frames, in a time scale of 1000.
type testTrack struct {
	handler        string
	format         string
	flags          uint32
	width, height  int
	shownW, shownH uint32
	matrix         [9]uint32
	duration       uint32
	extensions     []byte // boxes in the sample entry
	edits          []byte // contents of elst, none if nil
	tables         []byte // instead of the usual ones
	offset         uint32 // file offset of the samples
}

func videoTrack() testTrack {
	return testTrack{
		handler: "vide", format: "vp09", flags: 1, width: 64, height: 48, shownW: 64, shownH: 48,
		matrix: unturned, duration: 1000,
	}
}

func (t testTrack) box() []byte {
	tables := t.tables
	if tables == nil {
		tables = join(
			mp4Box("stts", words(0, 1, 10, 100)),
			mp4Box("stss", words(0, 2, 1, 6)),
			mp4Box("stsc", words(0, 1, 1, 10, 1)),
			mp4Box("stsz", words(0, 1, 10)),
			mp4Box("stco", words(0, 1, t.offset)),
		)
	}
	entry := join(zeros(24), be.AppendUint16(nil, uint16(t.width)), be.AppendUint16(nil, uint16(t.height)), zeros(50), t.extensions)
	header := join(words(t.flags, 0, 0, 1, 0, t.duration), zeros(16), words(t.matrix[:]...), words(t.shownW<<16, t.shownH<<16))
	var edits []byte
	if t.edits != nil {
		edits = mp4Box("edts", mp4Box("elst", t.edits))
	}
	return mp4Box("trak",
		mp4Box("tkhd", header),
		edits,
		mp4Box("mdia",
			mp4Box("mdhd", words(0, 0, 0, 1000, t.duration, 0)),
			mp4Box("hdlr", words(0, 0), []byte(t.handler), zeros(13)),
			mp4Box("minf", mp4Box("hdlr", words(0, 0), []byte("alis"), zeros(13)),
				mp4Box("stbl", mp4Box("stsd", words(0, 1), mp4Box(t.format, entry)), tables))),
	)
}

// movieHeader writes mvhd with a time scale of 600.
func movieHeader(duration uint32, matrix [9]uint32) []byte {
	return mp4Box("mvhd", words(0, 0, 0, 600, duration, 1<<16), zeros(12), words(matrix[:]...), zeros(28))
}

// testMovie writes an MP4 of tracks whose samples are at its end.
func testMovie(tracks ...testTrack) []byte {
	build := func(offset uint32) []byte {
		c := movieHeader(0, unturned)
		for _, t := range tracks {
			t.offset = offset
			c = append(c, t.box()...)
		}
		return join(typed("isom"), mp4Box("moov", c))
	}
	return join(build(uint32(len(build(0))+8)), mp4Box("mdat", []byte("abcdefghij")))
}

// ebml writes an EBML element.
func ebml(id uint32, contents ...[]byte) []byte {
	c := join(contents...)
	return join(elementID(id), vint(uint64(len(c)), 4), c)
}

// unsized writes an EBML element whose size is not told.
func unsized(id uint32, contents ...[]byte) []byte {
	return join(elementID(id), []byte{0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, join(contents...))
}

func elementID(id uint32) []byte {
	b := be.AppendUint32(nil, id)
	return b[bits.LeadingZeros32(id)/8:]
}

// vint writes a variable-size integer in n bytes.
func vint(v uint64, n int) []byte {
	b := be.AppendUint64(nil, v|1<<(7*n))
	return b[8-n:]
}

func number(id uint32, v uint64) []byte { return ebml(id, be.AppendUint64(nil, v)) }

func ebmlHeader(docType string) []byte {
	return ebml(idEBML, ebml(idDocType, []byte(docType)))
}

// simpleBlock writes a block of track 1.
func simpleBlock(ticks int16, flags byte, data ...byte) []byte {
	return ebml(idSimpleBlock, []byte{0x81}, be.AppendUint16(nil, uint16(ticks)), []byte{flags}, data)
}

// videoEntry writes a track entry of VP9 of 64x48 pixels.
func videoEntry(video []byte, more ...[]byte) []byte {
	return ebml(idTrackEntry, number(idTrackNumber, 1), number(idTrackType, 1),
		ebml(idCodecID, []byte("V_VP9")), join(more...),
		ebml(idVideo, number(idPixelWidth, 64), number(idPixelHeight, 48), video))
}

// testSegment writes a WebM with the given parts in its segment.
func testSegment(parts ...[]byte) []byte {
	return join(ebmlHeader("webm"), ebml(idSegment, parts...))
}

// lastingInfo is an Info element with a duration in milliseconds.
func lastingInfo(ms uint64) []byte {
	return ebml(idInfo, ebml(idDuration, be.AppendUint64(nil, math.Float64bits(float64(ms)))))
}
