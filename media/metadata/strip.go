package metadata

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Strip copies a picture to w without the metadata that mode removes, and
// reports whether that makes a difference; when it does not, what is in w is
// of no use and the picture is to be kept as it is. Pixels, colours and
// orientation stay. Strip of its own output changes nothing.
//
// A colour profile becomes what icc.Plain makes of it. One that cannot be followed goes, and so
// does one above 1 MiB, or 4 MiB in a JPEG: programs mostly make nothing of the former.
// The profile that a JPEG XL has in its codestream stays as it is.
//
// Private removes what is not known to be harmless. EXIF is written anew with the
// tags that Read gives, XMP with title, description, rights, dates, program and
// panorama facts, IPTC with title, headline, caption, copyright, dates and program.
// Gone as well are previews, application segments of makers, C2PA boxes, comments
// of JPEG and GIF, and texts of PNG but for title, description, copyright and
// dates. EXIF in a text of a PNG becomes a chunk of EXIF.
//
// None removes all but orientation and colours.
//
// All behind the end of a picture goes, and so does what stands between its parts
// and belongs to none, and every part of a sort that is not known to be harmless.
// A GIF loses the application extensions that do not change how it is shown. In
// AVIF and HEIC all is overwritten where it stands but what ends the file: unknown boxes
// and properties, what is behind the fields of known ones, media data that no picture and
// no sample is made of; and in the movie of a sequence what video.Redact overwrites. One
// whose picture is itself a file, such as a JPEG, is ErrDamaged. A JPEG
// XL keeps its codestream, EXIF and XMP, and can no longer be made the JPEG that
// it was made of. Where a file breaks off, or cannot be followed any further, it
// ends with the pixels until there.
//
// Tables of a JPEG that no scan is read by go.
//
// What of the compressed data of a GIF, or of the frames beside the picture of a PNG,
// makes no pixel goes as well: bytes behind the end, more rows than there are, data
// behind damage. For what makes none of a JPEG's coded data, and of the image data of a
// PNG, see Unused: their decoder finds it on its way. What is hidden in the coded data of
// other kinds stays.
//
// Of several EXIF blocks or XMP packets the first stays, and of Photoshop's
// segments in a JPEG the first MiB. Memory is bounded by a few MiB; metadata
// chunks above 1 MiB are removed unread. The error wraps ErrDamaged where there
// is no following the file, or is that of r or w.
func Strip(w io.Writer, r io.ReaderAt, size int64, kind Kind, mode Mode) (changed bool, err error) {
	if mode == Keep {
		return false, nil
	}
	s := stripper{r: r, size: size, mode: mode}
	switch kind {
	case JPEG:
		err = s.planJPEG()
	case GIF:
		err = s.planGIF()
	case PNG:
		err = s.planPNG(false)
	case WebP:
		err = s.planWebP()
	case AVIF, HEIC:
		err = s.planHEIF()
	case JXL:
		err = s.planJXL()
	}
	if err == nil && s.tooMany {
		err = fmt.Errorf("%w: metadata in more than %d places", ErrDamaged, maxEdits)
	}
	if err != nil {
		return false, fmt.Errorf("strip: %w", err)
	}
	if len(s.edits) == 0 {
		return false, nil
	}
	return true, s.write(w)
}

// edit replaces the bytes from start to end.
type edit struct {
	start, end int64
	with       []byte
	blank      bool // put zeros there instead
}

// stripper gathers edits in their order and then writes around them.
type stripper struct {
	r     io.ReaderAt
	size  int64
	mode  Mode
	edits []edit

	tooMany bool // edits
	held    int  // bytes that stand for chunks
	texts   inflater

	exifs, xmps int  // blocks that were looked into
	photoshop   int  // bytes of its segments that were
	jfif, adobe bool // a JPEG's segments that were met
	profile     jpegProfile
	tables      jpegTables
}

// ErrDamaged means that the parts of a file cannot be told from each other.
var ErrDamaged = errors.New("picture cannot be followed")

// maxEdits bounds memory. Neighbours that go count as one.
const maxEdits = 1 << 16

// cut leaves out the bytes from start to end, if there are any.
func (s *stripper) cut(start, end int64) {
	if start < end {
		s.replace(start, end, nil)
	}
}

// ends leaves out all from the offset on where a walk came to its end, or could
// not follow the file any further, and returns the other errors.
func (s *stripper) ends(at int64, err error) error {
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errBroken) {
		return err
	}
	s.cut(at, s.size)
	return nil
}

// replace puts bytes in the place of those from start to end, none for nil.
func (s *stripper) replace(start, end int64, with []byte) {
	if n := len(s.edits); n > 0 && with == nil && s.edits[n-1].removes() && s.edits[n-1].end == start {
		s.edits[n-1].end = end
		return
	}
	s.add(edit{start: start, end: end, with: with})
}

func (s *stripper) add(e edit) {
	if s.tooMany = len(s.edits) == maxEdits; !s.tooMany {
		s.edits = append(s.edits, e)
	}
}

func (s *stripper) write(w io.Writer) error {
	// A file may have its chunks in any order, VP8X behind EXIF too.
	slices.SortStableFunc(s.edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	at := int64(0)
	buf := make([]byte, 64<<10)
	for _, e := range s.edits {
		e = e.from(at)
		if _, err := io.CopyBuffer(onlyWriter{w}, io.NewSectionReader(s.r, at, e.start-at), buf); err != nil {
			return err
		}
		if err := e.write(w); err != nil {
			return err
		}
		at = e.end
	}
	_, err := io.CopyBuffer(onlyWriter{w}, io.NewSectionReader(s.r, at, s.size-at), buf)
	return err
}

// onlyWriter hides that an *os.File reads, which it does with a buffer of its
// own for every call.
type onlyWriter struct{ io.Writer }

// removes tells whether the edit puts nothing in the place of its bytes.
func (e edit) removes() bool { return e.with == nil && !e.blank }

// from leaves out what of the edit lies before an offset. Items of a HEIF may
// share bytes.
func (e edit) from(at int64) edit {
	e.end = max(e.end, at)
	if e.start < at {
		e.with = e.with[min(at-e.start, int64(len(e.with))):]
		e.start = at
	}
	return e
}

func (e edit) write(w io.Writer) error {
	if !e.blank {
		_, err := w.Write(e.with)
		return err
	}
	_, err := io.CopyN(w, zeros{}, e.end-e.start)
	return err
}

// zeros is an endless reader of them.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// exifBlock returns what is to stand for an EXIF block, and whether that is
// something else. nil stands for nothing, and so does any block but the first:
// a file could hold thousands.
func (s *stripper) exifBlock(b []byte) (with []byte, changed bool) {
	if s.exifs++; s.exifs > 1 {
		return nil, true
	}
	d, ok := walkTIFF(b)
	switch {
	case !ok:
	case s.mode == None:
		d.exif = nil
		with = writeTIFF(d, upright)
	default:
		with = writeTIFF(d, harmless)
	}
	return with, !bytes.Equal(with, b)
}

// xmpPacket returns what is to stand for an XMP packet, and whether that is
// something else. nil stands for nothing, and so does any packet but the first.
func (s *stripper) xmpPacket(b []byte) (with []byte, changed bool) {
	if s.xmps++; s.mode == None || s.xmps > 1 {
		return nil, true
	}
	with = freshXMP(parseXMP(bytes.NewReader(b)))
	return with, !bytes.Equal(with, b)
}
