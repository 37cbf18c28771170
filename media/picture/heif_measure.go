package picture

import (
	"encoding/binary"
	"errors"
	"fmt"

	"postern/media/codec/heif"
)

// measureItems refuses a container any of whose items announces more than limit
// pixels: decoders allocate for what a grid or an AV1 bitstream says, not for
// what the properties do. It is ErrNoDecoder where that cannot be told simply.
// HEVC bitstreams are not measured, since their decoder runs in bounded memory.
func measureItems(f *file, p *heif.Picture, limit int64) error {
	for _, it := range p.Items {
		var err error
		switch it.Type {
		case "av01":
			if err = measureAV1Item(f, it, limit); errors.Is(err, ErrDamaged) && isLayered(p, it) {
				err = fmt.Errorf("%w: AVIF of layers larger than it: %v", ErrNoDecoder, err)
			}
		case "grid":
			err = measureCanvas(f, it, 4, limit)
		case "iovl":
			err = measureCanvas(f, it, 2+8, limit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isLayered reports whether only one of several layers is meant, whose size the
// properties tell.
func isLayered(p *heif.Picture, it heif.Item) bool {
	return p.Property(&it, "a1op").Kind != "" || p.Property(&it, "lsel").Kind != ""
}

func measureAV1Item(f *file, it heif.Item, limit int64) error {
	if len(it.Extents) != 1 {
		return fmt.Errorf("%w: AVIF item in %d pieces", ErrNoDecoder, len(it.Extents))
	}
	return measureAV1(f, span{it.Extents[0].Offset, it.Extents[0].Length}, limit)
}

// measureCanvas reads the size that a grid or an overlay is to have (ISO/IEC
// 23008-12, 6.6.2), which stands behind so many bytes in 16 or 32 bits.
func measureCanvas(f *file, it heif.Item, behind int, limit int64) error {
	if len(it.Extents) == 0 {
		return nil
	}
	b, err := f.at(it.Extents[0].Offset, int(min(it.Extents[0].Length, int64(behind+8))))
	if err != nil {
		return err
	}
	if len(b) < behind+4 {
		return fmt.Errorf("%w: %s of %d bytes", ErrDamaged, it.Type, len(b))
	}
	width, height := int64(binary.BigEndian.Uint16(b[behind:])), int64(binary.BigEndian.Uint16(b[behind+2:]))
	if b[1]&1 != 0 && len(b) >= behind+8 {
		width, height = int64(binary.BigEndian.Uint32(b[behind:])), int64(binary.BigEndian.Uint32(b[behind+4:]))
	}
	if width > maxSide || height > maxSide || width*height > limit {
		return fmt.Errorf("%w: %s of %dx%d pixels", ErrDamaged, it.Type, width, height)
	}
	return nil
}
