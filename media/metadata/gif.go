package metadata

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"postern/media/codec/gif"
)

// Blocks of GIF89a.
const (
	gifExtension   = 0x21
	gifImage       = 0x2c
	gifTrailer     = 0x3b
	gifText        = 0x01
	gifTextSize    = 12
	gifControl     = 0xf9
	gifApplication = 0xff
)

// gifLoops are the extensions that tell how often a GIF is shown.
var gifLoops = []string{"NETSCAPE2.0", "ANIMEXTS1.0"}

// gifReader counts what it reads, each byte once.
type gifReader struct {
	in    *bufio.Reader
	at    int64
	frame bool // one was met
}

func (g *gifReader) next(n int) ([]byte, error) {
	b := make([]byte, n)
	read, err := io.ReadFull(g.in, b)
	g.at += int64(read)
	return b, err
}

// table skips the colour table that the flags announce.
func (g *gifReader) table(flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	_, err := g.next(3 << (flags&7 + 1))
	return err
}

// data skips sub-blocks and returns the first two.
func (g *gifReader) data() (first, second []byte, err error) {
	for {
		size, err := g.next(1)
		if err != nil || size[0] == 0 {
			return first, second, err
		}
		switch {
		case first == nil:
			first, err = g.next(int(size[0]))
		case second == nil:
			second, err = g.next(int(size[0]))
		default:
			_, err = g.in.Discard(int(size[0]))
			g.at += int64(size[0])
		}
		if err != nil {
			return first, second, err
		}
	}
}

// planGIF keeps the pictures, how they are timed and turned into each other,
// loops and colour profile. As browsers see it, a GIF ends where its blocks do.
func (s *stripper) planGIF() error {
	g := gifReader{in: bufio.NewReaderSize(io.NewSectionReader(s.r, 0, s.size), 64<<10)}
	header, err := g.next(13)
	if err == nil {
		err = g.table(header[10])
	}
	for err == nil {
		err = s.gifBlock(&g)
	}
	if errors.Is(err, errStop) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// gifBlock reads one block. The error is errStop at the end of the blocks.
func (s *stripper) gifBlock(g *gifReader) error {
	start := g.at
	kind, err := g.next(1)
	if err != nil {
		return err
	}
	switch kind[0] {
	case gifExtension:
		err = s.gifExtension(g)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			s.replace(start, s.size, []byte{gifTrailer})
		}
	case gifImage:
		err = s.gifImage(g)
	case gifTrailer:
		s.cut(g.at, s.size)
		err = errStop
	default:
		s.replace(start, s.size, []byte{gifTrailer})
		err = errStop
	}
	return err
}

// gifExtension reads an extension behind its first byte and plans what stands
// for it.
func (s *stripper) gifExtension(g *gifReader) error {
	start := g.at - 1
	label, err := g.next(1)
	if err != nil {
		return err
	}
	first, second, err := g.data()
	if err != nil {
		return err
	}
	if label[0] == gifApplication && len(first) == 0 || label[0] == gifText && len(first) != gifTextSize {
		return fmt.Errorf("%w: readers disagree on where an extension ends", ErrDamaged)
	}
	if with := gifStays(label[0], first, second); g.at-start != int64(len(with)) {
		s.replace(start, g.at, with)
	}
	return nil
}

// gifStays is what stays of an extension that begins with these sub-blocks.
func gifStays(label byte, first, second []byte) []byte {
	const control, loop = 4, 3
	switch {
	case label == gifControl && len(first) >= control:
		return slices.Concat([]byte{gifExtension, label, control}, first[:control], []byte{0})
	case label == gifApplication && slices.Contains(gifLoops, string(first)) && len(second) >= loop:
		return slices.Concat([]byte{gifExtension, label, byte(len(first))}, first, []byte{loop}, second[:loop], []byte{0})
	}
	return nil // words, profiles that no browser heeds, and data of programs
}

// gifImage reads an image behind its first byte, and leaves out what of its data no
// pixel is made of.
func (s *stripper) gifImage(g *gifReader) error {
	descriptor, err := g.next(9)
	if err == nil {
		err = g.table(descriptor[8])
	}
	if err != nil {
		return err
	}
	size, err := g.next(1) // of LZW codes
	if err != nil {
		return err
	}
	width, height := binary.LittleEndian.Uint16(descriptor[4:]), binary.LittleEndian.Uint16(descriptor[6:])
	data := &gifData{gifReader: g}
	start, pixels := g.at, int64(width)*int64(height)
	keep, tail := gif.DataEnd(data, int(size[0]), pixels)
	err = data.skip()
	if err == nil && !g.frame && keep < data.read && pixels/gif.MaxRatio > keep {
		return fmt.Errorf("%w: a picture whose data make no sense", ErrDamaged)
	}
	g.frame = true
	if err == nil && (keep < data.read || tail != nil) {
		err = s.shortenGIF(start, g.at, keep, tail)
	}
	return err
}

// gifData is the contents of sub-blocks.
type gifData struct {
	*gifReader
	left int   // bytes of the sub-block
	read int64 // bytes of all
	err  error // errStop behind the last
}

// ReadByte implements io.ByteReader.
func (d *gifData) ReadByte() (byte, error) {
	if d.left == 0 && d.err == nil {
		d.begin()
	}
	if d.err != nil {
		return 0, d.err
	}
	b, err := d.in.ReadByte()
	if d.err = err; err == nil {
		d.at, d.read, d.left = d.at+1, d.read+1, d.left-1
	}
	return b, err
}

// begin begins the next sub-block.
func (d *gifData) begin() {
	size, err := d.next(1)
	if err == nil && size[0] == 0 {
		err = errStop
	}
	d.left, d.err = int(size[0]), err
}

// skip goes behind the last sub-block, or to where the file breaks off.
func (d *gifData) skip() error {
	for d.err == nil {
		n, err := d.in.Discard(d.left)
		d.at, d.read, d.left = d.at+int64(n), d.read+int64(n), 0
		if d.err = err; err == nil {
			d.begin()
		}
	}
	if errors.Is(d.err, errStop) || errors.Is(d.err, io.EOF) {
		return nil
	}
	return d.err
}

// shortenGIF leaves so many bytes of data in the sub-blocks from start on, and puts
// the tail behind them. They end at end.
func (s *stripper) shortenGIF(start, end, keep int64, tail []byte) error {
	in := bufio.NewReader(io.NewSectionReader(s.r, start, end-start))
	at := start
	for keep > 0 {
		size, err := in.ReadByte()
		if err != nil {
			return err
		}
		if int64(size) > keep {
			s.replace(at, at+1, []byte{byte(keep)})
			at += 1 + keep
			break
		}
		if _, err := in.Discard(int(size)); err != nil {
			return err
		}
		at, keep = at+1+int64(size), keep-int64(size)
	}
	var blocks []byte
	if len(tail) > 0 {
		blocks = append([]byte{byte(len(tail))}, tail...)
	}
	s.replace(at, end, append(blocks, 0))
	return nil
}
