package picture

import (
	"encoding/binary"
	"image"
	"math"
	"unicode/utf16"

	"postern/media/codec/jxl"
)

// Primaries of Display P3, in AVIF and HEIC (ITU-T H.273, table 2) and in JPEG XL.
const (
	primariesP3    = 12
	primariesJXLP3 = 11
)

// enumeratedICC returns a profile for colours by number: for those of Display
// P3, in which phones take pictures. It is nil for any others, of which sRGB
// needs none and those of HDR cannot have one.
func enumeratedICC(primaries, transfer int) []byte {
	if primaries != primariesP3 && primaries != primariesJXLP3 {
		return nil
	}
	switch transfer { // programs take that of BT.709, and none, for that of sRGB
	case 1, 2, 6, jxl.SRGBCurve:
		return displayP3()
	}
	return nil
}

// displayP3 writes a profile of version 4 (ICC.1:2022): the primaries of P3
// seen under D50, and the curve of sRGB.
func displayP3() []byte {
	curve := tagData("para", []byte{0, 3, 0, 0}, fixed(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045))
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", localised("Display P3")},
		{"cprt", localised("CC0")},
		{"wtpt", tagData("XYZ ", fixed(0.96420, 1, 0.82491))},
		{"chad", tagData("sf32", fixed(1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168))},
		{"rXYZ", tagData("XYZ ", fixed(0.51512, 0.24120, -0.00105))},
		{"gXYZ", tagData("XYZ ", fixed(0.29198, 0.69225, 0.04189))},
		{"bXYZ", tagData("XYZ ", fixed(0.15710, 0.06657, 0.78407))},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	p := make([]byte, iccHeader+12*len(tags))
	copy(p[8:], "\x04\x40\x00\x00mntrRGB XYZ ")
	copy(p[36:], "acsp")
	copy(p[68:], fixed(0.96420, 1, 0.82491))
	binary.BigEndian.PutUint32(p[iccHeader-4:], uint32(len(tags)))
	for i, tag := range tags {
		entry := p[iccHeader+12*i:]
		copy(entry, tag.name)
		binary.BigEndian.PutUint32(entry[4:], uint32(len(p)))
		binary.BigEndian.PutUint32(entry[8:], uint32(len(tag.data)))
		p = append(p, tag.data...)
	}
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	return p
}

// tagData is the data of a tag, filled up to four bytes.
func tagData(kind string, parts ...[]byte) []byte {
	b := append([]byte(kind), 0, 0, 0, 0)
	for _, part := range parts {
		b = append(b, part...)
	}
	return append(b, make([]byte, -len(b)&3)...)
}

// fixed writes s15Fixed16Numbers (4.6).
func fixed(numbers ...float64) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(n*65536))))
	}
	return b
}

// localised is a multiLocalizedUnicodeType of one text (10.15).
func localised(text string) []byte {
	b := []byte("\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	b = binary.BigEndian.AppendUint32(b, uint32(2*len(text)))
	b = binary.BigEndian.AppendUint32(b, 28)
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.BigEndian.AppendUint16(b, unit)
	}
	return tagData("mluc", b)
}

// toSRGBCurve gives samples that are proportional to light the curve of sRGB
// (IEC 61966-2-1). Alpha has none.
func toSRGBCurve(m image.Image) {
	switch m := m.(type) {
	case *image.NRGBA:
		var curve [256]byte
		for i := range curve {
			curve[i] = byte(math.Round(255 * sRGBCurve(float64(i)/255)))
		}
		for i, v := range m.Pix {
			if i%4 != 3 {
				m.Pix[i] = curve[v]
			}
		}
	case *image.NRGBA64:
		for i := 0; i < len(m.Pix); i += 2 {
			if i%8 != 6 {
				v := float64(binary.BigEndian.Uint16(m.Pix[i:])) / 65535
				binary.BigEndian.PutUint16(m.Pix[i:], uint16(math.Round(65535*sRGBCurve(v))))
			}
		}
	}
}

func sRGBCurve(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}
