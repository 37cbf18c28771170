package png

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// Signature is what a PNG begins with (5.2).
const Signature = "\x89PNG\r\n\x1a\n"

// header is what IHDR says (11.2.2).
type header struct {
	width, height int
	depth         int // bits a sample
	colour        byte
	interlaced    bool
}

// Types of colour (11.2.2).
const (
	grey      = 0
	rgb       = 2
	indexed   = 3
	greyAlpha = 4
	rgbAlpha  = 6
)

// channels returns the samples of a pixel.
func (h header) channels() int {
	return map[byte]int{grey: 1, rgb: 3, indexed: 1, greyAlpha: 2, rgbAlpha: 4}[h.colour]
}

// rowBytes returns the length of a row of so many pixels, without its filter.
func (h header) rowBytes(width int) int { return (width*h.channels()*h.depth + 7) / 8 }

// pixelBytes returns the distance of a byte to that of the pixel before (9.2).
func (h header) pixelBytes() int { return max(1, h.channels()*h.depth/8) }

// check reports a combination that does not exist (table 11.1).
func (h header) check() error {
	depths := map[byte][]int{grey: {1, 2, 4, 8, 16}, indexed: {1, 2, 4, 8}}[h.colour]
	if depths == nil {
		depths = []int{8, 16}
	}
	for _, depth := range depths {
		if depth == h.depth && h.channels() > 0 && h.width > 0 && h.height > 0 {
			return nil
		}
	}
	return fmt.Errorf("%w: colour type %d of %d bits, %dx%d pixels", ErrFormat, h.colour, h.depth, h.width, h.height)
}

// pass is one of the reduced pictures of an interlaced one, or the whole (8.2).
type pass struct {
	x, y, stepX, stepY int // where its pixels are
	width, height      int
}

func (h header) passes() []pass {
	if !h.interlaced {
		return []pass{{0, 0, 1, 1, h.width, h.height}}
	}
	passes := []pass{
		{x: 0, y: 0, stepX: 8, stepY: 8}, {x: 4, y: 0, stepX: 8, stepY: 8}, {x: 0, y: 4, stepX: 4, stepY: 8},
		{x: 2, y: 0, stepX: 4, stepY: 4}, {x: 0, y: 2, stepX: 2, stepY: 4}, {x: 1, y: 0, stepX: 2, stepY: 2},
		{x: 0, y: 1, stepX: 1, stepY: 2},
	}
	for i := range passes {
		p := &passes[i]
		p.width, p.height = (h.width-p.x+p.stepX-1)/p.stepX, (h.height-p.y+p.stepY-1)/p.stepY
	}
	return passes
}

// chunkReader reads chunks one after the other (5.3).
type chunkReader struct {
	r    *bufio.Reader
	kind string
	left int64 // of the current chunk's data
}

func newChunkReader(r io.Reader) *chunkReader { return &chunkReader{r: bufio.NewReaderSize(r, 32<<10)} }

// readHeader reads the signature and IHDR.
func (c *chunkReader) readHeader() (header, error) {
	var h header
	signature := make([]byte, len(Signature))
	if _, err := io.ReadFull(c.r, signature); err != nil || string(signature) != Signature {
		return h, fmt.Errorf("%w: no signature", ErrFormat)
	}
	kind, err := c.next()
	if err != nil {
		return h, err
	}
	if kind != "IHDR" || c.left != 13 {
		return h, fmt.Errorf("%w: no IHDR", ErrFormat)
	}
	b, err := c.read(13)
	if err != nil {
		return h, err
	}
	h = header{
		width: int(int32(binary.BigEndian.Uint32(b))), height: int(int32(binary.BigEndian.Uint32(b[4:]))),
		depth: int(b[8]), colour: b[9], interlaced: b[12] == 1,
	}
	if b[10] != 0 || b[11] != 0 || b[12] > 1 {
		return h, fmt.Errorf("%w: method of IHDR", ErrFormat)
	}
	return h, h.check()
}

// next goes to the next chunk and returns its kind. What is left of the chunk
// before is skipped, with its checksum.
func (c *chunkReader) next() (string, error) {
	if c.kind != "" {
		if _, err := io.CopyN(io.Discard, c.r, c.left+4); err != nil {
			return "", fmt.Errorf("%w: a chunk is cut short", ErrFormat)
		}
	}
	var b [8]byte
	if _, err := io.ReadFull(c.r, b[:]); err != nil {
		return "", fmt.Errorf("%w: a chunk is missing", ErrFormat)
	}
	c.kind, c.left = string(b[4:]), int64(binary.BigEndian.Uint32(b[:]))
	return c.kind, nil
}

// read returns the data of the current chunk, if they are no longer than so many
// bytes and their checksum is right.
func (c *chunkReader) read(limit int64) ([]byte, error) {
	if c.left > limit {
		return nil, fmt.Errorf("%w: %s of %d bytes", ErrFormat, c.kind, c.left)
	}
	b := make([]byte, c.left+4)
	n, err := io.ReadFull(c.r, b)
	c.left -= int64(n) // -4 when the checksum is read as well, which next need not skip
	if err != nil {
		return nil, fmt.Errorf("%w: %s is cut short", ErrFormat, c.kind)
	}
	data, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.Update(crc32.ChecksumIEEE([]byte(c.kind)), crc32.IEEETable, data) != sum {
		return nil, fmt.Errorf("%w: checksum of %s", ErrFormat, c.kind)
	}
	return data, nil
}

// imageData is the contents of the current chunk, an IDAT, and of those that
// follow it (11.2.4), whatever stands between them. Their checksums are not looked
// at.
type imageData struct {
	chunks *chunkReader
	ended  bool
}

func (d *imageData) Read(p []byte) (int, error) {
	for !d.ended && (d.chunks.kind != "IDAT" || d.chunks.left == 0) {
		kind, err := d.chunks.next()
		d.ended = err != nil || kind == "IEND" || kind == "fcTL" || kind == "fdAT"
	}
	if d.ended {
		return 0, io.EOF
	}
	n, err := d.chunks.r.Read(p[:min(int64(len(p)), d.chunks.left)])
	d.chunks.left -= int64(n)
	return n, err
}
