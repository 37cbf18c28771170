package heif

import "slices"

// readItems lists the items (ISO/IEC 14496-12, 8.11.6).
func (p *parser) readItems() error {
	if p.iinf.Kind == "" {
		return nil
	}
	f, err := p.fields(p.iinf)
	if err != nil {
		return err
	}
	version, _ := f.version()
	f.skip(idBytes(version, 1)) // the count
	if f.short {
		return f.err()
	}
	return p.walk(p.iinf.Offset+int64(f.pos), p.iinf.End(), func(b Box) error {
		if b.Kind != "infe" {
			return nil
		}
		f, err := p.fields(b)
		if err != nil {
			return err
		}
		version, _ := f.version()
		it := Item{ID: f.uint(idBytes(version, 3)), Flags: b.Offset + 3}
		f.skip(2) // protection
		it.Type = fourCC(f.uint(4))
		it.Properties = p.associated[it.ID]
		f.text() // the name
		if it.Type == "mime" {
			it.ContentType = f.text()
		}
		p.pic.Items = append(p.pic.Items, it)
		return f.err()
	})
}

func fourCC(v uint64) string {
	return string([]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// locations is an iloc box (8.11.3): its version and the lengths of its fields.
type locations struct {
	*fields
	version                               byte
	ids, offsets, lengths, bases, indexes int // bytes
}

// readLocations finds the bytes of the items.
func (p *parser) readLocations() error {
	f, err := p.fields(p.iloc)
	if err != nil {
		return err
	}
	l := locations{fields: f}
	l.version, _ = f.version()
	l.ids = idBytes(l.version, 2)
	sizes := f.uint(2)
	l.offsets, l.lengths, l.bases, l.indexes = int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if max(l.offsets, l.lengths, l.bases, l.indexes) > 8 || l.version > 2 {
		return damaged("iloc")
	}
	if l.version == 0 {
		l.indexes = 0
	}
	for n := f.uint(l.ids); n > 0 && !f.short; n-- {
		if p.boxes++; p.boxes > maxBoxes {
			return damaged("more than %d items", maxBoxes)
		}
		if err := p.readLocation(&l); err != nil {
			return err
		}
	}
	p.unread(f)
	return f.err()
}

// readLocation reads where one item lies: in the file or in the idat box.
func (p *parser) readLocation(l *locations) error {
	it := p.pic.Item(l.uint(l.ids))
	whole, known := Box{Length: p.size}, true
	if l.version > 0 {
		switch l.uint(2) & 15 {
		case 0:
		case 1:
			whole = p.idat
		default:
			known = false // within other items
		}
	}
	l.skip(2) // data reference
	base := l.uint(l.bases)
	for n := l.uint(2); n > 0 && !l.short; n-- {
		// They may take no bytes of the box.
		if p.extents++; p.extents > maxBoxes {
			return damaged("more than %d extents", maxBoxes)
		}
		l.skip(l.indexes)
		e, err := within(whole, base, l.uint(l.offsets), l.uint(l.lengths))
		if l.short {
			break
		}
		if err != nil && known {
			return err
		}
		if it != nil && known {
			it.Extents = append(it.Extents, e)
		}
	}
	return nil
}

// within places an extent in the whole. One of no length goes to the end.
func within(whole Box, base, offset, length uint64) (Extent, error) {
	size := uint64(whole.Length)
	if base > size || offset > size-base {
		return Extent{}, damaged("item behind the end")
	}
	if rest := size - base - offset; length == 0 || length > rest {
		length = rest
	}
	return Extent{whole.Offset + int64(base+offset), int64(length)}, nil
}

// maxParts is far beyond the tiles of real grids.
const maxParts = 4096

// readReferences finds the items that are previews of others, and those that
// others are made of (8.11.12).
func (p *parser) readReferences() error {
	if p.iref.Length < 4 {
		return nil
	}
	f, err := p.fields(p.iref)
	if err != nil {
		return err
	}
	version, _ := f.version()
	return p.walk(p.iref.Offset+4, p.iref.End(), func(b Box) error {
		f, err := p.fields(b)
		if err != nil {
			return err
		}
		ids := idBytes(version, 1)
		it, to := p.pic.Item(f.uint(ids)), []uint64(nil)
		for n := f.uint(2); n > 0 && !f.short; n-- {
			to = append(to, f.uint(ids))
		}
		if matters := b.Kind == "auxl" || b.Kind == "dimg"; f.short && it != nil && matters {
			return f.err()
		} else if f.short {
			f.pos = 0
		}
		p.unread(f)
		switch {
		case it == nil:
		case b.Kind == "thmb" && it.ID != p.pic.Primary:
			it.Preview = true
			p.pic.Thumbs = append(p.pic.Thumbs, b)
		case b.Kind == "auxl":
			return p.readAuxiliary(it, to)
		case b.Kind == "prem":
			it.Premultiplied = true
		case b.Kind == "dimg":
			it.Parts = append(it.Parts, to[:min(len(to), maxParts)]...)
		}
		return nil
	})
}

// readAuxiliary notes of which items another is the alpha plane.
func (p *parser) readAuxiliary(plane *Item, to []uint64) error {
	auxC := p.pic.Property(plane, "auxC")
	if auxC.Kind == "" {
		return nil
	}
	kind, err := p.fields(auxC)
	if err != nil {
		return err
	}
	kind.version()
	if !slices.Contains(alphaPlanes, kind.text()) {
		return nil
	}
	for _, id := range to[:min(len(to), maxParts)] {
		if it := p.pic.Item(id); it != nil && it != plane {
			it.AlphaPlanes = append(it.AlphaPlanes, plane.ID)
		}
	}
	return nil
}

// alphaPlanes are the names of alpha planes (ISO/IEC 23008-12, 6.5.8 and 7.5.2).
var alphaPlanes = []string{"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1"}
