// Package jxl reads what the bitstream of a JPEG XL tells without decoding pixels: its
// header, the colours, the frames, and where the last of them ends (ISO/IEC 18181).
//
// Every byte may be hostile. What is read of a file is bounded by a few megabytes.
package jxl

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"postern/media/codec/heif"
)

// ErrDamaged means that the bytes are not what the standard allows.
var ErrDamaged = errors.New("jxl: damaged")

// Signature begins a JPEG XL in a container (ISO/IEC 18181-2, 9.1), and Bare one
// without.
const (
	Signature = "\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"
	Bare      = "\xff\x0a"
)

// maxHeader is more bytes of the codestream than its headers take, but for the names
// of thousands of channels.
const maxHeader = 4096

// Begins reports whether a file of these first bytes is a JPEG XL.
func Begins(head []byte) bool {
	return bytes.HasPrefix(head, []byte(Bare)) || bytes.HasPrefix(head, []byte(Signature))
}

// ReadHeader reads the header of a bare codestream or of that in a container. The
// error wraps ErrDamaged or is that of r.
func ReadHeader(r io.ReaderAt, size int64) (Header, error) {
	stream, err := start(r, size)
	if err != nil {
		return Header{}, err
	}
	h, ok := parse(stream)
	if !ok {
		return h, fmt.Errorf("%w: header", ErrDamaged)
	}
	return h, nil
}

// start returns the beginning of the codestream.
func start(r io.ReaderAt, size int64) ([]byte, error) {
	bare, err := isBare(r, size)
	if err != nil {
		return nil, err
	}
	if bare {
		return read(r, 0, min(size, maxHeader))
	}
	var stream []byte
	err = heif.Boxes(r, size, func(b heif.Box) error {
		switch b.Kind {
		case "jxlp": // a part, behind its number
			b.Offset, b.Length = b.Offset+4, max(b.Length-4, 0)
		case "jxlc":
		default:
			return nil
		}
		part, err := readWithin(r, size, b.Offset, min(b.Length, maxHeader-int64(len(stream))))
		stream = append(stream, part...)
		if err == nil && (b.Kind == "jxlc" || len(stream) == maxHeader) {
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

var errFound = errors.New("found")

func isBare(r io.ReaderAt, size int64) (bool, error) {
	head, err := readWithin(r, size, 0, int64(len(Bare)))
	return string(head) == Bare, err
}

// readWithin is read, and ErrDamaged where a file of this size ends before.
func readWithin(r io.ReaderAt, size, offset, length int64) ([]byte, error) {
	if offset > size-length {
		return nil, fmt.Errorf("%w: ends within a part of %d bytes", ErrDamaged, length)
	}
	return read(r, offset, length)
}

// read returns the bytes at an offset. The caller bounds the length.
func read(r io.ReaderAt, offset, length int64) ([]byte, error) {
	b := make([]byte, length)
	if n, err := r.ReadAt(b, offset); n < len(b) {
		return nil, fmt.Errorf("read at %d: %w", offset, err)
	}
	return b, nil
}
