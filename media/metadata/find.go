package metadata

import (
	"bytes"
	"errors"
	"io"
)

// blocks are the pieces of a picture's metadata, nil for none.
type blocks struct {
	exif               []byte // the TIFF block
	xmp                []byte // the packet; that of a JPEG is read elsewhere
	rawEXIF            []byte // of a text of a PNG
	unturned           bool   // browsers do not look there for an orientation
	title, description []byte // texts of a PNG
}

// findBlocks finds the first of each. The error is that of r.
func findBlocks(r io.ReaderAt, size int64, kind Kind) (b blocks, err error) {
	switch kind {
	case JPEG:
		b.exif, err = jpegEXIF(r, size)
	case PNG:
		b, err = pngBlocks(r, size)
	case WebP:
		b, err = webpBlocks(r, size)
	case AVIF, HEIC:
		b.exif, b.xmp, err = heifBlocks(r, size)
	case JXL:
		b.exif, b.xmp, err = jxlBlocks(r, size)
	}
	if errors.Is(err, errStop) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errBroken) || errors.Is(err, ErrDamaged) {
		err = nil
	}
	return b, err
}

// takeEXIF keeps the content of the first chunk. Some writers leave JPEG's
// header in.
func (b *blocks) takeEXIF(content []byte) {
	if b.exif == nil {
		b.exif = bytes.TrimPrefix(content, exifHeader)
	}
}

func jpegEXIF(r io.ReaderAt, size int64) (found []byte, err error) {
	_, err = jpegSegments(r, size, func(s segment) error {
		if s.marker == markerSOS {
			return errStop
		}
		if s.marker == markerAPP1 && bytes.HasPrefix(s.body, exifHeader) {
			found = bytes.Clone(s.body[len(exifHeader):])
			return errStop
		}
		return nil
	})
	return found, err
}

func webpBlocks(r io.ReaderAt, size int64) (b blocks, err error) {
	_, err = chunks(r, size, WebP, func(c chunk) error {
		if c.size > maxBlock || c.kind != "EXIF" && c.kind != "XMP " {
			return nil
		}
		content, err := c.read(r)
		switch {
		case err != nil:
			return err
		case c.kind == "EXIF":
			b.takeEXIF(content)
		case b.xmp == nil:
			b.xmp = content
		}
		return nil
	})
	return b, err
}

var (
	errStop   = errors.New("stop")
	errBroken = errors.New("broken container")
)
