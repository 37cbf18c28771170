package video

import (
	"encoding/binary"
	"fmt"
)

// Bitstream returns the configuration and the frames as decoder programs read
// them from a file: H.264 and HEVC as a byte stream with start codes (Rec.
// ITU-T H.264 and H.265, Annex B), VP8, VP9 and AV1 in an IVF file. The error
// wraps ErrDamaged, or ErrNoKeyFrame for another codec.
func (k *KeyFrame) Bitstream() ([]byte, error) {
	switch k.Codec {
	case "h264":
		return k.byteStream(readAVCConfig)
	case "hevc":
		return k.byteStream(readHEVCConfig)
	case "vp8":
		return k.ivf("VP80", nil), nil
	case "vp9":
		return k.ivf("VP90", nil), nil
	case "av1":
		return k.ivf("AV01", k.av1Prefix()), nil
	}
	return nil, fmt.Errorf("%w: no bit stream of codec %q", ErrNoKeyFrame, k.Codec)
}

// byteStream writes the parameter sets, then the frames, with start codes.
func (k *KeyFrame) byteStream(readConfig func([]byte) ([][]byte, int, error)) ([]byte, error) {
	sets, lengthSize, err := readConfig(k.Config)
	if err != nil {
		return nil, fmt.Errorf("decoder configuration: %w", err)
	}
	var out []byte
	for _, set := range sets {
		out = appendUnit(out, set)
	}
	for _, frame := range k.Data {
		for len(frame) > 0 {
			var unit []byte
			if unit, frame, err = cutUnit(frame, lengthSize); err != nil {
				return nil, err
			}
			if len(unit) > 0 {
				out = appendUnit(out, unit)
			}
		}
	}
	return out, nil
}

func appendUnit(out, unit []byte) []byte {
	return append(append(out, 0, 0, 0, 1), unit...)
}

// cutUnit cuts off a unit whose length stands before it in lengthSize bytes.
func cutUnit(b []byte, lengthSize int) (unit, rest []byte, err error) {
	if len(b) < lengthSize {
		return nil, nil, fmt.Errorf("%w: unit without length", ErrDamaged)
	}
	length := uint64(0)
	for _, c := range b[:lengthSize] {
		length = length<<8 | uint64(c)
	}
	b = b[lengthSize:]
	if length > uint64(len(b)) {
		return nil, nil, fmt.Errorf("%w: unit of %d bytes in %d", ErrDamaged, length, len(b))
	}
	return b[:length], b[length:], nil
}

// readAVCConfig reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15,
// 5.3.3.1): parameter sets, and how many bytes the length of a NAL unit has.
func readAVCConfig(c []byte) (sets [][]byte, lengthSize int, err error) {
	if len(c) < 7 || c[0] != 1 {
		return nil, 0, fmt.Errorf("%w: not avcC", ErrDamaged)
	}
	lengthSize = int(c[4]&3) + 1
	sets, c, err = cutUnits(nil, c[6:], int(c[5]&31))
	if err != nil || len(c) == 0 {
		return sets, lengthSize, err
	}
	sets, _, err = cutUnits(sets, c[1:], int(c[0]))
	return sets, lengthSize, err
}

// readHEVCConfig does the same for an HEVCDecoderConfigurationRecord (8.3.2.1).
func readHEVCConfig(c []byte) (sets [][]byte, lengthSize int, err error) {
	if len(c) < 23 {
		return nil, 0, fmt.Errorf("%w: not hvcC", ErrDamaged)
	}
	lengthSize = int(c[21]&3) + 1
	arrays := c[22]
	c = c[23:]
	for range arrays {
		if len(c) < 3 {
			return nil, 0, fmt.Errorf("%w: hvcC is cut off", ErrDamaged)
		}
		n := int(binary.BigEndian.Uint16(c[1:]))
		if sets, c, err = cutUnits(sets, c[3:], n); err != nil {
			return nil, 0, err
		}
	}
	return sets, lengthSize, nil
}

// cutUnits cuts off n units with lengths of two bytes.
func cutUnits(units [][]byte, b []byte, n int) (_ [][]byte, rest []byte, err error) {
	for range n {
		var unit []byte
		if unit, b, err = cutUnit(b, 2); err != nil {
			return nil, nil, err
		}
		units = append(units, unit)
	}
	return units, b, nil
}

// av1Prefix returns the open bitstream units that come before the key frame:
// those of the configuration (AV1 Codec ISO Media File Format Binding, 2.3.3).
func (k *KeyFrame) av1Prefix() []byte {
	if len(k.Config) < 4 {
		return nil
	}
	return k.Config[4:]
}

// ivf writes an IVF file, with a prefix in the first frame.
func (k *KeyFrame) ivf(code string, prefix []byte) []byte {
	le := binary.LittleEndian
	out := append(make([]byte, 0, 64), "DKIF\x00\x00\x20\x00"...)
	out = append(out, code...)
	out = le.AppendUint32(out, 0) // width and height: decoders go by the frame
	out = le.AppendUint32(out, 1) // time base: 1/1 s
	out = le.AppendUint32(out, 1)
	out = le.AppendUint32(out, uint32(len(k.Data)))
	out = le.AppendUint32(out, 0)
	for i, frame := range k.Data {
		var delimiter []byte
		if k.Codec == "av1" {
			delimiter = []byte{0x12, 0} // containers leave it out
		}
		out = le.AppendUint32(out, uint32(len(delimiter)+len(prefix)+len(frame)))
		out = le.AppendUint64(out, uint64(i))
		out = append(append(append(out, delimiter...), prefix...), frame...)
		prefix = nil
	}
	return out
}
