package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"postern/media/codec/heif"
	"postern/media/codec/jxl"
)

// jxlBoxes visits the boxes of a JPEG XL. One that is no container has none, and no
// room for metadata.
func jxlBoxes(r io.ReaderAt, size int64, visit func(heif.Box) error) error {
	head := make([]byte, len(jxl.Signature))
	if n, err := r.ReadAt(head, 0); n < len(head) || string(head) != jxl.Signature {
		if err == io.EOF {
			err = nil
		}
		return err
	}
	err := heif.Boxes(r, size, visit)
	if errors.Is(err, heif.ErrDamaged) {
		return errBroken
	}
	return err
}

// jxlBlocks returns the EXIF block and the XMP packet of a JPEG XL, nil for
// none. The error is that of r.
func jxlBlocks(r io.ReaderAt, size int64) (exif, xmp []byte, err error) {
	err = jxlBoxes(r, size, func(b heif.Box) error {
		isEXIF, isXMP := b.Kind == "Exif" && exif == nil, b.Kind == "xml " && xmp == nil
		if !isEXIF && !isXMP || b.Length > maxBlock {
			return nil
		}
		content := make([]byte, b.Length)
		if n, err := r.ReadAt(content, b.Offset); n < len(content) {
			return err
		}
		if isEXIF {
			exif = exifItem(content)
		} else {
			xmp = content
		}
		return nil
	})
	if errors.Is(err, errBroken) {
		err = nil
	}
	return exif, xmp, err
}

// planJXL leaves out the boxes that are not known to be harmless (ISO/IEC
// 18181-2): among them compressed ones (brob) and what is needed to make the JPEG
// again from which the picture was made (jbrd), comments and all.
func (s *stripper) planJXL() error {
	j := jxlPlan{stripper: s}
	end := int64(0)
	err := jxlBoxes(s.r, s.size, func(b heif.Box) error {
		end = b.End()
		return j.box(b)
	})
	if end == 0 && err == nil {
		return s.planCodestream()
	}
	if err := s.ends(end, err); err != nil {
		return err
	}
	return j.shorten()
}

// codestreamEnd is where a codestream ends, whatever follows it.
func codestreamEnd(r io.ReaderAt, size int64) (int64, error) {
	end, err := jxl.End(r, size)
	if errors.Is(err, jxl.ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return end, err
}

// planCodestream leaves out what is behind a bare codestream.
func (s *stripper) planCodestream() error {
	end, err := codestreamEnd(s.r, s.size)
	if err != nil {
		return err
	}
	s.cut(end, s.size)
	return nil
}

// jxlPlan tells what a container has had.
type jxlPlan struct {
	*stripper
	signature, brands, level, whole bool

	parts []jxlPart // of the codestream
	sizes int64     // of them together
}

// jxlPart is a box with a part of the codestream, behind some bytes.
type jxlPart struct {
	heif.Box
	head int64
}

const jxlBrands = "jxl \x00\x00\x00\x00jxl "

func (j *jxlPlan) box(b heif.Box) error {
	switch {
	case b.Kind == "JXL " && j.once(&j.signature):
		return nil
	case b.Kind == "ftyp" && j.once(&j.brands):
		if b.Length != int64(len(jxlBrands)) {
			j.replace(b.Start, b.End(), newBox(b.Kind, []byte(jxlBrands)))
		}
		return nil
	case b.Kind == "jxll" && b.Length == 1 && j.once(&j.level):
		return nil
	case b.Kind == "jxlc" && len(j.parts) == 0 && j.once(&j.whole):
		j.addPart(jxlPart{Box: b})
		return nil
	case b.Kind == "jxlp" && !j.whole:
		return j.part(b)
	case (b.Kind == "Exif" || b.Kind == "xml ") && b.Length <= maxBlock:
		return j.metadata(b)
	}
	j.cut(b.Start, b.End())
	return nil
}

// part notes the last part of a codestream.
func (j *jxlPlan) part(b heif.Box) error {
	const last = 0x80
	number := make([]byte, 1)
	if n, err := j.r.ReadAt(number, b.Offset); n < len(number) {
		return err
	}
	j.whole = number[0]&last != 0
	j.addPart(jxlPart{Box: b, head: min(4, b.Length)})
	return nil
}

func (j *jxlPlan) addPart(p jxlPart) {
	j.parts = append(j.parts, p)
	j.sizes += p.Length - p.head
}

// shorten leaves out of the parts what is behind the codestream's end.
func (j *jxlPlan) shorten() error {
	end, err := codestreamEnd(j, j.sizes)
	if err != nil {
		return err
	}
	for _, p := range j.parts {
		size := p.Length - p.head
		if keep := min(size, max(end, 0)); keep < size {
			if keep > math.MaxUint32-16 {
				return fmt.Errorf("%w: codestream of %d bytes", ErrDamaged, keep)
			}
			header := binary.BigEndian.AppendUint32(nil, uint32(8+p.head+keep))
			j.replace(p.Start, p.Offset, append(header, p.Kind...))
			j.cut(p.Offset+p.head+keep, p.End())
		}
		end -= size
	}
	return nil
}

// ReadAt implements io.ReaderAt: it reads the codestream.
func (j *jxlPlan) ReadAt(b []byte, offset int64) (n int, err error) {
	for _, p := range j.parts {
		size := p.Length - p.head
		if offset < size && n < len(b) {
			most := min(int64(len(b)-n), size-offset)
			got, err := j.r.ReadAt(b[n:n+int(most)], p.Offset+p.head+offset)
			if n += got; int64(got) < most {
				return n, err
			}
		}
		offset = max(offset-size, 0)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (j *jxlPlan) metadata(b heif.Box) error {
	content := make([]byte, b.Length)
	if n, err := j.r.ReadAt(content, b.Offset); n < len(content) {
		return err
	}
	var with []byte
	if b.Kind == "Exif" {
		with, _ = j.exifBlock(exifItem(content))
		with = prefixed(make([]byte, 4), with)
	} else {
		with, _ = j.xmpPacket(content)
	}
	if !bytes.Equal(with, content) {
		j.replace(b.Start, b.End(), newBox(b.Kind, with))
	}
	return nil
}

// newBox returns nothing for a content that is nil.
func newBox(kind string, content []byte) []byte {
	if content == nil {
		return nil
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))
	return append(append(b, kind...), content...)
}
