package metadata

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"postern/media/codec/heif"
	"postern/media/video"
)

// What is known to be harmless: boxes at the top that hold pixels or lead to them, boxes
// in a meta box, types of items that are coded pictures or made of them, and properties
// (ISO/IEC 23008-12, 6.5) with the bytes that they may have, any number for -1. Items that
// are files of their own, such as JPEGs, are none of them.
var (
	heifBoxes      = strings.Fields("ftyp meta mdat moov moof styp")
	heifMetaBoxes  = strings.Fields("hdlr dinf pitm iinf iloc iref iprp idat grpl")
	heifItems      = strings.Fields("av01 hvc1 hev1 avc1 grid iovl iden tmap")
	heifProperties = map[string]int64{
		"ispe": 12, "pixi": -1, "colr": -1, "irot": 1, "imir": 1, "clap": 32, "pasp": 8, "rloc": 12, "clli": 4, "mdcv": 24,
		"cclv": 33, "amve": 8, "a1op": 1, "lsel": 2, "a1lx": 13, "av1C": -1, "hvcC": -1, "avcC": -1, "auxC": -1,
	}
)

// checkItems refuses a picture that is of a sort that would go.
func checkItems(p *heif.Picture) error {
	if !p.HasPrimary || p.Short.Kind != "" {
		return nil
	}
	for _, it := range append(p.Coded(), p.Item(p.Primary)) {
		if it != nil && !slices.Contains(heifItems, it.Type) {
			return fmt.Errorf("%w: a picture of type %q", ErrDamaged, it.Type)
		}
	}
	return nil
}

// meta plans for a box in a meta box.
func (h *heifPlan) meta(b heif.Box) error {
	switch once := "meta/" + b.Kind; {
	case !slices.Contains(heifMetaBoxes, b.Kind) || h.seen[once]:
		h.free(b)
		return nil
	default:
		h.seen[once] = true
	}
	switch {
	case b.Kind == "hdlr" && b.Length > 24:
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset + 24, Length: b.Length - 24})
	case b.Kind == "idat":
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset, Length: b.Length})
	case b.Kind == "dinf":
		return h.boxes(b.Offset, b.End(), h.references)
	case b.Kind == "iinf":
		return h.itemNames(b)
	case b.Kind == "iprp":
		return h.boxes(b.Offset, b.End(), h.properties)
	case b.Kind == "iref":
		const head = 4 // what is in it is read already
		return h.boxes(b.Offset+head, b.End(), func(heif.Box) error { return nil })
	case b.Kind == "grpl":
		return h.boxes(b.Offset, b.End(), h.group)
	}
	return nil
}

// properties plans for a box of properties, or one that tells whose they are.
func (h *heifPlan) properties(b heif.Box) error {
	switch {
	case b.Kind != "ipma" && (b.Kind != "ipco" || h.seen["ipco"]):
		h.free(b)
	case b.Kind == "ipco":
		h.seen["ipco"] = true
		return h.boxes(b.Offset, b.End(), func(heif.Box) error { return nil })
	}
	return nil
}

// property plans for a property of items. Its place tells its number, so it stays a box.
func (h *heifPlan) property(b heif.Box) error {
	fields, known := heifProperties[b.Kind]
	head := make([]byte, min(b.Length, 5))
	if n, err := h.r.ReadAt(head, b.Offset); n < len(head) {
		return err
	}
	switch {
	case !known:
		fields = 0
	case b.Kind == "pixi":
		fields = 5
		if len(head) == 5 {
			fields += int64(head[4])
		}
	case b.Kind == "colr" && (bytes.HasPrefix(head, []byte("prof")) || bytes.HasPrefix(head, []byte("rICC"))):
		const kind = 4
		return h.profileIn(heif.Box{Offset: b.Offset + kind, Length: b.Length - kind})
	case fields < 0:
		return h.extra(b)
	}
	h.goneBehind(b, fields)
	return nil
}

// goneBehind blanks what is behind the fields of a box.
func (h *heifPlan) goneBehind(b heif.Box, fields int64) {
	if b.Length > fields {
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset + fields, Length: b.Length - fields})
	}
}

// extra blanks what no decoder needs of a box of a kind that package video knows.
func (h *heifPlan) extra(b heif.Box) error {
	if b.Length > maxBlock {
		return fmt.Errorf("%w: %s of %d bytes", ErrDamaged, b.Kind, b.Length)
	}
	content := make([]byte, b.Length)
	if n, err := h.r.ReadAt(content, b.Offset); n < len(content) {
		return err
	}
	for _, e := range video.Extra(b.Kind, content) {
		h.gone = append(h.gone, heif.Extent{Offset: b.Offset + int64(e.Start), Length: int64(e.End - e.Start)})
	}
	return nil
}

// group plans for a group of items: a full box with its number, and theirs.
func (h *heifPlan) group(b heif.Box) error {
	const head = 12
	count := make([]byte, 4)
	if b.Length < head {
		h.goneBehind(b, 0)
		return nil
	}
	if n, err := h.r.ReadAt(count, b.Offset+head-4); n < len(count) {
		return err
	}
	fields := head + 4*int64(binary.BigEndian.Uint32(count))
	if fields > b.Length {
		fields = 0
	}
	h.goneBehind(b, fields)
	return nil
}

// useItem notes the bytes of an item that stay: all of a coded picture, and the fields of
// one that is made of others (ISO/IEC 23008-12, 6.6.2).
func (h *heifPlan) useItem(it heif.Item) error {
	fields := it.Len()
	if it.Type == "grid" || it.Type == "iovl" || it.Type == "iden" {
		head := make([]byte, 2)
		if len(it.Extents) > 0 && it.Extents[0].Length >= 2 {
			if n, err := h.r.ReadAt(head, it.Extents[0].Offset); n < len(head) {
				return err
			}
		}
		number := 2 + 2*int64(head[1]&1)
		fields = map[string]int64{"grid": 4 + 2*number, "iovl": 10 + 2*number + 2*number*int64(len(it.Parts))}[it.Type]
	}
	for _, e := range it.Extents {
		used := min(e.Length, fields)
		fields -= used
		h.used = append(h.used, heif.Extent{Offset: e.Offset, Length: used})
		h.gone = append(h.gone, heif.Extent{Offset: e.Offset + used, Length: e.Length - used})
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
		if b.Kind != "infe" {
			h.free(b)
			return nil
		}
		content := make([]byte, b.Length)
		if n, err := h.r.ReadAt(content, b.Offset); n < len(content) {
			return err
		}
		fixed := 12
		if len(content) > 0 && content[0] > 2 {
			fixed = 14
		} else if len(content) > 0 && content[0] < 2 {
			fixed = 8
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
