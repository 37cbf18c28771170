package metadata

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"

	"postern/media/heif"
)

const xmpType = "application/rdf+xml"

// exifItem is the TIFF block in an item or box of EXIF, which stands behind an
// offset of 4 bytes (ISO/IEC 23008-12, A.2.1).
func exifItem(b []byte) []byte {
	if len(b) < 4 {
		return nil
	}
	skip := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
	if b = b[4:]; skip <= uint64(len(b)) {
		b = b[skip:]
	}
	return bytes.TrimPrefix(b, exifHeader)
}

// heifBlocks returns the EXIF block and the XMP packet of an AVIF or a HEIC,
// nil for none. The error is that of r.
func heifBlocks(r io.ReaderAt, size int64) (exif, xmp []byte, err error) {
	p, err := heif.Read(r, size)
	if err != nil && !errors.Is(err, heif.ErrDamaged) {
		return nil, nil, err
	}
	for _, it := range p.Items {
		isEXIF, isXMP := it.Type == "Exif" && exif == nil, it.ContentType == xmpType && xmp == nil
		if !isEXIF && !isXMP || it.Len() > maxBlock {
			continue
		}
		content, err := itemBytes(r, it)
		if err != nil {
			return nil, nil, err
		}
		if isEXIF {
			exif = exifItem(content)
		} else {
			xmp = content
		}
	}
	return exif, xmp, nil
}

func itemBytes(r io.ReaderAt, it heif.Item) ([]byte, error) {
	content := make([]byte, 0, it.Len())
	for _, e := range it.Extents {
		b := make([]byte, e.Length)
		if n, err := r.ReadAt(b, e.Offset); n < len(b) {
			return nil, err
		}
		content = append(content, b...)
	}
	return content, nil
}

// plainBoxes are boxes at the top of a HEIF that hold pixels or lead to them.
var plainBoxes = []string{"styp", "moof", "mfra", "sidx", "pdin"}

// planHEIF overwrites metadata where it stands, since the container is full of
// offsets. Orientation and colours are properties of the pictures and stay.
func (s *stripper) planHEIF() error {
	p, err := heif.Read(s.r, s.size)
	if err != nil && !errors.Is(err, heif.ErrDamaged) {
		return err
	}
	var gone []heif.Extent
	for _, it := range p.Items {
		with, err := s.planItem(it)
		if err != nil {
			return err
		}
		gone = append(gone, with...)
	}
	for _, b := range p.Properties {
		if b.Kind == "udes" && b.Length > 4 { // a description, behind its version
			gone = append(gone, heif.Extent{Offset: b.Offset + 4, Length: b.Length - 4})
		}
	}
	for _, b := range p.Others {
		if slices.Contains(plainBoxes, b.Kind) {
			continue
		}
		s.rename(b)
		gone = append(gone, heif.Extent{Offset: b.Offset, Length: b.Length})
	}
	for _, b := range p.Thumbs { // the list of previews
		s.rename(b)
	}
	return s.blank(gone)
}

// planItem returns what is to be blank of an item.
func (s *stripper) planItem(it heif.Item) ([]heif.Extent, error) {
	isEXIF, isXMP := it.Type == "Exif", it.ContentType == xmpType
	switch {
	case isEXIF && s.exifs == 0 && it.Len() <= maxBlock, isXMP && s.xmps == 0 && it.Len() <= maxBlock:
		return nil, s.planBlock(it, isEXIF)
	case it.Preview:
		const hidden = 1
		s.replace(it.Flags, it.Flags+1, []byte{hidden})
	case isEXIF || it.Type == "mime" || it.Type == "uri ":
	default:
		return nil, nil
	}
	return it.Extents, nil
}

// planBlock writes what may stay of an item in the place of the whole.
func (s *stripper) planBlock(it heif.Item, isEXIF bool) error {
	content, err := itemBytes(s.r, it)
	if err != nil {
		return err
	}
	fresh, changed := make([]byte, len(content)), false
	var with []byte
	if isEXIF {
		with, changed = s.exifBlock(exifItem(content))
		if len(with) <= len(content)-4 {
			copy(fresh[min(4, len(fresh)):], with)
		}
	} else {
		with, changed = s.xmpPacket(content)
		if n := 0; len(with) <= len(content) {
			n = copy(fresh, with)
			copy(fresh[n:], bytes.Repeat([]byte{' '}, len(fresh)-n))
		}
	}
	if !changed || bytes.Equal(fresh, content) {
		return nil
	}
	for _, e := range it.Extents {
		s.replace(e.Offset, e.Offset+e.Length, fresh[:e.Length])
		fresh = fresh[e.Length:]
	}
	return nil
}

// rename makes a box one of free space.
func (s *stripper) rename(b heif.Box) {
	if b.Kind != "free" && b.Kind != "skip" {
		s.replace(b.Start+4, b.Start+8, []byte("free"))
	}
}

// blank overwrites with zeros what is not zero already. No byte is read twice,
// however often it is listed.
func (s *stripper) blank(gone []heif.Extent) error {
	slices.SortFunc(gone, func(a, b heif.Extent) int { return cmp.Compare(a.Offset, b.Offset) })
	block := make([]byte, 32<<10)
	at := int64(0)
	for _, e := range gone {
		start, end := max(at, e.Offset), e.Offset+e.Length
		dirty, err := s.dirty(start, end, block)
		if err != nil {
			return err
		}
		if dirty {
			s.edits = append(s.edits, edit{start: start, end: end, blank: true})
		}
		at = max(at, end)
	}
	return nil
}

// dirty reports whether any byte from start to end is not zero.
func (s *stripper) dirty(start, end int64, block []byte) (bool, error) {
	for start < end {
		b := block[:min(end-start, int64(len(block)))]
		if n, err := s.r.ReadAt(b, start); n < len(b) {
			return false, err
		}
		if slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) {
			return true, nil
		}
		start += int64(len(b))
	}
	return false, nil
}
