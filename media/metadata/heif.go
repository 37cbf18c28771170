package metadata

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"postern/media/codec/heif"
	"postern/media/video"
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

// heifPlan is what is found on the way through an AVIF or a HEIC.
type heifPlan struct {
	*stripper
	used []heif.Extent   // bytes of what stays
	gone []heif.Extent   // bytes that are to be blank, where they are not used
	end  int64           // of the last box that stays
	last int64           // end of the last item
	moov heif.Box        // its Kind empty for none
	mdat []heif.Extent   // media data
	seen map[string]bool // boxes at the top and in its meta box
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
	if err := checkItems(p); err != nil {
		return err
	}
	h := heifPlan{stripper: s, seen: make(map[string]bool)}
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
	if err == nil {
		err = h.sequence(p)
	}
	if err != nil {
		return err
	}
	for _, b := range p.Properties {
		if err := h.property(b); err != nil {
			return err
		}
	}
	for _, b := range p.ShortICC {
		if err := h.profileIn(b); err != nil {
			return err
		}
	}
	for _, b := range p.Thumbs { // the list of previews
		h.rename(b)
	}
	h.gone = append(h.gone, p.Unread...)
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
		return h.useItem(it)
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

// top plans for a box at the top.
func (h *heifPlan) top(b heif.Box, p *heif.Picture) error {
	if b == p.Short {
		h.end = max(h.end, b.End())
		h.gone = append(h.gone, heif.Extent{Offset: h.last, Length: b.End() - h.last})
		return nil
	}
	once := b.Kind == "moov" || b.Kind == "meta" || b.Kind == "ftyp"
	if !slices.Contains(heifBoxes, b.Kind) || once && h.seen[b.Kind] {
		h.free(b)
		return nil
	}
	h.seen[b.Kind] = true
	h.end = max(h.end, b.End())
	switch b.Kind {
	case "ftyp", "styp":
		return h.extra(b)
	case "meta":
		return h.boxes(b.Offset+4, b.End(), h.meta)
	case "moov":
		h.moov = b
	case "mdat":
		h.mdat = append(h.mdat, heif.Extent{Offset: b.Offset, Length: b.Length})
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset, Length: b.Length})
	}
	return nil
}

// sequence plans for a movie and its fragments. One that cannot be followed goes, where
// there is a still picture.
func (h *heifPlan) sequence(p *heif.Picture) error {
	if h.moov.Kind == "" {
		return nil
	}
	patches, samples, err := video.RedactSequence(h.r, h.size, h.mode == None)
	if errors.Is(err, video.ErrDamaged) {
		if p.HasPrimary {
			h.free(h.moov)
			return nil
		}
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return err
	}
	h.samples(samples)
	for _, patch := range patches {
		fresh := patch.Start + int64(len(patch.With))
		h.replaceIfNew(patch.Start, patch.With)
		h.gone = append(h.gone, heif.Extent{Offset: fresh, Length: patch.End - fresh})
	}
	return nil
}

// samples notes media data that is used. Anything else that a table may point at is not
// kept for it.
func (h *heifPlan) samples(samples []video.Stretch) {
	var used []heif.Extent
	for _, s := range samples {
		used = append(used, heif.Extent{Offset: s.Start, Length: s.End - s.Start})
	}
	used = joined(used)
	for _, m := range h.mdat {
		first := sort.Search(len(used), func(i int) bool { return used[i].Offset+used[i].Length > m.Offset })
		for _, u := range used[first:] {
			start, end := max(u.Offset, m.Offset), min(u.Offset+u.Length, m.Offset+m.Length)
			if start >= end {
				break
			}
			h.used = append(h.used, heif.Extent{Offset: start, Length: end - start})
		}
	}
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
	slices.SortFunc(gone, byOffset)
	used = joined(used)
	var left []heif.Extent
	for _, g := range gone {
		at, end := g.Offset, g.Offset+g.Length
		first := sort.Search(len(used), func(i int) bool { return used[i].Offset+used[i].Length > at })
		for _, u := range used[first:] {
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

func byOffset(a, b heif.Extent) int { return cmp.Compare(a.Offset, b.Offset) }

// joined returns the bytes in order, each once.
func joined(extents []heif.Extent) (all []heif.Extent) {
	slices.SortFunc(extents, byOffset)
	for _, e := range extents {
		if n := len(all); n > 0 && all[n-1].Offset+all[n-1].Length >= e.Offset {
			last := &all[n-1]
			last.Length = max(last.Length, e.Offset+e.Length-last.Offset)
			continue
		}
		all = append(all, e)
	}
	return all
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
	slices.SortFunc(gone, byOffset)
	block := make([]byte, 32<<10)
	at := int64(0)
	for _, e := range gone {
		start, end := max(at, e.Offset), e.Offset+e.Length
		dirty, err := s.dirty(start, end, block)
		if err != nil {
			return err
		}
		if dirty {
			s.add(edit{start: start, end: end, blank: true})
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
