package metadata

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// chunk is a chunk of a PNG or of a WebP's RIFF.
type chunk struct {
	kind string
	at   int64 // of its header of 8 bytes
	size int64 // of its content
	next int64 // where the next one starts
	cut  bool  // promises more than there is
}

// maxChunks is far beyond what real files have; frames of animations count.
const maxChunks = 100_000

// chunks visits the chunks of a PNG, up to and with IEND, or of a WebP. One that
// is cut short comes last. It returns where what could not be followed begins,
// and visit's error, errBroken, ErrDamaged, or that of r.
func chunks(r io.ReaderAt, size int64, kind Kind, visit func(chunk) error) (broken int64, err error) {
	if kind == WebP {
		return chunksIn(r, 12, riffEnd(r, size), kind, visit)
	}
	return chunksIn(r, 8, size, kind, visit)
}

func chunksIn(r io.ReaderAt, at, end int64, kind Kind, visit func(chunk) error) (broken int64, err error) {
	var h [8]byte
	for range maxChunks {
		if at >= end {
			return at, nil
		}
		if at > end-8 {
			return at, errBroken
		}
		if _, err := r.ReadAt(h[:], at); err != nil {
			return at, err
		}
		c := newHeader(kind, h[:], at)
		c.cut = c.size > end-at-8
		c.size, c.next = min(c.size, end-at-8), min(c.next, end)
		if err := visit(c); err != nil || c.kind == "IEND" {
			return c.next, err
		}
		at = c.next
	}
	return at, fmt.Errorf("%w: more than %d chunks", ErrDamaged, maxChunks)
}

func newHeader(kind Kind, h []byte, at int64) chunk {
	if kind == PNG {
		size := int64(binary.BigEndian.Uint32(h))
		return chunk{kind: string(h[4:]), at: at, size: size, next: at + 12 + size}
	}
	size := int64(binary.LittleEndian.Uint32(h[4:]))
	return chunk{kind: string(h[:4]), at: at, size: size, next: at + 8 + size + size%2}
}

// riffEnd is where a RIFF file says that it ends. What follows is no chunk.
func riffEnd(r io.ReaderAt, size int64) int64 {
	var b [4]byte
	if n, _ := r.ReadAt(b[:], 4); n < len(b) {
		return size
	}
	return min(size, 8+int64(binary.LittleEndian.Uint32(b[:])))
}

// read returns the content.
func (c chunk) read(r io.ReaderAt) ([]byte, error) {
	content := make([]byte, c.size)
	if n, err := r.ReadAt(content, c.at+8); n < len(content) {
		return nil, err
	}
	return content, nil
}

// planChunk plans for a chunk what plan makes of its content, its kind too. One
// that is cut short or large goes unread.
func (s *stripper) planChunk(format Kind, c chunk, plan func(c *chunk, content []byte) (with []byte, changed bool)) error {
	if c.cut || c.size > maxBlock || s.held > maxHeld {
		s.cut(c.at, c.next)
		return nil
	}
	content, err := c.read(s.r)
	if err != nil {
		return err
	}
	with, changed := plan(&c, content)
	if changed {
		s.held += len(with)
		s.replace(c.at, c.next, newChunk(format, c.kind, with))
	}
	return nil
}

// maxHeld bounds what is held to stand for chunks.
const maxHeld = 4 * maxBlock

func newChunk(format Kind, kind string, content []byte) []byte {
	if content == nil {
		return nil
	}
	if format == WebP {
		b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
		b = append(b, content...)
		return append(b, make([]byte, len(content)%2)...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}
