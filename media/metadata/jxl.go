package metadata

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"postern/media/heif"
)

// jxlSignature begins a JPEG XL that is a container of boxes; any other has no
// room for metadata.
const jxlSignature = "\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"

// codestreamBoxes are those of JPEG XL (ISO/IEC 18181-2) without metadata.
// Among the others are compressed ones (brob) and what is needed to make the
// JPEG again from which the picture was made (jbrd), comments and all.
var codestreamBoxes = []string{"JXL ", "ftyp", "jxll", "jxli", "jxlc", "jxlp"}

// jxlBoxes visits the boxes of a container.
func jxlBoxes(r io.ReaderAt, size int64, visit func(heif.Box) error) error {
	head := make([]byte, len(jxlSignature))
	if n, err := r.ReadAt(head, 0); n < len(head) || string(head) != jxlSignature {
		if err == io.EOF {
			err = nil
		}
		return err
	}
	err := heif.Boxes(r, size, visit)
	if errors.Is(err, heif.ErrDamaged) {
		return errBroken
	}
	return err
}

// jxlBlocks returns the EXIF block and the XMP packet of a JPEG XL, nil for
// none. The error is that of r.
func jxlBlocks(r io.ReaderAt, size int64) (exif, xmp []byte, err error) {
	err = jxlBoxes(r, size, func(b heif.Box) error {
		isEXIF, isXMP := b.Kind == "Exif" && exif == nil, b.Kind == "xml " && xmp == nil
		if !isEXIF && !isXMP || b.Length > maxBlock {
			return nil
		}
		content := make([]byte, b.Length)
		if n, err := r.ReadAt(content, b.Offset); n < len(content) {
			return err
		}
		if isEXIF {
			exif = exifItem(content)
		} else {
			xmp = content
		}
		return nil
	})
	if errors.Is(err, errBroken) {
		err = nil
	}
	return exif, xmp, err
}

// planJXL leaves out the boxes that are not known to be harmless.
func (s *stripper) planJXL() error {
	return jxlBoxes(s.r, s.size, func(b heif.Box) error {
		if slices.Contains(codestreamBoxes, b.Kind) {
			return nil
		}
		if b.Kind != "Exif" && b.Kind != "xml " || b.Length > maxBlock {
			s.replace(b.Start, b.End(), nil)
			return nil
		}
		content := make([]byte, b.Length)
		if n, err := s.r.ReadAt(content, b.Offset); n < len(content) {
			return err
		}
		var with []byte
		var changed bool
		if b.Kind == "Exif" {
			with, changed = s.exifBlock(exifItem(content))
			with = prefixed(make([]byte, 4), with)
		} else {
			with, changed = s.xmpPacket(content)
		}
		if changed {
			s.replace(b.Start, b.End(), newBox(b.Kind, with))
		}
		return nil
	})
}

// newBox returns nothing for a content that is nil.
func newBox(kind string, content []byte) []byte {
	if content == nil {
		return nil
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))
	return append(append(b, kind...), content...)
}
