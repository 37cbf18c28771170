// Package bmp decodes Windows and OS/2 bitmaps: 1, 2, 4, 8, 16, 24 and 32 bits a
// pixel, run lengths, masks, and rows in either order. Those that are a JPEG, a
// PNG, a fax or run lengths of 24 bits inside are not decoded.
//
// The format is that of Microsoft's BITMAPINFOHEADER to BITMAPV5HEADER and of
// OS/2's BITMAPCOREHEADER and BITMAPINFOHEADER2. It comes from strangers: what
// is read and allocated is bounded whatever the bytes say.
package bmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
)

// ErrDamaged means that the bytes are no bitmap, or one that is not whole.
var ErrDamaged = errors.New("bmp: damaged")

// ErrUnsupported means that the bytes may be a bitmap of a kind that is not
// decoded.
var ErrUnsupported = errors.New("bmp: kind of bitmap is not supported")

// Kinds of compression.
const (
	plain       = 0
	runs8       = 1
	runs4       = 2
	masked      = 3 // in OS/2: a fax
	alphaMasked = 6
)

// Lengths of information headers that differ in what follows from them.
const (
	coreHeader  = 12
	infoHeader  = 40
	maskHeader  = 52 // and longer ones: the masks are in it
	alphaHeader = 56
	os2Header   = 64
	longest     = 124 // of those that are looked into
)

// Config is what the headers say.
type Config struct {
	Width, Height int // pixels

	topDown     bool
	bits        int // a pixel
	compression uint32
	headerBytes int64     // of the information header
	masks       [4]uint32 // red, green, blue, alpha
	colours     int64     // of the palette, as far as it is told; else 0
	pixels      int64     // where they start
}

const fileHeader = 14

// maxPixels keeps products of sizes small. Callers have bounds of their own.
const maxPixels = 1 << 48

// ReadConfig reads the headers of the bitmap in the first size bytes of r. The
// error wraps ErrDamaged, or is that of r.
func ReadConfig(r io.ReaderAt, size int64) (Config, error) {
	b := make([]byte, fileHeader+longest+16)
	n, err := r.ReadAt(b[:min(size, int64(len(b)))], 0)
	if int64(n) < size && n < len(b) {
		return Config{}, fmt.Errorf("read: %w", err)
	}
	if n < fileHeader+coreHeader || string(b[:2]) != "BM" {
		return Config{}, fmt.Errorf("%w: no header", ErrDamaged)
	}
	c := Config{headerBytes: int64(binary.LittleEndian.Uint32(b[14:]))}
	// What a short header does not have reads as zeros.
	if end := fileHeader + c.headerBytes; end < int64(len(b)) {
		c.readInfo(b[fileHeader:end], b[end:])
	} else {
		c.readInfo(b[fileHeader:], nil)
	}
	c.place(int64(binary.LittleEndian.Uint32(b[10:])), size)
	return c, c.check(size)
}

// readInfo reads an information header and the masks that may follow it.
func (c *Config) readInfo(header, behind []byte) {
	b := make([]byte, longest)
	copy(b, header)
	if c.headerBytes == coreHeader {
		c.Width, c.Height = int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:]))
		c.bits = int(binary.LittleEndian.Uint16(b[10:]))
	} else {
		c.Width, c.Height = int(int32(binary.LittleEndian.Uint32(b[4:]))), int(int32(binary.LittleEndian.Uint32(b[8:])))
		c.bits = int(binary.LittleEndian.Uint16(b[14:]))
		c.compression = binary.LittleEndian.Uint32(b[16:])
		c.colours = int64(binary.LittleEndian.Uint32(b[32:]))
	}
	if c.Height < 0 {
		c.topDown, c.Height = true, -c.Height
	}
	switch c.bits {
	case 16:
		c.masks = [4]uint32{0x7c00, 0x03e0, 0x001f}
	case 32:
		c.masks = [4]uint32{0xff0000, 0xff00, 0xff}
	}
	c.readMasks(b[infoHeader:], behind)
}

