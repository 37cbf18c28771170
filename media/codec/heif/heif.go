// Package heif reads the containers of AVIF and HEIC pictures: which items
// there are, where their bytes lie, and what the properties of the primary one
// say. It decodes nothing.
//
// The container is the ISO base media file format (ISO/IEC 14496-12) with the
// items of ISO/IEC 23008-12. It comes from strangers: what is read is bounded
// whatever the bytes say.
package heif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
)

// ErrDamaged means that the container breaks off or contradicts itself.
var ErrDamaged = errors.New("heif: damaged container")

const (
	maxBoxes = 1 << 13 // boxes and items that are looked at, and extents
	maxTable = 1 << 20 // bytes of one box of metadata
)

// Picture is what a container says.
type Picture struct {
	Primary    uint64 // ID of the item that is shown
	Items      []Item
	Properties []Box // of all items, as ipco lists them

	// Width and Height are pixels of the primary item as coded, or of the
	// first track for want of one; 0 when nothing tells them.
	Width, Height int
	// Visible is the part of it that is shown, before it is turned.
	Visible     image.Rectangle
	Orientation int  // that irot and imir ask for, as a number of EXIF
	HasPrimary  bool // there is a still picture
	HasTrack    bool // there is a sequence
	Frames      int  // of it, 0 when the container does not count them

	// ICC is the colour profile of the primary item, its length not checked
	// against anything; its Kind is empty when there is none.
	ICC Box
	// Primaries and Transfer are what it says of its colours without a
	// profile, in the numbers of ITU-T H.273; 0 when it says nothing.
	Primaries, Transfer int
	// Matrix and FullRange say how its samples stand for colours; ColourTold means
	// that the container says it.
	Matrix                int
	FullRange, ColourTold bool

	// Others are boxes at the top and in the movie box that hold neither
	// pixels nor what is needed to find them.
	Others []Box
	// Thumbs are the boxes that say which items are previews, and of what.
	Thumbs []Box
	// Unread are the bytes of tables that are behind their fields, or make no sense.
	Unread []Extent
	// Short is the box that stands for all of them in the short form, its Kind empty
	// for none.
	Short Box
	// ShortICC are the colour profiles in it, of the picture and of its gain map.
	ShortICC []Box
}

// Item is a picture or a piece of metadata.
type Item struct {
	ID          uint64
	Type        string // av01, hvc1, grid, Exif, mime, ...
	ContentType string // of a mime item
	Extents     []Extent
	Properties  []int    // their numbers, from 1 on
	Parts       []uint64 // IDs of the items that it is made of
	AlphaPlanes []uint64 // IDs of its alpha planes: one, in sound files
	Preview     bool     // of another item
	// Premultiplied means that its colours were multiplied by its alpha.
	Premultiplied bool
	Flags         int64 // where the flags of its infe box stand in the file, 0 for none
	Bare          bool  // of EXIF: no offset stands before the block
}

// Extent is a run of bytes of the file.
type Extent struct{ Offset, Length int64 }

// Item returns the item with an ID, nil for none.
func (p *Picture) Item(id uint64) *Item {
	i := slices.IndexFunc(p.Items, func(it Item) bool { return it.ID == id })
	if i < 0 {
		return nil
	}
	return &p.Items[i]
}

// Coded returns the items whose bitstreams the primary one is made of, itself
// when it is made of no others. Parts of parts are not followed.
func (p *Picture) Coded() []*Item {
	it := p.Item(p.Primary)
	if it == nil {
		return nil
	}
	if len(it.Parts) == 0 {
		return []*Item{it}
	}
	var coded []*Item
	for _, id := range it.Parts {
		if part := p.Item(id); part != nil {
			coded = append(coded, part)
		}
	}
	return coded
}

// HasAlpha reports whether there is an alpha plane of the primary item, or of
// what it is made of.
func (p *Picture) HasAlpha() bool {
	if it := p.Item(p.Primary); it != nil && len(it.AlphaPlanes) > 0 {
		return true
	}
	return slices.ContainsFunc(p.Coded(), func(it *Item) bool { return len(it.AlphaPlanes) > 0 })
}

// Property returns the property of a kind of an item, its Kind empty for none.
func (p *Picture) Property(it *Item, kind string) Box {
	for _, i := range it.Properties {
		if i >= 1 && i <= len(p.Properties) && p.Properties[i-1].Kind == kind {
			return p.Properties[i-1]
		}
	}
	return Box{}
}

// Len is the number of bytes of the item.
func (it Item) Len() int64 {
	var n int64
	for _, e := range it.Extents {
		n += e.Length
	}
	return n
}

// Read reads the container in the first size bytes of r. Memory is bounded by
// a few MB. The error wraps ErrDamaged or is that of r.
func Read(r io.ReaderAt, size int64) (*Picture, error) {
	p := &parser{r: r, size: size, pic: &Picture{Orientation: 1}}
	err := p.walk(0, size, func(b Box) error {
		switch b.Kind {
		case "meta":
			if p.meta.Kind != "" { // the first one counts
				p.pic.Others = append(p.pic.Others, b)
				return nil
			}
			p.meta = b
			return p.readMeta(b)
		case "moov":
			return p.readMovie(b)
		case "ftyp":
			return p.readBrand(b)
		case "mini":
			if p.short.Kind == "" {
				p.short = b
			} else {
				p.pic.Others = append(p.pic.Others, b)
			}
		case "mdat", "idat":
		default:
			p.pic.Others = append(p.pic.Others, b)
		}
		return nil
	})
	if err == nil {
		err = p.finish()
	}
	return p.pic, err
}

