package metadata

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"postern/media/codec/heif"
)

const xmpType = "application/rdf+xml"

// exifItem is the TIFF block in an item or a box of EXIF, which stands behind an
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
			exif = exifOf(it, content)
		} else {
			xmp = content
		}
	}
	return exif, xmp, nil
}

// exifOf is exifItem, or all of an item that has no offset.
func exifOf(it heif.Item, content []byte) []byte {
	if it.Bare {
		return bytes.TrimPrefix(content, exifHeader)
	}
	return exifItem(content)
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

// What is known to be harmless: boxes at the top that hold pixels or lead to them,
// boxes in a meta box, types of items that are coded pictures or made of them, and
// properties (ISO/IEC 23008-12, 6.5).
var (
	heifBoxes      = strings.Fields("ftyp meta mdat moov moof styp sidx")
	heifMetaBoxes  = strings.Fields("hdlr dinf pitm iinf iloc iref iprp idat grpl")
	heifItems      = strings.Fields("av01 hvc1 hev1 lhv1 vvc1 avc1 jpeg j2k1 grid iovl iden tmap unci mski")
	heifProperties = strings.Fields("ispe pixi colr irot imir clap pasp rloc av1C hvcC lhvC vvcC avcC auxC a1op a1lx lsel " +
		"clli mdcv cclv amve oinf tols iscl mskC cmpd uncC j2kH jpgC")
)

// heifPlan is what is found on the way through an AVIF or a HEIC.
type heifPlan struct {
	*stripper
	used []heif.Extent // bytes of what stays
	gone []heif.Extent // bytes that are to be blank, where they are not used
	end  int64         // of the last box that stays
	last int64         // end of the last item
}

// planHEIF overwrites metadata where it stands, since the container is full of
// offsets, and cuts what ends the file. Orientation and colours are properties of
// the pictures and stay.
func (s *stripper) planHEIF() error {
	p, err := heif.Read(s.r, s.size)
	if errors.Is(err, heif.ErrDamaged) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return err
	}
	h := heifPlan{stripper: s}
	for _, it := range p.Items {
		if err := h.item(it); err != nil {
			return err
		}
	}
	for _, e := range slices.Concat(h.used, h.gone) {
		h.last = max(h.last, e.Offset+e.Length)
	}
	for _, e := range h.used {
		h.end = max(h.end, e.Offset+e.Length)
	}
	err = h.boxes(0, s.size, func(b heif.Box) error { return h.top(b, p) })
	if err != nil {
		return err
	}
	for _, b := range p.Properties {
		if !slices.Contains(heifProperties, b.Kind) {
			h.gone = append(h.gone, heif.Extent{Offset: b.Offset, Length: b.Length})
		}
	}
	for _, b := range p.Others { // those of movies
		if b.Kind == "udta" || b.Kind == "meta" {
			h.free(b)
		}
	}
	for _, b := range p.Thumbs { // the list of previews
		h.rename(b)
	}
	h.cut(h.end, s.size)
	return h.blank(unused(h.gone, h.used))
}

// item plans for an item, and notes whether its bytes stay.
func (h *heifPlan) item(it heif.Item) error {
	isEXIF, isXMP := it.Type == "Exif", it.ContentType == xmpType
	switch {
	case isEXIF && h.exifs == 0 && it.Len() <= maxBlock, isXMP && h.xmps == 0 && it.Len() <= maxBlock:
		h.used = append(h.used, it.Extents...)
		return h.planBlock(it, isEXIF)
	case it.Preview:
		const hidden = 1
		h.replace(it.Flags, it.Flags+1, []byte{hidden})
	case slices.Contains(heifItems, it.Type):
		h.used = append(h.used, it.Extents...)
		return nil
	}
	h.gone = append(h.gone, it.Extents...)
	return nil
}

// boxes visits the boxes from start to end.
func (h *heifPlan) boxes(start, end int64, visit func(heif.Box) error) error {
	at := start
	err := heif.Boxes(io.NewSectionReader(h.r, start, end-start), end-start, func(b heif.Box) error {
		b.Start, b.Offset = b.Start+start, b.Offset+start
		at = b.End()
		return visit(b)
	})
	if errors.Is(err, heif.ErrDamaged) {
		err = nil // what follows is nothing that anybody reads
	}
	h.gone = append(h.gone, heif.Extent{Offset: at, Length: end - at})
	return err
}

