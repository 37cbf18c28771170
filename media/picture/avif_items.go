package picture

import (
	"fmt"
)

// measure refuses an AVIF any of whose AV1 items announces frames of more than
// limit pixels: decoders allocate for what the bitstream says, not for what
// the container does. It is ErrNoDecoder where that cannot be told simply.
func (a *avif) measure(f *file, limit int64) error {
	coded, err := a.codedItems(f)
	if err != nil {
		return err
	}
	return a.walkItems(f, func(id uint64, data box) error {
		if !coded[id] {
			return nil
		}
		return measureAV1(f, data, limit)
	})
}

// codedItems returns the ids of the items of type av01 (ISO/IEC 14496-12,
// 8.11.6).
func (a *avif) codedItems(f *file) (map[uint64]bool, error) {
	coded := make(map[uint64]bool)
	r := f.fields(a.iinf)
	version, _ := r.version()
	r.uint(itemIDBytes(version, 1)) // the count
	if r.err != nil {
		return nil, r.err
	}
	err := walkBoxes(f, r.offset, r.end, func(b box) error {
		r := f.fields(b)
		version, _ := r.version()
		id := r.uint(itemIDBytes(version, 3))
		r.uint(2) // protection
		if r.uint(4) == 'a'<<24|'v'<<16|'0'<<8|'1' {
			coded[id] = true
		}
		return r.err
	})
	return coded, err
}

// itemLocations is an iloc box (8.11.3): its version and the lengths of its
// fields.
type itemLocations struct {
	*fields
	version                                         byte
	idBytes                                         int
	offsetBytes, lengthBytes, baseBytes, indexBytes int
}

// walkItems calls visit with the place of each item's data.
func (a *avif) walkItems(f *file, visit func(id uint64, data box) error) error {
	l := itemLocations{fields: f.fields(a.iloc)}
	l.version, _ = l.fields.version()
	l.idBytes = itemIDBytes(l.version, 2)
	sizes := l.uint(2)
	l.offsetBytes, l.lengthBytes = int(sizes>>12), int(sizes>>8&15)
	l.baseBytes, l.indexBytes = int(sizes>>4&15), int(sizes&15)
	if max(l.offsetBytes, l.lengthBytes, l.baseBytes, l.indexBytes) > 8 {
		return fmt.Errorf("%w: iloc", ErrDamaged)
	}
	if l.version == 0 {
		l.indexBytes = 0
	}
	for n := l.uint(l.idBytes); n > 0 && l.err == nil; n-- {
		if err := f.step(); err != nil {
			return err
		}
		id, data, err := l.next(box{length: f.size}, a.idat)
		if err != nil {
			return err
		}
		if err := visit(id, data); err != nil {
			return err
		}
	}
	return l.err
}

// next reads an item, whose data lie in the file or in the idat box.
func (l *itemLocations) next(inFile, inIdat box) (id uint64, data box, err error) {
	id = l.uint(l.idBytes)
	whole := inFile
	if l.version > 0 && l.uint(2)&15 != 0 {
		whole = inIdat
	}
	l.uint(2) // data reference
	base := l.uint(l.baseBytes)
	if extents := l.uint(2); extents != 1 && l.err == nil {
		return 0, box{}, fmt.Errorf("%w: AVIF item in %d pieces", ErrNoDecoder, extents)
	}
	l.uint(l.indexBytes)
	offset, length := l.uint(l.offsetBytes), l.uint(l.lengthBytes)
	if l.err != nil {
		return 0, box{}, l.err
	}
	size := uint64(whole.length)
	if base > size || offset > size-base {
		return 0, box{}, fmt.Errorf("%w: AVIF item behind the end", ErrDamaged)
	}
	if rest := size - base - offset; length == 0 || length > rest {
		length = rest
	}
	return id, box{offset: whole.offset + int64(base+offset), length: int64(length)}, nil
}
