package heif

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Box is a box of the container (ISO/IEC 14496-12, 4.2).
type Box struct {
	Kind   string
	Start  int64 // of the box in the file; its kind stands 4 bytes behind
	Offset int64 // of the content
	Length int64 // of the content, in bytes

	made string // the content of one that is not in the file, since the short form says it otherwise
}

// End is the offset behind the box.
func (b Box) End() int64 { return b.Offset + b.Length }

// Boxes calls visit for each box at the top of the first size bytes of r, and
// returns its error, one that wraps ErrDamaged, or that of r. The last box may
// be cut short. JPEG XL has the same boxes.
func Boxes(r io.ReaderAt, size int64, visit func(Box) error) error {
	p := parser{r: r, size: size}
	return p.walk(0, size, visit)
}

// walk calls visit for each box from offset to end. The last one may be cut
// short.
func (p *parser) walk(offset, end int64, visit func(Box) error) error {
	for offset+8 <= end {
		if p.boxes++; p.boxes > maxBoxes {
			return damaged("more than %d boxes", maxBoxes)
		}
		b, err := p.box(offset, end)
		if err != nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
		offset = b.End()
	}
	return nil
}

func (p *parser) box(offset, end int64) (Box, error) {
	var head [16]byte
	if err := p.readAt(head[:8], offset); err != nil {
		return Box{}, err
	}
	kind, header, total := string(head[4:8]), int64(8), uint64(binary.BigEndian.Uint32(head[:]))
	switch total {
	case 0: // to the end
		total = uint64(end - offset)
	case 1:
		header = 16
		if err := p.readAt(head[:], offset); err != nil {
			return Box{}, err
		}
		total = binary.BigEndian.Uint64(head[8:])
	}
	if total < uint64(header) {
		return Box{}, damaged("box of length %d", total)
	}
	total = min(total, uint64(end-offset))
	return Box{Kind: kind, Start: offset, Offset: offset + header, Length: max(int64(total)-header, 0)}, nil
}

func (p *parser) readAt(b []byte, offset int64) error {
	if offset > p.size-int64(len(b)) {
		return damaged("ends within its boxes")
	}
	if n, err := p.r.ReadAt(b, offset); n < len(b) {
		return fmt.Errorf("read at %d: %w", offset, err)
	}
	return nil
}

// fields loads a box of metadata.
func (p *parser) fields(b Box) (*fields, error) {
	if b.made != "" {
		return &fields{data: []byte(b.made)}, nil
	}
	if b.Length > maxTable {
		return nil, damaged("%s of %d bytes", b.Kind, b.Length)
	}
	data := make([]byte, b.Length)
	if err := p.readAt(data, b.Offset); err != nil {
		return nil, err
	}
	return &fields{data: data, start: b.Offset}, nil
}

// fields reads the big-endian numbers of a box, one after the other. Behind
// the end it returns zeros.
type fields struct {
	data  []byte
	start int64 // of data in the file
	pos   int
	short bool
}

func (f *fields) err() error {
	if f.short {
		return damaged("box ends too early")
	}
	return nil
}

// left is the number of bytes that were not read.
func (f *fields) left() int { return len(f.data) - f.pos }

func (f *fields) skip(n int) {
	if n < 0 || n > f.left() {
		f.short, f.pos = true, len(f.data)
		return
	}
	f.pos += n
}

// uint reads n bytes, 8 at most.
func (f *fields) uint(n int) uint64 {
	from := f.pos
	if f.skip(n); f.short {
		return 0
	}
	var v uint64
	for _, c := range f.data[from:f.pos] {
		v = v<<8 | uint64(c)
	}
	return v
}

// text reads up to a NUL.
func (f *fields) text() string {
	from := f.pos
	for f.left() > 0 {
		if f.uint(1) == 0 {
			return string(f.data[from : f.pos-1])
		}
	}
	return string(f.data[from:f.pos])
}

// version reads the version and the flags of a full box.
func (f *fields) version() (version byte, flags uint32) {
	v := f.uint(4)
	return byte(v >> 24), uint32(v & 0xffffff)
}
