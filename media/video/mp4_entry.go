package video

import (
	"encoding/binary"
	"fmt"
	"image"
)

// visualEntrySize is how many bytes of a visual sample entry come before the
// boxes in it: ISO/IEC 14496-12, 12.1.3.
const visualEntrySize = 78

// sampleEntry is what a decoder needs to know of a video track.
type sampleEntry struct {
	format        fourCC
	width, height int
	aspect        ratio
	visible       image.Rectangle
	config        box // avcC, hvcC, vpcC, av1C
	colour        Colour
}

// codecOf returns a codec's usual name, or the code itself.
func codecOf(format fourCC) string {
	switch format.String() {
	case "avc1", "avc2", "avc3", "avc4":
		return "h264"
	case "hvc1", "hev1", "dvh1", "dvhe":
		return "hevc"
	case "vp08":
		return "vp8"
	case "vp09":
		return "vp9"
	case "av01":
		return "av1"
	}
	return printable(format.String())
}

// sampleEntry reads the track's sample entry of the given index, from 1 on.
func (t *track) sampleEntry(in *reader, index uint32) (sampleEntry, error) {
	if t.descriptions.end == 0 || index == 0 {
		return sampleEntry{}, fmt.Errorf("%w: no sample description", ErrDamaged)
	}
	if _, err := in.head(t.descriptions, 8); err != nil {
		return sampleEntry{}, err
	}
	list := t.descriptions
	list.body += 8
	for b, err := range in.children(list) {
		if err != nil {
			return sampleEntry{}, err
		}
		if index--; index == 0 {
			return t.readEntry(in, b)
		}
	}
	return sampleEntry{}, fmt.Errorf("%w: no such sample description", ErrDamaged)
}

func (t *track) readEntry(in *reader, b box) (sampleEntry, error) {
	c, err := in.head(b, visualEntrySize)
	if err != nil {
		return sampleEntry{}, err
	}
	e := sampleEntry{
		format: b.kind,
		width:  int(binary.BigEndian.Uint16(c[24:])),
		height: int(binary.BigEndian.Uint16(c[26:])),
	}
	if e.width == 0 || e.height == 0 {
		e.width, e.height = int(t.width>>16), int(t.height>>16)
	}
	if e.width == 0 || e.height == 0 {
		return sampleEntry{}, fmt.Errorf("%w: picture of no size", ErrDamaged)
	}
	b.body += visualEntrySize
	return e, e.readExtensions(in, b)
}

func (e *sampleEntry) readExtensions(in *reader, list box) error {
	for b, err := range in.children(list) {
		// Some writers leave odd bytes behind the last one.
		if isDamage(err) {
			return nil
		}
		if err != nil {
			return err
		}
		switch b.kind.String() {
		case "avcC", "hvcC", "vpcC", "av1C":
			e.config = b
		case "pasp":
			err = e.readAspect(in, b)
		case "clap":
			err = e.readAperture(in, b)
		case "colr":
			err = e.readColour(in, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *sampleEntry) readAspect(in *reader, b box) error {
	c, err := in.head(b, 8)
	if err == nil {
		e.aspect = ratio{uint64(binary.BigEndian.Uint32(c)), uint64(binary.BigEndian.Uint32(c[4:]))}
	}
	return err
}

// readAperture reads clap, ISO/IEC 14496-12, 12.1.4: width, height, and the
// offset of the centre from the picture's, each a fraction. An aperture that
// does not fall on whole pixels is not applied.
func (e *sampleEntry) readAperture(in *reader, b box) error {
	c, err := in.head(b, 32)
	if err != nil {
		return err
	}
	var n, d [4]int64
	for i := range n {
		n[i] = int64(int32(binary.BigEndian.Uint32(c[8*i:])))
		d[i] = int64(int32(binary.BigEndian.Uint32(c[8*i+4:])))
		if d[i] <= 0 || i < 2 && n[i]%d[i] != 0 {
			return nil
		}
	}
	w, h := n[0]/d[0], n[1]/d[1]
	x, okX := aperture(e.width, w, n[2], d[2])
	y, okY := aperture(e.height, h, n[3], d[3])
	if okX && okY {
		e.visible = image.Rect(x, y, x+int(w), y+int(h))
	}
	return nil
}

// aperture returns where a length begins in a whole whose centre its own is
// num/den away from.
func aperture(whole int, length, num, den int64) (int, bool) {
	twice := (int64(whole)-length)*den + 2*num
	if length <= 0 || length > int64(whole) || twice%(2*den) != 0 {
		return 0, false
	}
	start := twice / (2 * den)
	return int(start), start >= 0 && start+length <= int64(whole)
}

// geometry joins what the sample entry and the headers say of the picture.
func (m *movie) geometry(e sampleEntry) geometry {
	g := geometry{width: e.width, height: e.height, visible: e.visible, aspect: e.aspect}
	if g.aspect == (ratio{}) {
		g.aspect = m.video.presentedAspect(e)
	}
	g.mirrored, g.rotation = orientation(m.video.matrix, m.matrix)
	return g
}

// presentedAspect returns the pixel aspect ratio that the track's presented
// size makes, zero if that is the shape of the picture or of its visible part.
func (t *track) presentedAspect(e sampleEntry) ratio {
	w, h := uint64(t.width), uint64(t.height)
	if w == 0 || h == 0 {
		return ratio{}
	}
	width, height := e.width, e.height
	if !e.visible.Empty() && !sameShape(w, h, width, height) {
		width, height = e.visible.Dx(), e.visible.Dy()
	}
	if sameShape(w, h, width, height) {
		return ratio{}
	}
	return ratio{w * uint64(height), h * uint64(width)}
}

// sameShape tells whether a size has the proportion of a picture's, to a pixel
// of width.
func sameShape(w, h uint64, width, height int) bool {
	d := int64(mulDiv(w, uint64(height), h)) - int64(width)
	return -1 <= d && d <= 1
}
