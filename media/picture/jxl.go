package picture

import (
	"bytes"
	"errors"
	"fmt"

	"postern/media/codec/heif"
)

// jxlSignature begins a JPEG XL in a container (ISO/IEC 18181-2, 9.1), and
// jxlBare one without.
const (
	jxlSignature = "\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"
	jxlBare      = "\xff\x0a"
)

// maxJXLHeader is more bytes of the codestream than its headers take, but for
// the names of thousands of channels.
const maxJXLHeader = 4096

func isJXL(head []byte) bool {
	return bytes.HasPrefix(head, []byte(jxlBare)) || bytes.HasPrefix(head, []byte(jxlSignature))
}

// readJXL reads the headers of the codestream.
func readJXL(f *file) (Config, error) {
	h, err := readJXLHeader(f)
	if err != nil {
		return Config{}, err
	}
	layers, err := readJXLLayers(f, h)
	if err != nil {
		return Config{}, err
	}
	c := Config{Width: int(h.width), Height: int(h.height), Animated: layers.animated}
	if h.orientation >= 5 {
		c.Width, c.Height = c.Height, c.Width
	}
	c.Alpha, c.Grey, c.inks = h.channels > 0, h.colour.space == jxlGrey, h.black
	c.Samples = Samples{Channels: h.channels, Multiplied: h.multiplied, Light: h.xyb && h.hasICC}
	if !h.mixed {
		c.Samples.Depth = h.sampleBits
	}
	if c.Width <= maxSide && c.Height <= maxSide {
		channels := 4 + int64(h.channels)
		c.demand(JXL, layers.pixels*channels/4, f.size)
	}
	return c, nil
}

// readJXLHeader reads the headers of a bare codestream or of that in a
// container. The error wraps ErrDamaged or is that of the reader.
func readJXLHeader(f *file) (jxlHeader, error) {
	stream, err := jxlCodestream(f)
	if err != nil {
		return jxlHeader{}, err
	}
	h, ok := parseJXL(stream)
	if !ok {
		return h, fmt.Errorf("%w: JPEG XL header", ErrDamaged)
	}
	return h, nil
}

// jxlCodestream returns the beginning of the codestream.
func jxlCodestream(f *file) ([]byte, error) {
	head, err := f.at(0, 2)
	if err != nil {
		return nil, err
	}
	if string(head) == jxlBare {
		return f.read(0, min(f.size, maxJXLHeader))
	}
	var stream []byte
	err = heif.Boxes(f.r, f.size, func(b heif.Box) error {
		switch b.Kind {
		case "jxlp": // a part, behind its number
			b.Offset, b.Length = b.Offset+4, max(b.Length-4, 0)
		case "jxlc":
		default:
			return nil
		}
		part, err := f.read(b.Offset, min(b.Length, maxJXLHeader-int64(len(stream))))
		stream = append(stream, part...)
		if err == nil && (b.Kind == "jxlc" || len(stream) == maxJXLHeader) {
			err = errFound
		}
		return err
	})
	switch {
	case errors.Is(err, errFound):
		err = nil
	case errors.Is(err, heif.ErrDamaged):
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return stream, err
}

// jxlICC returns a profile for the numbers that tell the colours.
func jxlICC(f *file) ([]byte, error) {
	h, err := readJXLHeader(f)
	if err != nil || h.hasICC || h.colour.white != jxlD65 {
		return nil, err
	}
	return enumeratedICC(h.colour.primaries, h.colour.transfer), nil
}

var errFound = errors.New("found")
