package metadata

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"postern/media/codec/png"
)

// pngData are the compressed rows of a picture or of a frame, and the chunks that
// they are in.
type pngData struct {
	kind  string
	head  int64 // bytes of a chunk before the data
	rows  int64 // bytes that the rows have
	parts []pngPart
}

// pngPart is where a chunk is, and how many bytes of data it has.
type pngPart struct{ at, size, next int64 }

// pixelChunk notes a chunk with image data, or begins a frame. All of a picture's
// data belong together, whatever stands between them.
func (p *pngPlan) pixelChunk(c chunk) error {
	const control, number = 26, 4
	animates := c.kind != "IDAT"
	switch {
	case animates && !p.animated, c.kind == "fcTL" && (c.size != control || c.cut), c.kind == "fdAT" && c.size < number:
		p.cut(c.at, c.next) // no program shows it
		return nil
	case c.kind == "fcTL":
		content, err := c.read(p.r)
		if err != nil {
			return err
		}
		err = p.endData()
		p.data.rows = p.rows(content[4:])
		return err
	case !animates && p.seen["IDAT"] && p.data.kind != "IDAT":
		p.cut(c.at, c.next) // the picture is behind its frames
		return nil
	case p.data.kind != c.kind:
		if err := p.endData(); err != nil {
			return err
		}
		p.data.kind = c.kind
	}
	if c.kind == "IDAT" && !p.seen["IDAT"] && len(p.header) > 4 {
		p.data.rows = p.rows(p.header)
	}
	p.seen[c.kind] = true
	if animates {
		p.data.head = number
	}
	p.data.parts = append(p.data.parts, pngPart{c.at, c.size - p.data.head, c.next})
	p.pixels = c.next
	return nil
}

// rows returns how many bytes the rows of a size inflate to.
func (p *pngPlan) rows(size []byte) int64 {
	return png.RowBytes(p.header, binary.BigEndian.Uint32(size), binary.BigEndian.Uint32(size[4:]))
}

// maxInflated bounds the work for data that do not end with their rows.
const maxInflated = 512 << 20

// endData leaves out what is not needed of the data that were gathered.
func (p *pngPlan) endData() error {
	d := p.data
	p.data = pngData{rows: d.rows}
	if len(d.parts) == 0 || d.kind == "IDAT" && !p.picture {
		return nil
	}
	size := int64(0)
	for _, part := range d.parts {
		size += part.size
	}
	keep, tail, err := png.DataEnd(func() io.Reader { return &dataReader{r: p.r, data: d} }, size, d.rows)
	if err != nil {
		return err
	}
	if tail != nil {
		if p.inflated += d.rows; p.inflated > maxInflated {
			return fmt.Errorf("%w: image data of more than all rows", ErrDamaged)
		}
	}
	for _, part := range d.parts {
		if part.size <= keep {
			keep -= part.size
			continue
		}
		if err := p.shorten(d, part, keep, tail); err != nil {
			return err
		}
		keep, tail = 0, nil
	}
	return nil
}

// shorten leaves so many bytes of data in a chunk, and puts the tail behind them. One
// that is a number in an animation stays without data.
func (p *pngPlan) shorten(d pngData, part pngPart, keep int64, tail []byte) error {
	if d.head == 0 && keep == 0 && tail == nil {
		p.cut(part.at, part.next)
		return nil
	}
	const header = 8
	end := part.at + header + d.head + keep
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, io.NewSectionReader(p.r, part.at+4, end-part.at-4)); err != nil {
		return err
	}
	sum.Write(tail)
	p.replace(part.at, part.at+4, binary.BigEndian.AppendUint32(nil, uint32(d.head+keep+int64(len(tail)))))
	p.replace(end, part.next, append(tail, sum.Sum(nil)...))
	return nil
}

// dataReader reads the data in chunks.
type dataReader struct {
	r    io.ReaderAt
	data pngData
	at   int64 // in the first of the parts
}

func (r *dataReader) Read(b []byte) (int, error) {
	for ; len(r.data.parts) > 0; r.data.parts, r.at = r.data.parts[1:], 0 {
		part := r.data.parts[0]
		if left := part.size - r.at; left > 0 {
			const header = 8
			n, err := r.r.ReadAt(b[:min(int64(len(b)), left)], part.at+header+r.data.head+r.at)
			if r.at += int64(n); n > 0 {
				err = nil
			}
			return n, err
		}
	}
	return 0, io.EOF
}
