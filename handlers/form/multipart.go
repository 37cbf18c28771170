package form

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// parts reads a multipart/form-data body (RFC 7578, RFC 2046 section 5.1). Line
// ends may be CRLF or LF; what stands before the first boundary and after the
// last one is ignored.
type parts struct {
	in       *input
	limits   Limits
	boundary string
	mark     []byte // a line feed, "--" and the boundary
	inBody   bool   // before the boundary that ends a value
}

func newMultipart(in *input, boundary string, limits Limits) *parts {
	return &parts{in: in, limits: limits, boundary: boundary}
}

// next returns the field of the next part.
func (p *parts) next() (*Field, error) {
	if p.mark == nil {
		if err := p.begin(); err != nil {
			return nil, err
		}
	}
	rest, err := p.in.line(p.limits.MaxPartHeader)
	if last := bytes.HasPrefix(rest, []byte("--")); last || err != nil && p.endsHere() {
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	header, err := p.header()
	if err != nil {
		return nil, err
	}
	if len(header.name) > p.limits.MaxName {
		return nil, fmt.Errorf("%w: %d bytes", ErrNameTooLong, len(header.name))
	}
	p.inBody = false
	f := &Field{Name: header.name, Filename: header.filename, IsFile: header.isFile, ContentType: header.contentType}
	f.value.next = p.run
	return f, nil
}

// endsHere tells whether the body ends right behind the last boundary, whose
// line end some clients leave out.
func (p *parts) endsHere() bool {
	return bytes.HasPrefix(p.in.window(), []byte("--"))
}

// begin finds the boundary, where the Content-Type has none, and takes the
// first occurrence of it.
func (p *parts) begin() error {
	if p.boundary == "" {
		if err := p.sniff(); err != nil {
			return err
		}
	}
	p.mark = []byte("\n--" + p.boundary)
	if len(p.mark) > inputSize/2 {
		return fmt.Errorf("%w: boundary of %d bytes", ErrMalformed, len(p.boundary))
	}
	first := p.mark[1:]
	for len(p.in.window()) < len(first) {
		if err := p.in.mustHave(); err != nil {
			return err
		}
	}
	if bytes.HasPrefix(p.in.window(), first) {
		p.in.take(len(first))
		return nil
	}
	return p.skipPreamble()
}

// sniff takes the first line that says something for the boundary.
func (p *parts) sniff() error {
	for {
		w := p.in.window()
		line, _, whole := bytes.Cut(w, []byte("\n"))
		if !whole && len(w) < p.limits.MaxPartHeader {
			if err := p.in.mustHave(); err != nil {
				return err
			}
			continue
		}
		text := strings.TrimRight(string(line), "\r")
		if whole && text == "" {
			p.in.take(len(line) + 1)
			continue
		}
		boundary, ok := strings.CutPrefix(text, "--")
		if !ok || boundary == "" || !whole {
			return fmt.Errorf("%w: no boundary", ErrMalformed)
		}
		p.boundary = boundary
		return nil
	}
}

func (p *parts) skipPreamble() error {
	for skipped := 0; ; {
		w := p.in.window()
		i := bytes.Index(w, p.mark)
		past := i
		if i < 0 {
			past = max(len(w)-len(p.mark), 0)
		}
		p.in.take(past)
		if skipped += past; skipped > p.limits.MaxPartHeader {
			return ErrHeaderTooLarge
		}
		if i >= 0 {
			p.in.take(len(p.mark))
			return nil
		}
		if err := p.in.mustHave(); err != nil {
			return err
		}
	}
}

// header reads a part's header to its empty line.
func (p *parts) header() (partHeader, error) {
	var lines []string
	for left := p.limits.MaxPartHeader; ; {
		line, err := p.in.line(left)
		if err != nil {
			return partHeader{}, err
		}
		if left -= len(line); left <= 0 {
			return partHeader{}, ErrHeaderTooLarge
		}
		text := strings.TrimRight(string(line), "\r\n")
		switch {
		case text == "":
			return parsePartHeader(strings.Join(lines, "\n")), nil
		case (text[0] == ' ' || text[0] == '\t') && len(lines) > 0:
			lines[len(lines)-1] += " " + strings.TrimLeft(text, " \t")
		default:
			lines = append(lines, text)
		}
	}
}

// run returns the next run of a value, and io.EOF once it has taken the
// boundary behind it.
func (p *parts) run() ([]byte, error) {
	if !p.inBody {
		p.inBody = true
		empty, err := p.emptyValue()
		if err != nil {
			return nil, err
		}
		if empty {
			return nil, io.EOF
		}
	}
	for {
		w := p.in.window()
		i, found, err := p.findMark(w)
		switch {
		case err == errMore:
		case err != nil:
			return nil, err
		case found && i == 0:
			p.in.take(len(p.mark))
			return nil, io.EOF
		case found && i == 1 && w[0] == '\r':
			p.in.take(1 + len(p.mark))
			return nil, io.EOF
		case found:
			end := i
			if w[i-1] == '\r' {
				end--
			}
			p.in.take(end)
			return w[:end], nil
		case i > 0:
			p.in.take(i)
			return w[:i], nil
		}
		if err := p.in.mustHave(); err != nil {
			// What is left of a body that breaks off belongs to the value.
			if rest := p.in.window(); len(rest) > 0 {
				p.in.take(len(rest))
				return rest, nil
			}
			return nil, err
		}
	}
}

// errMore says that the window ends where it must go on to decide.
var errMore = errors.New("more bytes are needed")

// findMark looks for the boundary in w. Where it is not, i is how much of w is
// surely value.
func (p *parts) findMark(w []byte) (i int, found bool, err error) {
	i = bytes.Index(w, p.mark)
	if i < 0 {
		// A boundary, and the CR in front of it, may have begun.
		return max(len(w)-len(p.mark), 0), false, nil
	}
	after := i + len(p.mark)
	switch {
	case after < len(w) && !strings.ContainsRune("-\r\n \t", rune(w[after])):
		return i + 1, false, nil // it goes on: another text, not the boundary
	case after < len(w) || p.in.err == io.EOF:
		return i, true, nil
	case i > 1:
		return i - 1, false, nil
	}
	return 0, false, errMore
}

// emptyValue takes a boundary that follows the header at once.
func (p *parts) emptyValue() (bool, error) {
	first := p.mark[1:]
	for len(p.in.window()) < len(first) && bytes.HasPrefix(first, p.in.window()) {
		if err := p.in.mustHave(); err != nil {
			return false, err
		}
	}
	if !bytes.HasPrefix(p.in.window(), first) {
		return false, nil
	}
	p.in.take(len(first))
	return true, nil
}
