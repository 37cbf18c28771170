package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"postern/media/codec/icc"
)

// webpKinds are the chunks that tell pixels and colours, with the bytes that they
// may have, any number for -1.
var webpKinds = map[string]int64{"VP8X": 10, "VP8 ": -1, "VP8L": -1, "ALPH": -1, "ANIM": 6, "ANMF": -1}

// webpFlags are the flags of VP8X that announce the chunks.
var webpFlags = map[string]byte{"ICCP": 0x20, "EXIF": 0x08, "XMP ": 0x04}

// webpPlan is what is found on the way through a WebP.
type webpPlan struct {
	*stripper
	vp8x   int64 // where its flags stand
	gone   byte  // of them
	pixels bool  // of a picture or a frame were met
	icc    bool  // a colour profile was met
}

// planWebP leaves out what is no chunk of a known sort, and all behind the RIFF.
func (s *stripper) planWebP() error {
	w := webpPlan{stripper: s}
	end, err := chunks(s.r, s.size, WebP, w.chunk)
	if !w.pixels && (err == nil || errors.Is(err, errBroken)) {
		return fmt.Errorf("%w: no pixels", ErrDamaged)
	}
	if err := s.ends(end, err); err != nil || len(s.edits) == 0 {
		return err
	}
	return w.fixHeaders()
}

func (w *webpPlan) chunk(c chunk) error {
	if c.kind == "ICCP" && w.icc {
		w.cut(c.at, c.next) // decoders take the first
		return nil
	}
	if flag := webpFlags[c.kind]; flag != 0 {
		w.gone |= flag
		return w.planChunk(WebP, c, w.metadata)
	}
	most, known := webpKinds[c.kind]
	switch {
	case known && c.cut && riffEnd(w.r, w.size) < w.size:
		return fmt.Errorf("%w: readers disagree on where a chunk ends", ErrDamaged)
	case !known || most >= 0 && c.size > most:
		w.cut(c.at, c.next)
	case c.kind == "VP8X":
		w.vp8x = c.at + 8
	case c.kind == "ANMF":
		w.pixels = true
		return w.frame(c)
	case c.kind == "VP8 " || c.kind == "VP8L" || c.kind == "ALPH":
		if w.pixels {
			w.cut(c.at, c.next) // decoders take the first
		}
		w.pixels = w.pixels || c.kind != "ALPH"
	}
	return nil
}

// metadata keeps the flag of a chunk that stays.
func (w *webpPlan) metadata(c *chunk, content []byte) (with []byte, changed bool) {
	if c.kind == "ICCP" {
		w.icc = true
		with = icc.Plain(content)
		changed = !bytes.Equal(with, content)
	} else if c.kind == "EXIF" {
		with, changed = w.exifBlock(bytes.TrimPrefix(content, exifHeader))
		changed = changed || bytes.HasPrefix(content, exifHeader)
	} else {
		with, changed = w.xmpPacket(content)
	}
	if with != nil {
		w.gone &^= webpFlags[c.kind]
	}
	return with, changed
}

// frame leaves out what is in a frame besides its pixels.
func (w *webpPlan) frame(c chunk) error {
	const header = 16
	pixels, gone := false, int64(0)
	leave := func(start, end int64) {
		w.cut(start, end)
		gone += end - start
	}
	end, err := chunksIn(w.r, c.at+8+header, c.at+8+c.size, WebP, func(sub chunk) error {
		if known := sub.kind == "VP8 " || sub.kind == "VP8L" || sub.kind == "ALPH"; !known || pixels {
			leave(sub.at, sub.next)
		}
		pixels = pixels || sub.kind == "VP8 " || sub.kind == "VP8L"
		return nil
	})
	if err == nil || errors.Is(err, errBroken) {
		leave(end, c.next)
		err = nil
	}
	if gone > 0 {
		size := binary.LittleEndian.AppendUint32(nil, uint32(c.size-gone))
		w.add(edit{start: c.at + 4, end: c.at + 8, with: size})
	}
	return err
}

// fixHeaders corrects the size in the file's header and the flags of VP8X.
func (w *webpPlan) fixHeaders() error {
	head := make([]byte, 8)
	if _, err := w.r.ReadAt(head, 0); err != nil {
		return err
	}
	size, end := int64(binary.LittleEndian.Uint32(head[4:])), riffEnd(w.r, w.size)
	for _, e := range w.edits {
		size += int64(len(e.with)) - (min(e.end, end) - min(e.start, end))
	}
	w.add(edit{start: 4, end: 8, with: binary.LittleEndian.AppendUint32(nil, uint32(size))})
	if flags := make([]byte, 1); w.vp8x > 0 && w.gone != 0 {
		if _, err := w.r.ReadAt(flags, w.vp8x); err != nil {
			return err
		}
		w.add(edit{start: w.vp8x, end: w.vp8x + 1, with: []byte{flags[0] &^ w.gone}})
	}
	return nil
}
