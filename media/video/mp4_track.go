package video

import (
	"encoding/binary"
	"fmt"
	"math"
)

// maxMediaTime bounds times, so that two of them can be added.
const maxMediaTime = 1 << 62

// maxDepth is how deep the boxes of a track lie: trak, mdia, minf, stbl.
const maxDepth = 3

// track is a track of a movie. Its tables are left in the file.
type track struct {
	id                  uint32
	enabled             bool
	handler             fourCC
	matrix              matrix
	width, height       uint32 // presented, 16.16 fixed point
	timescale, duration uint64 // of the media; duration 0 when not told

	edits        box // elst
	descriptions box // stsd
	times        box // stts
	compositions box // ctts
	keys         box // stss
	sizes        box // stsz or stz2
	chunkRuns    box // stsc
	chunks       box // stco or co64

	defaults sampleDefaults // for fragments
}

func (t *track) isVideo() bool { return t.handler.String() == "vide" }
func (t *track) isAudio() bool { return t.handler.String() == "soun" }

// read reads the boxes in parent.
func (t *track) read(in *reader, parent box, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: boxes nested too deep", ErrDamaged)
	}
	for b, err := range in.children(parent) {
		if err != nil {
			return err
		}
		switch b.kind.String() {
		case "mdia", "minf", "stbl", "edts":
			err = t.read(in, b, depth+1)
		case "tkhd":
			err = t.readHeader(in, b)
		case "mdhd":
			err = t.readMediaHeader(in, b)
		case "hdlr":
			// QuickTime has another one in minf, which says where the data is.
			if parent.kind.String() == "mdia" {
				err = t.readHandler(in, b)
			}
		default:
			t.keepTable(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *track) keepTable(b box) {
	switch b.kind.String() {
	case "elst":
		t.edits = b
	case "stsd":
		t.descriptions = b
	case "stts":
		t.times = b
	case "ctts":
		t.compositions = b
	case "stss":
		t.keys = b
	case "stsz", "stz2":
		t.sizes = b
	case "stsc":
		t.chunkRuns = b
	case "stco", "co64":
		t.chunks = b
	}
}

// readHeader reads tkhd: ISO/IEC 14496-12, 8.3.2.
func (t *track) readHeader(in *reader, b box) error {
	c, version, err := in.versioned(b, 84, 96)
	if err != nil {
		return err
	}
	t.enabled = c[3]&1 != 0
	t.id = binary.BigEndian.Uint32(c[12:])
	if version > 0 {
		t.id = binary.BigEndian.Uint32(c[20:])
	}
	c = c[len(c)-44:]
	t.matrix = readMatrix(c)
	t.width, t.height = binary.BigEndian.Uint32(c[36:]), binary.BigEndian.Uint32(c[40:])
	return nil
}

func (t *track) readMediaHeader(in *reader, b box) error {
	c, version, err := in.versioned(b, 20, 32)
	if err == nil {
		t.timescale, t.duration = readTimes(c[4:], version)
	}
	return err
}

func (t *track) readHandler(in *reader, b box) error {
	c, err := in.head(b, 12)
	if err == nil {
		t.handler = fourCC(c[8:12])
	}
	return err
}

// matrix is the part of a transformation matrix that turns and mirrors: a, b,
// c, d in 16.16 fixed point.
type matrix [4]int32

func readMatrix(c []byte) matrix {
	at := func(i int) int32 { return int32(binary.BigEndian.Uint32(c[i:])) }
	return matrix{at(0), at(4), at(12), at(16)}
}

// orientation returns what a track's and its movie's matrix do to the picture:
// mirror it left to right, then turn it clockwise.
func orientation(track, movie matrix) (mirrored bool, rotation int) {
	if movie == (matrix{}) { // left out by some writers
		movie = matrix{1 << 16, 0, 0, 1 << 16}
	}
	at := func(m matrix, i int) float64 { return float64(m[i]) }
	entry := func(row, column int) float64 {
		return at(track, 2*row)*at(movie, column) + at(track, 2*row+1)*at(movie, 2+column)
	}
	a, b, c, d := entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)
	if a*d-b*c < 0 {
		mirrored, a, b = true, -a, -b
	}
	return mirrored, quarterTurns(math.Atan2(b, a) * 180 / math.Pi)
}
