package picture

import (
	"encoding/binary"
	"fmt"
)

// box is a box of the ISO base media file format (ISO/IEC 14496-12, 4.2).
type box struct {
	kind   string
	offset int64 // of the payload
	length int64
}

func (b box) end() int64 { return b.offset + b.length }

// walkBoxes calls visit for each box from offset to end. The last one may be
// cut short.
func walkBoxes(f *file, offset, end int64, visit func(box) error) error {
	for {
		if err := f.step(); err != nil {
			return err
		}
		if offset+8 > end {
			return nil
		}
		b, err := nextBox(f, offset, end)
		if err != nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
		offset = b.end()
	}
}

func nextBox(f *file, offset, end int64) (box, error) {
	b, err := f.at(offset, 8)
	if err != nil {
		return box{}, err
	}
	kind, header, total := string(b[4:8]), int64(8), uint64(binary.BigEndian.Uint32(b))
	switch total {
	case 0: // to the end
		total = uint64(end - offset)
	case 1:
		header = 16
		if b, err = f.at(offset, 16); err != nil {
			return box{}, err
		}
		total = binary.BigEndian.Uint64(b[8:])
	}
	if total < uint64(header) {
		return box{}, fmt.Errorf("%w: box of length %d", ErrDamaged, total)
	}
	total = min(total, uint64(end-offset))
	return box{kind, offset + header, int64(total) - header}, nil
}

// fields reads the big-endian numbers of a box, one after the other. After the
// first error it returns zeros.
type fields struct {
	file   *file
	offset int64
	end    int64
	err    error
}

func (f *file) fields(b box) *fields { return &fields{file: f, offset: b.offset, end: b.end()} }

// uint reads n bytes, 8 at most.
func (r *fields) uint(n int) uint64 {
	if r.err == nil && r.offset+int64(n) > r.end {
		r.err = fmt.Errorf("%w: box ends too early", ErrDamaged)
	}
	if r.err != nil {
		return 0
	}
	var b []byte
	if b, r.err = r.file.at(r.offset, n); r.err != nil {
		return 0
	}
	r.offset += int64(n)
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// version reads the version and the flags of a full box.
func (r *fields) version() (version byte, flags uint32) {
	v := r.uint(4)
	return byte(v >> 24), uint32(v & 0xffffff)
}