// parser gathers the boxes that depend on each other, in any order.
type parser struct {
	r       io.ReaderAt
	size    int64
	pic     *Picture
	boxes   int // and items that were looked at
	extents int

	associated       map[uint64][]int // numbers of properties by item
	meta             Box
	ipma             []Box
	iinf, iloc, iref Box
	idat             Box
	track            Box // tkhd of the first one

	minor string // version of the file, which is the brand of a short form's codec
	short Box
}

// readBrand reads the minor version of the file type.
func (p *parser) readBrand(ftyp Box) error {
	if ftyp.Length < 8 {
		return nil
	}
	var minor [4]byte
	err := p.readAt(minor[:], ftyp.Offset+4)
	p.minor = string(minor[:])
	return err
}

func (p *parser) finish() error {
	if len(p.pic.Properties) == 0 {
		if p.short.Kind != "" {
			return p.readShort()
		}
		if p.track.Kind == "" {
			return nil
		}
		p.pic.HasTrack = true
		return p.readTrack()
	}
	if p.short.Kind != "" {
		p.pic.Others = append(p.pic.Others, p.short)
	}
	p.pic.HasTrack = p.track.Kind != ""
	p.pic.HasPrimary = true
	for _, step := range []func() error{p.readProperties, p.readItems, p.readLocations, p.readReferences} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) readMeta(meta Box) error {
	seen := make(map[string]bool) // the first of each kind counts
	return p.walk(meta.Offset+4, meta.End(), func(b Box) error {
		if seen[b.Kind] {
			return nil
		}
		seen[b.Kind] = true
		switch b.Kind {
		case "pitm":
			f, err := p.fields(b)
			if err != nil {
				return err
			}
			version, _ := f.version()
			p.pic.Primary = f.uint(idBytes(version, 1))
			p.unread(f)
			return f.err()
		case "iinf":
			p.iinf = b
		case "iloc":
			p.iloc = b
		case "idat":
			p.idat = b
		case "iref":
			p.iref = b
		case "iprp":
			return p.readIPRP(b)
		}
		return nil
	})
}

// unread notes what is behind the fields of a table.
func (p *parser) unread(f *fields) {
	if n := f.left(); n > 0 {
		p.pic.Unread = append(p.pic.Unread, Extent{f.start + int64(f.pos), int64(n)})
	}
}

// idBytes is the length of an item's ID, which grew with a version.
func idBytes(version byte, longSince byte) int {
	if version >= longSince {
		return 4
	}
	return 2
}

func (p *parser) readIPRP(iprp Box) error {
	return p.walk(iprp.Offset, iprp.End(), func(b Box) error {
		switch b.Kind {
		case "ipco":
			return p.walk(b.Offset, b.End(), func(property Box) error {
				p.pic.Properties = append(p.pic.Properties, property)
				return nil
			})
		case "ipma":
			p.ipma = append(p.ipma, b)
		}
		return nil
	})
}

// readMovie finds the header of the first track, and what users add to movies
// and tracks.
func (p *parser) readMovie(moov Box) error {
	return p.walk(moov.Offset, moov.End(), func(b Box) error {
		if b.Kind == "udta" || b.Kind == "meta" {
			p.pic.Others = append(p.pic.Others, b)
		}
		if b.Kind != "trak" {
			return nil
		}
		return p.walk(b.Offset, b.End(), func(b Box) error {
			switch {
			case b.Kind == "tkhd" && p.track.Kind == "":
				p.track = b
			case b.Kind == "mdia" && p.pic.Frames == 0:
				return p.countFrames(b)
			case b.Kind == "udta" || b.Kind == "meta":
				p.pic.Others = append(p.pic.Others, b)
			}
			return nil
		})
	})
}

// countFrames finds the table of sizes in a track, which counts them (ISO/IEC
// 14496-12, 8.7.3).
func (p *parser) countFrames(parent Box) error {
	return p.walk(parent.Offset, parent.End(), func(b Box) error {
		switch b.Kind {
		case "minf", "stbl":
			return p.countFrames(b)
		case "stsz", "stz2":
			var head [12]byte
			if err := p.readAt(head[:], b.Offset); err != nil {
				return err
			}
			p.pic.Frames = int(binary.BigEndian.Uint32(head[8:]))
		}
		return nil
	})
}

// readTrack takes the size from a track header (ISO/IEC 14496-12, 8.3.2).
func (p *parser) readTrack() error {
	f, err := p.fields(p.track)
	if err != nil {
		return err
	}
	version, _ := f.version()
	f.skip(72)
	if version == 1 {
		f.skip(12)
	}
	p.pic.Width, p.pic.Height = int(f.uint(4)>>16), int(f.uint(4)>>16)
	p.pic.Visible = image.Rect(0, 0, p.pic.Width, p.pic.Height)
	return f.err()
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}
