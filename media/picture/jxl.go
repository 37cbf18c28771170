package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
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
	c := Config{Width: int(h.width), Height: int(h.height), Animated: h.animated}
	if h.orientation >= 5 {
		c.Width, c.Height = c.Height, c.Width
	}
	if c.Width <= maxSide && c.Height <= maxSide {
		c.decodedBytes = jxlBytes(c.Pixels()*(4+int64(h.channels))/4, f.size)
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
	err = walkJXL(f, func(kind string, at span) error {
		switch kind {
		case "jxlp": // a part, behind its number
			at = span{at.offset + 4, max(at.length-4, 0)}
		case "jxlc":
		default:
			return nil
		}
		b, err := f.read(at.offset, min(at.length, maxJXLHeader-int64(len(stream))))
		stream = append(stream, b...)
		if err == nil && (kind == "jxlc" || len(stream) == maxJXLHeader) {
			err = errFound
		}
		return err
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return stream, err
}

var errFound = errors.New("found")

// walkJXL calls visit with the content of each box of a container. The last
// one may be cut short.
func walkJXL(f *file, visit func(kind string, at span) error) error {
	for offset := int64(0); offset+8 <= f.size; {
		if err := f.step(); err != nil {
			return err
		}
		b, err := f.at(offset, 8)
		if err != nil {
			return err
		}
		kind, header, total := string(b[4:8]), int64(8), uint64(binary.BigEndian.Uint32(b))
		switch total {
		case 0: // to the end
			total = uint64(f.size - offset)
		case 1:
			header = 16
			if b, err = f.at(offset, 16); err != nil {
				return err
			}
			total = binary.BigEndian.Uint64(b[8:])
		}
		if total < uint64(header) {
			return fmt.Errorf("%w: box of length %d", ErrDamaged, total)
		}
		end := offset + int64(min(total, uint64(f.size-offset)))
		if err := visit(kind, span{offset + header, max(end-offset-header, 0)}); err != nil {
			return err
		}
		offset = end
	}
	return nil
}
