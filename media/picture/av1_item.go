package picture

import (
	"fmt"
	"io"
)

// AV1Item is an AVIF whose picture is one frame of AV1, as a decoder of AV1 gets it.
type AV1Item struct {
	Data []byte // open bitstream units, the sequence header among them

	// Matrix (ITU-T H.273, table 4) and FullRange are what the container tells of the
	// samples; Told means that it does.
	Matrix          int
	FullRange, Told bool
}

// maxAV1Item is more bytes than the frame of a picture takes that is worth the while.
const maxAV1Item = 64 << 20

// ReadAV1Item takes the frame out of the first size bytes of r, c being what ReadConfig
// told of them. The second result tells the size of the frame, and what of it is shown;
// its Data is nil. The error wraps ErrNoDecoder for pictures of any other make: of
// several tiles, of layers, or with an alpha plane. Else it wraps ErrDamaged, or is that
// of r.
func ReadAV1Item(r io.ReaderAt, size int64, c Config) (AV1Item, Bare, error) {
	if c.Format != AVIF {
		return AV1Item{}, Bare{}, fmt.Errorf("%w: %s is not of AV1", ErrNoDecoder, c.Format)
	}
	f := newFile(r, size)
	p, err := measuredHEIF(f, c)
	if err != nil {
		return AV1Item{}, Bare{}, err
	}
	it := p.Item(p.Primary)
	if it == nil || it.Type != "av01" || len(it.Extents) != 1 || it.Len() > maxAV1Item || p.HasAlpha() || p.Short.Kind != "" ||
		isLayered(p, *it) || p.Property(it, "a1lx").Kind != "" {
		return AV1Item{}, Bare{}, fmt.Errorf("%w: AVIF of more than one frame", ErrNoDecoder)
	}
	data := make([]byte, it.Len())
	if _, err := io.ReadFull(f.section(it.Extents[0].Offset, it.Len()), data); err != nil {
		return AV1Item{}, Bare{}, err
	}
	item := AV1Item{Data: data, Matrix: p.Matrix, FullRange: p.FullRange, Told: p.ColourTold}
	return item, Bare{Width: p.Width, Height: p.Height, shown: p}, nil
}
