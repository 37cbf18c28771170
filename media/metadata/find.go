package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// findEXIF returns the TIFF block of a picture's EXIF data, nil when there is
// none. The error is that of r.
func findEXIF(r io.ReaderAt, size int64, kind Kind) ([]byte, error) {
	var found []byte
	var err error
	switch kind {
	case JPEG:
		err = jpegSegments(r, size, func(s segment) error {
			if s.marker == 0xe1 && bytes.HasPrefix(s.body, exifHeader) {
				found = s.body[len(exifHeader):]
				return errStop
			}
			return nil
		})
	case PNG, WebP:
		err = chunks(r, size, kind, func(c chunk) error {
			if c.kind != "eXIf" && c.kind != "EXIF" || c.size > maxBlock {
				return nil
			}
			found = make([]byte, c.size)
			if _, err := r.ReadAt(found, c.at+8); err != nil {
				return err
			}
			// Some writers leave JPEG's header in.
			found = bytes.TrimPrefix(found, exifHeader)
			return errStop
		})
	}
	if errors.Is(err, errStop) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errBroken) {
		err = nil
	}
	return found, err
}

var (
	errStop   = errors.New("stop")
	errBroken = errors.New("broken container")
)

var exifHeader = []byte("Exif\x00\x00")

// segment is a marker segment of a JPEG before its first scan.
type segment struct {
	marker byte
	at     int64  // of its 0xff
	body   []byte // without marker and length
}

// maxSegments is far beyond what real files have before their first scan.
const maxSegments = 2000

// jpegSegments visits the segments up to the first scan, that one included
// with its header only. It returns visit's error, errBroken, or that of r.
func jpegSegments(r io.ReaderAt, size int64, visit func(segment) error) error {
	at := int64(2)
	var h [4]byte
	for range maxSegments {
		if _, err := r.ReadAt(h[:], at); err != nil {
			return err
		}
		if h[0] != 0xff {
			return errBroken
		}
		if h[1] == 0xff { // fill
			at++
			continue
		}
		length := int64(binary.BigEndian.Uint16(h[2:]))
		if h[1] == 0xd9 || h[1] == 0x00 || length < 2 || at+2+length > size {
			return errBroken
		}
		s := segment{marker: h[1], at: at, body: make([]byte, length-2)}
		if _, err := r.ReadAt(s.body, at+4); err != nil && length > 2 {
			return err
		}
		if err := visit(s); err != nil {
			return err
		}
		if s.marker == 0xda {
			return nil
		}
		at += 2 + length
	}
	return errBroken
}

// chunk is a chunk of a PNG or of a WebP's RIFF.
type chunk struct {
	kind string
	at   int64 // of its header of 8 bytes
	size int64 // of its content
	next int64 // where the next one starts
}

// maxChunks is far beyond what real files have; frames of animations count.
const maxChunks = 100_000

// chunks visits the chunks of a PNG or WebP. It returns visit's error,
// errBroken, or that of r.
func chunks(r io.ReaderAt, size int64, kind Kind, visit func(chunk) error) error {
	at := int64(8)
	if kind == WebP {
		at = 12
	}
	var h [8]byte
	for range maxChunks {
		if at >= size {
			return nil
		}
		if _, err := r.ReadAt(h[:], at); err != nil {
			return err
		}
		c := chunk{at: at}
		if kind == PNG {
			c.kind, c.size = string(h[4:]), int64(binary.BigEndian.Uint32(h[:]))
			c.next = at + 12 + c.size
		} else {
			c.kind, c.size = string(h[:4]), int64(binary.LittleEndian.Uint32(h[4:]))
			c.next = at + 8 + c.size + c.size%2
		}
		if at+8+c.size > size {
			return errBroken
		}
		if err := visit(c); err != nil {
			return err
		}
		if c.kind == "IEND" {
			return nil
		}
		at = c.next
	}
	return errBroken
}
