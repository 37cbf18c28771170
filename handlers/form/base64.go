package form

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Errors of base64 texts.
var (
	ErrBase64      = errors.New("not base64")
	ErrEmptyBase64 = errors.New("empty base64 text")
)

// NewBase64Reader decodes a base64 text as leniently as clients need. It accepts a
// "data:...;base64," prefix, the url-safe alphabet, missing padding and white
// space. It reads a space between two characters as a "+" that was not escaped,
// unless the space is beside other white space or where lines of 64 or 76
// characters end. Memory is constant. Like a Field, the reader writes to an
// io.Writer without a buffer of io.Copy.
//
// Read returns ErrBase64 for a text that is not base64, ErrEmptyBase64 for an empty
// text or white space alone, and the errors of r.
func NewBase64Reader(r io.Reader) io.Reader {
	b := &base64Reader{r: bufio.NewReaderSize(r, base64Block)}
	return &stream{next: b.next}
}

const base64Block = 8 << 10

type base64Reader struct {
	r       *bufio.Reader
	started bool
	err     error

	quads [base64Block]byte // characters of the standard alphabet, not yet decoded
	n     int
	out   []byte // decoded by fill
	buf   [base64Block]byte

	total   int  // characters of the alphabet so far
	padding int  // "=" so far
	spaces  int  // just before, of which is not yet known what they mean
	broken  bool // other white space stands among them
	line    int  // characters since the last line break
	width   int  // of lines that spaces end; 0 while not known, -1 for none
}

// next returns the next block, decoded, valid until the call after.
func (b *base64Reader) next() ([]byte, error) {
	b.out = nil
	b.fill()
	return b.out, b.err
}

// fill decodes the next block.
func (b *base64Reader) fill() {
	if !b.started {
		b.started = true
		if b.err = b.skipPrefix(); b.err != nil {
			return
		}
	}
	chunk, err := b.r.Peek(base64Block / 2)
	if len(chunk) == 0 {
		b.end(err)
		return
	}
	if b.decodeClean(chunk) {
		_, b.err = b.r.Discard(len(chunk))
		return
	}
	if b.err = b.sift(chunk); b.err != nil {
		return
	}
	if _, b.err = b.r.Discard(len(chunk)); b.err == nil {
		b.decode(b.n / 4 * 4)
	}
}

// skipPrefix takes white space and the head of a data URI (RFC 2397).
func (b *base64Reader) skipPrefix() error {
	for {
		c, err := b.r.ReadByte()
		if err == io.EOF {
			return ErrEmptyBase64
		}
		if err != nil {
			return err
		}
		if !isSpace(c) {
			break
		}
	}
	if err := b.r.UnreadByte(); err != nil {
		return err
	}
	const longest = 1024
	head, err := b.r.Peek(longest)
	if len(head) < 5 || !strings.EqualFold(string(head[:5]), "data:") {
		if len(head) == 0 {
			return err
		}
		return nil
	}
	i := bytes.IndexByte(head, ',')
	if i < 0 || !bytes.HasSuffix(bytes.ToLower(bytes.TrimSpace(head[:i])), []byte(";base64")) {
		return fmt.Errorf("%w: a data URI of another sort", ErrBase64)
	}
	_, err = b.r.Discard(i + 1)
	return err
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' }

// decodeClean decodes a chunk whose characters are all of the standard
// alphabet, which is how nearly all of a text is, without a look at each.
func (b *base64Reader) decodeClean(chunk []byte) bool {
	if b.n > 0 || b.padding > 0 || b.spaces > 0 || b.broken || b.width > 0 {
		return false
	}
	// The decoder passes over line ends and stops at padding: fewer bytes tell.
	n, err := base64.StdEncoding.Decode(b.buf[:], chunk)
	if err != nil || n*4 != len(chunk)*3 {
		return false
	}
	b.out = b.buf[:n]
	b.total += len(chunk)
	b.line += len(chunk)
	return true
}

// alphabet maps characters to those of the standard alphabet; 0 is none.
var alphabet = func() (table [256]byte) {
	const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for _, c := range []byte(standard) {
		table[c] = c
	}
	table['-'], table['_'] = '+', '/'
	return table
}()

// sift takes what counts of a chunk.
func (b *base64Reader) sift(chunk []byte) error {
	for i, c := range chunk {
		switch {
		case alphabet[c] != 0:
			if b.padding > 0 {
				return fmt.Errorf("%w: it goes on after its end", ErrBase64)
			}
			b.settleSpaces(chunk[i:])
			b.add(alphabet[c])
		case c == '=':
			b.spaces = 0 // no encoder writes "+" before it: the bits would be lost
			if b.padding++; b.padding > 2 {
				return fmt.Errorf("%w: too much padding", ErrBase64)
			}
		case c == ' ':
			b.spaces++
		case isSpace(c):
			b.broken = true
		default:
			return fmt.Errorf("%w: character %q", ErrBase64, c)
		}
	}
	return nil
}

// maxLostPluses is how many spaces in a row can be "+": more are layout.
const maxLostPluses = 64

// settleSpaces decides what the spaces before rest mean.
func (b *base64Reader) settleSpaces(rest []byte) {
	switch {
	case b.broken || b.spaces > maxLostPluses || b.spaces == 1 && b.wraps(rest):
		b.line = 0
	case b.total > 0:
		for range b.spaces {
			b.add('+')
		}
	}
	b.spaces, b.broken = 0, false
}

// wraps tells whether a single space ends a line. The first one decides what
// the width is: one that comes again a line later is no accident.
func (b *base64Reader) wraps(rest []byte) bool {
	if b.width == 0 {
		b.width = -1
		next := bytes.IndexByte(rest, ' ')
		if (b.line == 64 || b.line == 76) && (next == b.line || next < 0 && len(rest) <= b.line) {
			b.width = b.line
		}
	}
	return b.line == b.width
}

func (b *base64Reader) add(c byte) {
	b.quads[b.n] = c
	b.n++
	b.total++
	b.line++
}

// decode decodes the first n characters, a multiple of 4.
func (b *base64Reader) decode(n int) {
	m, err := base64.StdEncoding.Decode(b.buf[:], b.quads[:n])
	if err != nil {
		b.err = fmt.Errorf("%w: %w", ErrBase64, err)
		return
	}
	b.out = b.buf[:m]
	b.n = copy(b.quads[:], b.quads[n:b.n])
}

// end decodes what is left, whose padding may be missing.
func (b *base64Reader) end(err error) {
	b.err = err
	if err != io.EOF {
		return
	}
	switch {
	case b.total == 0 && b.padding == 0:
		b.err = ErrEmptyBase64
	case b.total == 0, b.total%4 == 1, b.padding > 0 && (b.total+b.padding)%4 != 0:
		b.err = fmt.Errorf("%w: it is cut off", ErrBase64)
	case b.n > 0:
		rest := slices.Clone(b.quads[:b.n])
		m, err := base64.RawStdEncoding.Decode(b.buf[:], rest)
		if err != nil {
			b.err = fmt.Errorf("%w: %w", ErrBase64, err)
			return
		}
		b.out, b.n = b.buf[:m], 0
	}
}