// readMasks takes the masks from the header or from behind it. The alpha of a
// long header counts without other masks too.
func (c *Config) readMasks(inside, behind []byte) {
	from, n := inside, 0
	switch {
	case c.headerBytes == os2Header:
	case c.compression == masked && c.headerBytes < maskHeader:
		from, n = behind, 3
	case c.compression == alphaMasked && c.headerBytes < maskHeader:
		from, n = behind, 4
	case c.compression == masked || c.compression == alphaMasked:
		n = 3
	}
	for i := range min(n, len(from)/4) {
		c.masks[i] = binary.LittleEndian.Uint32(from[4*i:])
	}
	if c.headerBytes >= alphaHeader && c.headerBytes != os2Header {
		c.masks[3] = binary.LittleEndian.Uint32(inside[12:])
	}
}

// entryBytes is the length of a colour in the palette.
func (c *Config) entryBytes() int64 {
	if c.headerBytes == coreHeader {
		return 3
	}
	return 4
}

// paletteAt is where the palette starts.
func (c *Config) paletteAt() int64 {
	at := fileHeader + c.headerBytes
	switch {
	case c.headerBytes >= maskHeader:
	case c.compression == masked:
		at += 3 * 4
	case c.compression == alphaMasked:
		at += 4 * 4
	}
	return at
}

// place finds the pixels: where the file says, or else behind the palette.
func (c *Config) place(told, size int64) {
	at := c.paletteAt()
	if c.bits > 8 {
		c.colours = 0 // a hint for screens of few colours
	} else if most := int64(1) << max(c.bits, 0); c.colours <= 0 || c.colours > most {
		c.colours = most
	}
	c.pixels = told
	if told < at || told >= size {
		c.pixels = at + c.colours*c.entryBytes()
	}
	c.colours = min(c.colours, max(c.pixels-at, 0)/c.entryBytes())
}

// check refuses what cannot be a picture, or not one in so many bytes.
func (c *Config) check(size int64) error {
	if c.Width <= 0 || c.Height <= 0 || int64(c.Width) > maxPixels/int64(c.Height) {
		return fmt.Errorf("%w: %dx%d pixels", ErrDamaged, c.Width, c.Height)
	}
	left, height := size-c.pixels, int64(c.Height)
	// A run of two bytes is of 255 pixels at most. What is left out between
	// runs is hardly ever more than the rest.
	fits := c.compression != runs8 && c.compression != runs4 || int64(c.Width) <= 128*max(left, 0)/height
	if c.compression == plain || c.compression == masked || c.compression == alphaMasked {
		fits = c.rowBytes() <= max(left, 0)/height
	}
	if !fits {
		return fmt.Errorf("%w: %d bytes cannot hold %dx%d pixels", ErrDamaged, size, c.Width, c.Height)
	}
	return nil
}

// rowBytes is the length of a row, which is filled up to four bytes.
func (c *Config) rowBytes() int64 {
	return (int64(c.Width)*int64(c.bits) + 31) / 32 * 4
}

// DecodedBytes is about what Decode allocates.
func (c Config) DecodedBytes() int64 {
	pixels := int64(c.Width) * int64(c.Height)
	if c.bits <= 8 {
		return pixels + c.rowBytes()
	}
	return 4*pixels + c.rowBytes()
}

// Decode decodes the bitmap in the first size bytes of r, as an *image.Paletted,
// an opaque *image.RGBA, or an *image.NRGBA. Alpha counts where a mask says so, unless it is 0
// everywhere. What run lengths leave out is of the first colour of the palette.
//
// The error wraps ErrDamaged or ErrUnsupported, or is that of r.
func Decode(r io.ReaderAt, size int64) (image.Image, error) {
	c, err := ReadConfig(r, size)
	if err != nil {
		return nil, err
	}
	body := io.NewSectionReader(r, min(c.pixels, size), max(size-c.pixels, 0))
	switch {
	case c.headerBytes == os2Header && c.compression >= masked:
		return nil, fmt.Errorf("%w: compression %d of OS/2", ErrUnsupported, c.compression)
	case c.compression == runs8 && c.bits == 8, c.compression == runs4 && c.bits == 4:
		return c.decodeRuns(r, body)
	case c.compression == plain && (c.bits == 1 || c.bits == 2 || c.bits == 4 || c.bits == 8):
		return c.decodeIndexes(r, body)
	case c.compression == plain && c.bits == 24:
		return c.decodeRGB(body)
	case (c.compression == plain || c.compression == masked || c.compression == alphaMasked) && (c.bits == 16 || c.bits == 32):
		return c.decodeMasked(body)
	}
	return nil, fmt.Errorf("%w: compression %d of %d bits", ErrUnsupported, c.compression, c.bits)
}