// top plans for a box at the top. Where the samples of a sequence are is not
// looked for.
func (h *heifPlan) top(b heif.Box, p *heif.Picture) error {
	if b == p.Short {
		h.end = max(h.end, b.End())
		h.gone = append(h.gone, heif.Extent{Offset: h.last, Length: b.End() - h.last})
		return nil
	}
	if !slices.Contains(heifBoxes, b.Kind) {
		h.free(b)
		return nil
	}
	h.end = max(h.end, b.End())
	switch {
	case b.Kind == "meta":
		return h.boxes(b.Offset+4, b.End(), h.meta)
	case b.Kind == "mdat" && !p.HasTrack:
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset, Length: b.Length})
	}
	return nil
}

// meta plans for a box in a meta box.
func (h *heifPlan) meta(b heif.Box) error {
	switch {
	case !slices.Contains(heifMetaBoxes, b.Kind):
		h.free(b)
	case b.Kind == "hdlr" && b.Length > 24:
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset + 24, Length: b.Length - 24})
	case b.Kind == "idat":
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset, Length: b.Length})
	case b.Kind == "dinf":
		return h.boxes(b.Offset, b.End(), h.references)
	case b.Kind == "iinf":
		return h.itemNames(b)
	}
	return nil
}

// references blanks addresses and paths: the media is in this very file.
func (h *heifPlan) references(dref heif.Box) error {
	const head, flags = 8, 4
	if dref.Length < head {
		return nil
	}
	return h.boxes(dref.Offset+head, dref.End(), func(b heif.Box) error {
		if b.Length > flags {
			h.gone = append(h.gone, heif.Extent{Offset: b.Offset + flags, Length: b.Length - flags})
		}
		return nil
	})
}

// itemNames puts blanks for the names of items, which end with a zero.
func (h *heifPlan) itemNames(iinf heif.Box) error {
	if iinf.Length > maxBlock || iinf.Length < 8 {
		return nil
	}
	head := int64(6)
	version := make([]byte, 1)
	if n, err := h.r.ReadAt(version, iinf.Offset); n < 1 {
		return err
	}
	if version[0] > 0 {
		head = 8
	}
	return h.boxes(iinf.Offset+head, iinf.End(), func(b heif.Box) error {
		content := make([]byte, b.Length)
		if n, err := h.r.ReadAt(content, b.Offset); n < len(content) {
			return err
		}
		fixed := 12
		if len(content) > 0 && content[0] > 2 {
			fixed = 14
		}
		for i := fixed; i < len(content); i++ {
			if content[i] != 0 && !bytes.HasPrefix(content[i:], []byte(xmpType)) {
				content[i] = ' '
			} else if content[i] != 0 {
				i += len(xmpType)
			}
		}
		if len(content) > fixed {
			h.replaceIfNew(b.Offset+int64(fixed), content[fixed:])
		}
		return nil
	})
}

// replaceIfNew replaces bytes by as many others.
func (h *heifPlan) replaceIfNew(at int64, with []byte) {
	old := make([]byte, len(with))
	if n, err := h.r.ReadAt(old, at); err != nil && n < len(old) || bytes.Equal(old, with) {
		return
	}
	h.replace(at, at+int64(len(with)), with)
}

// free makes free space of a box.
func (h *heifPlan) free(b heif.Box) {
	h.rename(b)
	h.gone = append(h.gone, heif.Extent{Offset: b.Offset, Length: b.Length})
}

// unused returns what of the bytes is not used.
func unused(gone, used []heif.Extent) []heif.Extent {
	byOffset := func(a, b heif.Extent) int { return cmp.Compare(a.Offset, b.Offset) }
	slices.SortFunc(gone, byOffset)
	slices.SortFunc(used, byOffset)
	var left []heif.Extent
	for _, g := range gone {
		at, end := g.Offset, g.Offset+g.Length
		for _, u := range used {
			if u.Offset >= end {
				break
			}
			if at < u.Offset {
				left = append(left, heif.Extent{Offset: at, Length: u.Offset - at})
			}
			at = max(at, u.Offset+u.Length)
		}
		if at < end {
			left = append(left, heif.Extent{Offset: at, Length: end - at})
		}
	}
	return left
}

// planBlock writes what may stay of an item in the place of the whole.
func (s *stripper) planBlock(it heif.Item, isEXIF bool) error {
	content, err := itemBytes(s.r, it)
	if err != nil {
		return err
	}
	fresh := make([]byte, len(content))
	if isEXIF {
		with, _ := s.exifBlock(exifOf(it, content))
		head := 4
		if it.Bare {
			head = 0
		}
		if head+len(with) <= len(content) {
			copy(fresh[min(head, len(fresh)):], with)
		}
	} else {
		with, _ := s.xmpPacket(content)
		if n := 0; len(with) <= len(content) {
			n = copy(fresh, with)
			copy(fresh[n:], bytes.Repeat([]byte{' '}, len(fresh)-n))
		}
	}
	if bytes.Equal(fresh, content) {
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
