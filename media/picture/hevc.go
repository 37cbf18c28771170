package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"postern/media/codec/heif"
)

// NAL unit types of HEVC (ITU-T H.265, table 7-1).
const (
	nalPPS      = 34
	nalLastPart = 31 // the last of those that carry parts of a picture
)

// maxHVCC is the length of the longest decoder configuration that is read.
const maxHVCC = 1 << 16

// checkHEVC refuses with ErrNoDecoder the kinds of HEVC that the decoder shows
// wrong without a complaint: alpha planes, other sampling than 4:2:0, several
// slices, lossless blocks. Phones write none of them.
func checkHEVC(f *file, p *heif.Picture) error {
	if p.HasAlpha() {
		return fmt.Errorf("%w: HEIC with an alpha plane", ErrNoDecoder)
	}
	for _, it := range p.Coded() {
		box := p.Property(it, "hvcC")
		if it.Type != "hvc1" || box.Length < 23 || box.Length > maxHVCC {
			return fmt.Errorf("%w: HEIC item of type %q", ErrNoDecoder, it.Type)
		}
		hvcc, err := f.read(box.Offset, box.Length)
		if err != nil {
			return err
		}
		if chroma := hvcc[16] & 3; chroma != 1 {
			return fmt.Errorf("%w: HEVC of chroma format %d", ErrNoDecoder, chroma)
		}
		if hasLosslessBlocks(hvcc) {
			return fmt.Errorf("%w: lossless HEVC", ErrNoDecoder)
		}
		if err := checkSlices(f, it, 1+int64(hvcc[21]&3)); err != nil {
			return err
		}
	}
	return nil
}

// hasLosslessBlocks looks for picture parameter sets that allow them in a
// decoder configuration (ISO/IEC 14496-15, 8.3.3.1).
func hasLosslessBlocks(hvcc []byte) bool {
	b := hvcc[23:]
	for range hvcc[22] {
		if len(b) < 3 {
			return false
		}
		kind, count := b[0]&0x3f, binary.BigEndian.Uint16(b[1:])
		b = b[3:]
		for range count {
			if len(b) < 2 {
				return false
			}
			n := int(binary.BigEndian.Uint16(b))
			if n > len(b)-2 {
				return false
			}
			if kind == nalPPS && n > 2 && bypassesTransform(b[4:2+n]) {
				return true
			}
			b = b[2+n:]
		}
	}
	return false
}

// bypassesTransform reads transquant_bypass_enabled_flag of a picture parameter
// set (H.265, 7.3.2.3.1), which stands behind its header.
func bypassesTransform(pps []byte) bool {
	b := &bits{data: bytes.ReplaceAll(pps, []byte{0, 0, 3}, []byte{0, 0})}
	b.exponential() // its ID
	b.exponential() // that of its sequence
	b.read(1 + 1 + 3 + 1 + 1)
	b.exponential() // reference indices
	b.exponential()
	b.exponential() // quantizer
	b.read(1 + 1)
	if b.flag() { // quantizer by block
		b.exponential()
	}
	b.exponential() // offsets of chroma
	b.exponential()
	b.read(1 + 1 + 1)
	return b.flag() && !b.short
}

// checkSlices counts the parts of the picture in an item, whose NAL units are
// behind lengths of so many bytes.
func checkSlices(f *file, it *heif.Item, lengthBytes int64) error {
	slices := 0
	for _, e := range it.Extents {
		for at := e.Offset; at+lengthBytes < e.Offset+e.Length; {
			if err := f.step(); err != nil {
				return err
			}
			b, err := f.at(at, int(lengthBytes)+1)
			if err != nil {
				return err
			}
			length := int64(0)
			for _, c := range b[:lengthBytes] {
				length = length<<8 | int64(c)
			}
			if kind := b[lengthBytes] >> 1 & 0x3f; kind <= nalLastPart {
				slices++
			}
			at += lengthBytes + length
		}
	}
	if slices > 1 {
		return fmt.Errorf("%w: HEVC of %d slices", ErrNoDecoder, slices)
	}
	return nil
}
