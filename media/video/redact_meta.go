package video

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// saying is what a value may say.
type saying int

const (
	saysNothing saying = iota
	saysNumbers        // and dates
	saysWords
)

// What may stay of user data, of metadata in the way of iTunes, and of keys of
// QuickTime without the prefixes of Apple and Android: words that are there to be
// shown, dates, what made the video, and hints for players. QuickTime File Format,
// User Data Atoms; 3GPP TS 26.244, 8.
var (
	userDataSays = sayings("meta name titl dscp cprt ©nam ©cpy ©too ©swr ©mak ©mod", "yrrc ©day WLOC LOOP SelO AllF")
	itemSays     = sayings("©nam ©des desc ldes ©cpy cprt ©too ©swr", "©day gnre trkn disk cpil pgap tmpo rtng stik hdvd")
	keySays      = sayings("title displayname name description copyright make model manufacturer software encoder version",
		"year creationdate full-frame-rate-playback-intent capture.fps minor_version")
)

// sayings lists what may be words and what may be numbers. © stands for the byte
// 0xa9.
func sayings(ofWords, ofNumbers string) map[string]saying {
	set := make(map[string]saying)
	for name := range strings.FieldsSeq(strings.ReplaceAll(ofWords, "©", "\xa9")) {
		set[name] = saysWords
	}
	for name := range strings.FieldsSeq(strings.ReplaceAll(ofNumbers, "©", "\xa9")) {
		set[name] = saysNumbers
	}
	return set
}

// isPlain reports whether a text is numbers, dates or times, and no words.
func isPlain(text []byte) bool {
	const longest = 48
	return len(text) <= longest && !bytes.ContainsFunc(text, func(r rune) bool {
		return r > ' ' && !strings.ContainsRune("0123456789.,:+-/TZ", r)
	})
}

func (m *movieRedaction) userData(udta box) error {
	if m.all {
		m.hide(udta)
		return nil
	}
	return m.each(udta.body, udta.end, func(b box) error {
		if b.kind.String() == "meta" {
			return m.meta(b)
		}
		return m.keepIfSays(userDataSays[b.kind.String()], b, 0)
	})
}

// keepIfSays leaves a box as it is whose contents behind a header say what they
// may, and else makes free space of it.
func (m *movieRedaction) keepIfSays(what saying, b box, header int64) error {
	if what != saysNumbers || b.end-b.body < header {
		return m.keepIf(what == saysWords, b)
	}
	const binary, longest = 8, 64 // numbers of few bytes may be any
	c, err := m.in.bytes(b.body+header, min(b.end-b.body-header, longest))
	if err != nil {
		return err
	}
	return m.keepIf(len(c) <= binary || isPlain(c), b)
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
		switch b.kind.String() {
		case "hdlr":
			const name = 24
			m.blank(min(b.body+name, b.end), b.end)
			return nil
		case "ilst":
			return m.items(b, handler, keys)
		}
		return m.keepIf(b == list.keys, b)
	})
}

// items keeps the harmless items of a list, of each the first value.
func (m *movieRedaction) items(list box, handler string, keys []saying) error {
	return m.each(list.body, list.end, func(item box) error {
		what := itemSays[item.kind.String()]
		if handler == "mdta" {
			what = saysNothing
			if i := int64(binary.BigEndian.Uint32(item.kind[:])) - 1; 0 <= i && i < int64(len(keys)) {
				what = keys[i]
			}
		}
		if what == saysNothing {
			return m.keepIf(false, item)
		}
		seen := false
		return m.each(item.body, item.end, func(b box) error {
			if b.kind.String() != "data" || seen {
				return m.keepIf(false, b)
			}
			seen = true
			const typeAndLocale = 8
			return m.keepIfSays(what, b, typeAndLocale)
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

// keys tells what may stay by the metadata keys, and blanks the names of the
// others: QuickTime File Format, Metadata Item Keys Atom.
func (m *movieRedaction) keys(b box) ([]saying, error) {
	if b.end == 0 {
		return nil, nil
	}
	var says []saying
	off := b.body + 8
	for b.end-off >= 8 && len(says) < maxKeys {
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
		what := keySays[keyName(string(name))]
		if what == saysNothing {
			m.blank(off+8, off+size)
		}
		says = append(says, what)
		off += size
	}
	m.blank(min(off, b.end), b.end)
	return says, nil
}

// keyName is a key in lower case and without the prefixes.
func keyName(name string) string {
	for _, prefix := range []string{"com.apple.quicktime.", "com.android."} {
		name = strings.TrimPrefix(name, prefix)
	}
	return strings.ToLower(name)
}
