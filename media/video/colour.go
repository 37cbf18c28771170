package video

import (
	"encoding/binary"
	"image"
)

// Colour is what a video tells of how its samples stand for colours.
type Colour struct {
	// Matrix is the number that Rec. ITU-T H.273, table 4, gives the way from
	// colours to luma and chroma: 1 for BT.709, 5 and 6 for BT.601. It is 0 or
	// 2 where nothing is told.
	Matrix int
	// RGB is whether the samples are green, blue and red, each of full size: the
	// matrix of number 0. Only the frame itself tells that, not its container.
	RGB bool
	// RangeTold is whether FullRange means anything: that all values of a
	// sample are used, and not those from 16 to 235 alone.
	RangeTold, FullRange bool
}

// header is what the key frame itself tells.
type header struct {
	colour Colour
	size   image.Point // of the decoded frame; zero where it is not told
}

// Colour returns what the key frame itself tells: the video usability
// information of H.264 and HEVC, the headers of VP9 and AV1. VP8 is of BT.601.
func (k *KeyFrame) Colour() Colour { return k.header().colour }

// Size returns how many pixels the key frame itself says to have, which may be
// more than the container shows, or others. It is zero where nothing is told.
func (k *KeyFrame) Size() image.Point { return k.header().size }

func (k *KeyFrame) header() header {
	switch k.Codec {
	case "h264":
		return k.parameterSet(readAVCConfig, isAVCParameters, avcHeader)
	case "hevc":
		return k.parameterSet(readHEVCConfig, isHEVCParameters, hevcHeader)
	case "vp8":
		return vp8Header(k.Data[0])
	case "vp9":
		return vp9Header(k.Data[0])
	case "av1":
		for _, units := range [][]byte{k.Data[0], k.av1Prefix()} {
			if h, ok := av1Header(units); ok {
				return h
			}
		}
	}
	return header{}
}

func isAVCParameters(unit []byte) bool  { return unit[0]&31 == 7 }
func isHEVCParameters(unit []byte) bool { return unit[0]>>1&63 == 33 }

// parameterSet reads the first sequence parameter set, from the configuration
// or else from the frame.
func (k *KeyFrame) parameterSet(readConfig func([]byte) ([][]byte, int, error), isSet func([]byte) bool, read func([]byte) header) header {
	units, lengthSize, err := readConfig(k.Config)
	if err != nil {
		return header{}
	}
	for _, unit := range units {
		if len(unit) > 2 && isSet(unit) {
			return read(unescape(unit))
		}
	}
	for rest := k.Data[0]; len(rest) > 0; {
		var unit []byte
		if unit, rest, err = cutUnit(rest, lengthSize); err != nil {
			return header{}
		}
		if len(unit) > 2 && isSet(unit) {
			return read(unescape(unit))
		}
	}
	return header{}
}

// unescape takes out the bytes that keep start codes out of a NAL unit (H.264
// and H.265, 7.4.1.1).
func unescape(unit []byte) []byte {
	out := make([]byte, 0, len(unit))
	for i, b := range unit {
		if b == 3 && i >= 2 && unit[i-1] == 0 && unit[i-2] == 0 {
			continue
		}
		out = append(out, b)
	}
	return out
}

// readColour reads colr: ISO/IEC 14496-12, 12.1.5, and the nclc of QuickTime,
// which has no range.
func (e *sampleEntry) readColour(in *reader, b box) error {
	c, err := in.head(b, min(11, b.end-b.body))
	if err != nil || len(c) < 10 {
		return err
	}
	switch kind := string(c[:4]); {
	case kind == "nclx" && len(c) > 10:
		e.colour.RangeTold, e.colour.FullRange = true, c[10]&0x80 != 0
		fallthrough
	case kind == "nclc":
		e.colour.Matrix = int(binary.BigEndian.Uint16(c[8:]))
	}
	return nil
}

// Identifiers of Matroska elements: RFC 9559, 5.1.4.1.28.16.
const (
	idColour             = 0x55b0
	idMatrixCoefficients = 0x55b1
	idRange              = 0x55b9
)

func (t *trackEntry) readColour(in *reader, colour element) error {
	for e, err := range in.elements(colour) {
		if err != nil {
			return err
		}
		var v uint64
		if e.id != idMatrixCoefficients && e.id != idRange {
			continue
		}
		if err := in.readUnsigned(e, &v); err != nil {
			return err
		}
		if e.id == idMatrixCoefficients {
			t.colour.Matrix = int(min(v, 255))
		} else {
			t.colour.RangeTold, t.colour.FullRange = v == 1 || v == 2, v == 2
		}
	}
	return nil
}
