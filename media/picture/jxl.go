package picture

import (
	"errors"
	"fmt"

	"postern/media/codec/jxl"
)

// readJXL reads the headers of the codestream.
func readJXL(f *file) (Config, error) {
	h, err := readJXLHeader(f)
	if err != nil {
		return Config{}, err
	}
	layers, err := jxl.ReadLayers(f.r, f.size, h)
	if err != nil {
		return Config{}, err
	}
	c := Config{Width: int(h.Width), Height: int(h.Height), Animated: layers.Animated}
	if h.Orientation >= 5 {
		c.Width, c.Height = c.Height, c.Width
	}
	c.Alpha, c.Grey, c.inks = h.Channels > 0, h.Colour.Space == jxl.Grey, h.Black
	c.Samples = Samples{Channels: h.Channels, Multiplied: h.Multiplied, Light: h.XYB && h.HasICC}
	if !h.Mixed {
		c.Samples.Depth = h.SampleBits
	}
	if c.Width <= maxSide && c.Height <= maxSide {
		channels := 4 + int64(h.Channels)
		c.demand(JXL, layers.Pixels*channels/4, f.size)
	}
	return c, nil
}

// readJXLHeader reads the header of a codestream. The error wraps ErrDamaged or is
// that of the reader.
func readJXLHeader(f *file) (jxl.Header, error) {
	h, err := jxl.ReadHeader(f.r, f.size)
	if errors.Is(err, jxl.ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return h, err
}

// jxlICC returns a profile for the numbers that tell the colours.
func jxlICC(f *file) ([]byte, error) {
	h, err := readJXLHeader(f)
	if err != nil || h.HasICC || h.Colour.White != jxl.D65 {
		return nil, err
	}
	return enumeratedICC(h.Colour.Primaries, h.Colour.Transfer), nil
}
