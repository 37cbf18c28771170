package metadata

import (
	"bytes"
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
			if s.marker == markerAPP1 && bytes.HasPrefix(s.body, exifHeader) {
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
