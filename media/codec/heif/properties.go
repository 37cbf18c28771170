package heif

import (
	"image"
	"math"
)

// noMirror stands beside the axes of imir: 0 swaps top and bottom, 1 left and
// right.
const noMirror = 2

// exifOrientation is the EXIF orientation that equals turning by so many
// quarters against the clock, then mirroring (ISO/IEC 23000-22, 7.3.6.7).
func exifOrientation(turns, mirror int) int {
	return [3][4]int{
		0:        {4, 5, 2, 7},
		1:        {2, 7, 4, 5},
		noMirror: {1, 8, 3, 6},
	}[mirror][turns]
}

// readProperties takes size, rotation and colour profile from the properties
// that are associated with the primary item.
func (p *parser) readProperties() error {
	if err := p.readAssociations(); err != nil {
		return err
	}
	indices, ok := p.associated[p.pic.Primary]
	if !ok {
		return damaged("the primary item has no size")
	}
	turns, mirror := 0, noMirror
	var clap *fields
	for _, i := range indices {
		if i < 1 || i > len(p.pic.Properties) {
			continue
		}
		b := p.pic.Properties[i-1]
		switch b.Kind {
		case "ispe", "irot", "imir", "colr", "clap":
		default:
			continue
		}
		f, err := p.fields(b)
		if err != nil {
			return err
		}
		switch b.Kind {
		case "ispe":
			f.version()
			p.pic.Width, p.pic.Height = int(f.uint(4)), int(f.uint(4))
		case "clap":
			clap = f
		case "irot":
			turns = int(f.uint(1) & 3)
		case "imir":
			mirror = int(f.uint(1) & 1)
		case "colr":
			if kind := fourCC(f.uint(4)); kind == "prof" || kind == "rICC" {
				p.pic.ICC = Box{Kind: kind, Start: b.Start, Offset: b.Offset + 4, Length: b.Length - 4}
			} else if kind == "nclx" {
				p.pic.Primaries, p.pic.Transfer = int(f.uint(2)), int(f.uint(2))
				if f.left() >= 2+1 {
					p.pic.Matrix, p.pic.FullRange, p.pic.ColourTold = int(f.uint(2)), f.uint(1)&0x80 != 0, true
				}
			}
		}
		if f.short {
			return f.err()
		}
	}
	p.pic.Orientation = exifOrientation(turns, mirror)
	p.pic.Visible = image.Rect(0, 0, p.pic.Width, p.pic.Height)
	if clap != nil {
		p.pic.Visible = clap.aperture(p.pic.Visible)
	}
	return nil
}

// aperture reads the part of a picture that is shown (ISO/IEC 14496-12, 12.1.4).
// One that is not within the picture counts as none.
func (f *fields) aperture(whole image.Rectangle) image.Rectangle {
	width, height := f.fraction(), f.fraction()
	x, y := f.fraction(), f.fraction()
	part := image.Rectangle{Max: image.Pt(int(math.Round(width)), int(math.Round(height)))}
	// The offsets are those of the middle, from that of the whole.
	left := x + (float64(whole.Dx())-width)/2
	top := y + (float64(whole.Dy())-height)/2
	part = part.Add(image.Pt(int(math.Floor(left)), int(math.Floor(top))))
	if f.short || part.Empty() || !part.In(whole) {
		return whole
	}
	return part
}

// fraction reads two numbers of 32 bits, and is out of every bound for what is
// none.
func (f *fields) fraction() float64 {
	n, d := int32(f.uint(4)), int32(f.uint(4))
	if d <= 0 {
		return -1 << 40
	}
	return float64(n) / float64(d)
}

// readAssociations reads which item has which properties (ISO/IEC 23008-12,
// 9.3.1).
func (p *parser) readAssociations() error {
	p.associated = make(map[uint64][]int)
	for _, ipma := range p.ipma {
		if err := p.readAssociationsIn(ipma); err != nil {
			return err
		}
	}
	return nil
}

// readAssociationsIn reads one box of them: there may be several, with IDs of
// different lengths.
func (p *parser) readAssociationsIn(ipma Box) error {
	f, err := p.fields(ipma)
	if err != nil {
		return err
	}
	version, flags := f.version()
	ids, width := idBytes(version, 1), 1+int(flags&1)
	for n := f.uint(4); n > 0 && !f.short; n-- {
		id, count := f.uint(ids), int(f.uint(1))
		if count*width > f.left() {
			return damaged("ipma")
		}
		indices := make([]int, count)
		for i := range indices {
			indices[i] = int(f.uint(width) & (1<<(8*width-1) - 1)) // less the bit for essential
		}
		p.associated[id] = append(p.associated[id], indices...)
	}
	p.unread(f)
	return f.err()
}
