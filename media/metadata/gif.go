package metadata

import (
	"bufio"
	"bytes"
	"io"
	"slices"
)

// Blocks of GIF89a.
const (
	gifExtension   = 0x21
	gifImage       = 0x2c
	gifApplication = 0xff
	gifComment     = 0xfe
)

// gifSizes are those of the first sub-block, where the standard fixes them:
// plain text, graphic control and application.
var gifSizes = map[byte]int{0x01: 12, 0xf9: 4, gifApplication: 11}

// gifApplications are the extensions that change how a GIF is shown: loops and
// colour profile.
var gifApplications = []string{"NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"}

// gifReader counts what it reads, each byte once.
type gifReader struct {
	in *bufio.Reader
	at int64
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

// data skips sub-blocks and returns the first.
func (g *gifReader) data() (first []byte, err error) {
	for {
		size, err := g.next(1)
		if err != nil || size[0] == 0 {
			return first, err
		}
		if first == nil {
			first, err = g.next(int(size[0]))
		} else {
			_, err = g.in.Discard(int(size[0]))
			g.at += int64(size[0])
		}
		if err != nil {
			return first, err
		}
	}
}

// planGIF removes comments, and the application extensions that are not known,
// XMP among them.
func (s *stripper) planGIF() error {
	g := gifReader{in: bufio.NewReaderSize(io.NewSectionReader(s.r, 0, s.size), 64<<10)}
	header, err := g.next(13)
	if err == nil && !bytes.HasPrefix(header, []byte("GIF8")) {
		err = errBroken
	}
	if err == nil {
		err = g.table(header[10])
	}
	for err == nil {
		err = s.gifBlock(&g)
	}
	return err
}

// gifBlock reads one block. The error is errBroken at the end of the blocks.
func (s *stripper) gifBlock(g *gifReader) error {
	start := g.at
	kind, err := g.next(1)
	if err != nil {
		return err
	}
	switch kind[0] {
	case gifExtension:
		label, err := g.next(1)
		if err != nil {
			return err
		}
		name, err := g.data()
		if size, fixed := gifSizes[label[0]]; err == nil && fixed && len(name) != size {
			return errBroken // readers disagree on where it ends
		}
		if err == nil && gifGone(label[0], name) {
			s.replace(start, g.at, nil)
		}
		return err
	case gifImage:
		return skipGIFImage(g)
	}
	return errBroken
}

func gifGone(label byte, name []byte) bool {
	switch label {
	case gifApplication:
		return !slices.Contains(gifApplications, string(name))
	case gifComment:
		return true // free words
	}
	return false
}

func skipGIFImage(g *gifReader) error {
	descriptor, err := g.next(9)
	if err == nil {
		err = g.table(descriptor[8])
	}
	if err == nil {
		_, err = g.next(1) // size of LZW codes
	}
	if err == nil {
		_, err = g.data()
	}
	return err
}
