package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// avif is what the metadata of an AVIF say of its primary item (ISO/IEC
// 23008-12; AV1 Image File Format, 2.2.0).
type avif struct {
	primary    uint64 // id of the item
	properties []box  // of ipco
	ipma       box
	iinf       box
	iloc       box
	idat       box
	track      box // tkhd of the first track

	width, height uint64 // as coded
	orientation   int    // that irot and imir ask for, in the numbers of EXIF
}

// isAVIF looks for a brand of still pictures or sequences in the file type box.
func isAVIF(f *file) (bool, error) {
	brands, err := avifBrands(f)
	return brands["avif"] || brands["avis"], err
}

func avifBrands(f *file) (map[string]bool, error) {
	if f.size < 16 {
		return nil, nil
	}
	head, err := f.at(0, 8)
	if err != nil {
		return nil, err
	}
	if string(head[4:8]) != "ftyp" {
		return nil, nil
	}
	b, err := f.at(0, int(min(f.size, int64(binary.BigEndian.Uint32(head)), windowBytes)))
	if err != nil {
		return nil, err
	}
	brands := make(map[string]bool)
	for i := 8; i+4 <= len(b); i += 4 {
		if i != 12 { // the minor version
			brands[string(b[i:i+4])] = true
		}
	}
	return brands, nil
}

// readAVIF reads the size of the primary item, or else of the first track.
func readAVIF(f *file) (Config, error) {
	a, err := locateAVIF(f)
	if err != nil {
		return Config{}, err
	}
	brands, err := avifBrands(f)
	if err != nil {
		return Config{}, err
	}
	c := Config{Width: int(a.width), Height: int(a.height)}
	c.Animated = brands["avis"] && a.track.kind != ""
	if a.orientation >= 5 {
		c.Width, c.Height = c.Height, c.Width
	}
	c.decodedBytes = 32*c.Pixels() + 3*f.size + avifCodecBytes // as measured: in both memories
	if len(a.properties) > 0 {
		err = a.measure(f, c.avifLimit())
	}
	if errors.Is(err, ErrNoDecoder) {
		err = nil // which is for Decode to say
	}
	return c, err
}

// avifLimit is the pixels that one coded item may have. A tile of a grid may be
// larger than the picture, which is cut out of it.
func (c Config) avifLimit() int64 { return 4*c.Pixels() + 1<<18 }

func locateAVIF(f *file) (avif, error) {
	var a avif
	err := walkBoxes(f, 0, f.size, func(b box) error {
		switch b.kind {
		case "meta":
			return a.readMeta(f, b)
		case "moov":
			return a.readMovie(f, b)
		}
		return nil
	})
	if err == nil && len(a.properties) > 0 {
		err = a.readProperties(f)
	} else if err == nil && a.track.kind != "" {
		err = a.readTrack(f)
	}
	return a, err
}

func (a *avif) readMeta(f *file, meta box) error {
	return walkBoxes(f, meta.offset+4, meta.end(), func(b box) error {
		switch b.kind {
		case "pitm":
			r := f.fields(b)
			version, _ := r.version()
			a.primary = r.uint(itemIDBytes(version, 1))
			return r.err
		case "iinf":
			a.iinf = b
		case "iloc":
			a.iloc = b
		case "idat":
			a.idat = b
		case "iprp":
			return a.readIPRP(f, b)
		}
		return nil
	})
}

// itemIDBytes is the length of an item's id, which grew with a version.
func itemIDBytes(version, longSince byte) int {
	if version >= longSince {
		return 4
	}
	return 2
}

func (a *avif) readIPRP(f *file, iprp box) error {
	return walkBoxes(f, iprp.offset, iprp.end(), func(b box) error {
		switch b.kind {
		case "ipco":
			return walkBoxes(f, b.offset, b.end(), func(p box) error {
				a.properties = append(a.properties, p)
				return nil
			})
		case "ipma":
			a.ipma = b
		}
		return nil
	})
}

// readMovie finds the header of the first track.
func (a *avif) readMovie(f *file, moov box) error {
	return walkBoxes(f, moov.offset, moov.end(), func(b box) error {
		if b.kind != "trak" {
			return nil
		}
		return walkBoxes(f, b.offset, b.end(), func(b box) error {
			if b.kind == "tkhd" && a.track.kind == "" {
				a.track = b
			}
			return nil
		})
	})
}

// readTrack takes the size from a track header (ISO/IEC 14496-12, 8.3.2).
func (a *avif) readTrack(f *file) error {
	r := f.fields(a.track)
	version, _ := r.version()
	r.offset += 72
	if version == 1 {
		r.offset += 12
	}
	a.width, a.height = r.uint(4)>>16, r.uint(4)>>16
	return r.err
}

// readProperties takes the size and the rotation from the properties that are
// associated with the primary item.
func (a *avif) readProperties(f *file) error {
	indices, err := a.associations(f)
	if err != nil {
		return err
	}
	turns, mirror := 0, noMirror
	for _, i := range indices {
		if i < 1 || i > len(a.properties) {
			continue
		}
		r := f.fields(a.properties[i-1])
		switch a.properties[i-1].kind {
		case "ispe":
			r.version()
			a.width, a.height = r.uint(4), r.uint(4)
		case "irot":
			turns = int(r.uint(1) & 3)
		case "imir":
			mirror = int(r.uint(1) & 1)
		}
		if r.err != nil {
			return r.err
		}
	}
	a.orientation = exifOrientation(turns, mirror)
	return nil
}

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

// associations returns the numbers of the properties of the primary item.
func (a *avif) associations(f *file) ([]int, error) {
	r := f.fields(a.ipma)
	version, flags := r.version()
	idBytes, indexBytes := itemIDBytes(version, 1), 1+int(flags&1)
	for n := r.uint(4); n > 0 && r.err == nil; n-- {
		if err := f.step(); err != nil {
			return nil, err
		}
		id, count := r.uint(idBytes), int(r.uint(1))
		if id != a.primary {
			r.offset += int64(count * indexBytes)
			continue
		}
		indices := make([]int, count)
		for i := range indices {
			indices[i] = int(r.uint(indexBytes) & (1<<(8*indexBytes-1) - 1)) // less the bit for essential
		}
		return indices, r.err
	}
	if r.err == nil {
		r.err = fmt.Errorf("%w: the primary item of the AVIF has no size", ErrDamaged)
	}
	return nil, r.err
}
