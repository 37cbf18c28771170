package clip

import (
	"encoding/binary"
	"strings"
)

func (m *movieRedaction) userData(udta box) error {
	if m.all {
		m.hide(udta)
		return nil
	}
	return m.each(udta.body, udta.end, func(b box) error {
		if b.kind.String() == "meta" {
			return m.meta(b)
		}
		return m.keepIf(harmlessUserData[b.kind], b)
	})
}

// meta keeps the harmless items of a metadata box: by their keys in
// QuickTime's way, by their types in that of iTunes. Other ways go whole.
func (m *movieRedaction) meta(meta box) error {
	list, err := m.metaBoxes(meta)
	if err != nil && !isDamage(err) {
		return err
	}
	handler := list.handler.String()
	if err != nil || m.all || handler != "mdta" && handler != "mdir" {
		m.hide(meta)
		return nil
	}
	keys, err := m.keys(list.keys)
	if err != nil {
		return err
	}
	return m.each(list.start, meta.end, func(b box) error {
		if b.kind.String() != "ilst" {
			return m.keepIf(harmlessMeta[b.kind], b)
		}
		return m.each(b.body, b.end, func(item box) error {
			if handler == "mdir" {
				return m.keepIf(harmlessItem[item.kind], item)
			}
			i := int64(binary.BigEndian.Uint32(item.kind[:])) - 1
			return m.keepIf(0 <= i && i < int64(len(keys)) && keys[i], item)
		})
	})
}

// metaBoxes is what of a metadata box says how to read the rest.
type metaBoxes struct {
	start   int64 // of the boxes in it
	handler fourCC
	keys    box
}

// metaBoxes looks through a metadata box, which is a full box in MP4 and a
// plain one in QuickTime.
func (m *movieRedaction) metaBoxes(meta box) (metaBoxes, error) {
	head, err := m.in.head(meta, 8)
	if err != nil {
		return metaBoxes{}, err
	}
	list := metaBoxes{start: meta.body}
	if string(head[4:]) != "hdlr" {
		list.start += 4
	}
	for b, err := range m.in.boxes(list.start, meta.end) {
		if err != nil {
			return list, err
		}
		switch b.kind.String() {
		case "hdlr":
			c, err := m.in.head(b, 12)
			if err != nil {
				return list, err
			}
			list.handler = fourCC(c[8:12])
		case "keys":
			list.keys = b
		}
	}
	return list, nil
}

// maxKeys bounds the metadata keys that are looked at; further ones are
// private.
const maxKeys = 1024

// keys tells which metadata keys are harmless: QuickTime File Format, Metadata
// Item Keys Atom.
func (m *movieRedaction) keys(b box) ([]bool, error) {
	var harmless []bool
	if b.end == 0 {
		return nil, nil
	}
	for off := b.body + 8; b.end-off >= 8 && len(harmless) < maxKeys; {
		h, err := m.in.bytes(off, 8)
		if err != nil {
			return nil, err
		}
		size := int64(binary.BigEndian.Uint32(h))
		if size < 8 || size > b.end-off {
			break
		}
		name, err := m.in.bytes(off+8, min(size-8, 128))
		if err != nil {
			return nil, err
		}
		harmless = append(harmless, harmlessKey(string(name)))
		off += size
	}
	return harmless, nil
}

func harmlessKey(name string) bool {
	for _, prefix := range []string{"com.apple.quicktime.", "com.android."} {
		name = strings.TrimPrefix(name, prefix)
	}
	return harmlessKeys[strings.ToLower(name)]
}
