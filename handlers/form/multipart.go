package form

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// maxBoundary is well above the 70 characters of RFC 2046.
const maxBoundary = 256

// parts reads a multipart/form-data body (RFC 7578, RFC 2046 section 5.1). Line
// ends may be CRLF or LF; what stands before the first boundary, behind any in
// its line, and after the last one is ignored.
type parts struct {
	in       *input
	limits   Limits
	boundary string
	mark     []byte // a line feed, "--" and the boundary
	crlf     bool   // the header of the part has CRLF: so has its boundary
	fresh    bool   // the window begins with the line feed that ends the header
	ended    bool   // the value is over, its boundary taken
}

// newMultipart returns the parts of a body. An empty boundary means the one
// that the body shows. in must be new: the body is read as if a line feed stood
// before it, so that the first boundary is like all others.
func newMultipart(in *input, boundary string, limits Limits) *parts {
	in.buf.bytes[0], in.hi = '\n', 1
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
	p.crlf = bytes.HasSuffix(rest, []byte("\r\n"))
	header, err := p.header()
	if err != nil {
		return nil, err
	}
	if len(header.name) > p.limits.MaxName {
		return nil, fmt.Errorf("%w: %d bytes", ErrNameTooLong, len(header.name))
	}
	f := &Field{Name: header.name, Filename: header.filename, IsFile: header.isFile, ContentType: header.contentType}
	f.value.next = p.run
	return f, nil
}

// endsHere tells whether the body ends right behind the last boundary, whose
// line end some clients leave out, or which is itself cut off.
func (p *parts) endsHere() bool {
	const last = "--"
	w := p.in.window()
	return bytes.HasPrefix(w, []byte(last)) || p.in.err == io.EOF && strings.HasPrefix(last, string(w))
}

// begin finds the boundary, where the Content-Type has none, and takes the
// first occurrence of it. An empty body is an empty form.
func (p *parts) begin() error {
	if err := p.in.more(); err != nil {
		return err
	}
	if p.boundary == "" {
		if err := p.sniff(); err != nil {
			return err
		}
	}
	if len(p.boundary) > maxBoundary {
		return fmt.Errorf("%w: boundary of %d bytes", ErrMalformed, len(p.boundary))
	}
	p.mark = []byte("\n--" + p.boundary)
	return p.skipPreamble()
}

// sniff takes the first line that says something for the boundary. The line
// feed before it stays in the window.
func (p *parts) sniff() error {
	for {
		w := p.in.window()
		line, _, whole := bytes.Cut(w[1:], []byte("\n"))
		if !whole && len(w) < p.limits.MaxPartHeader {
			if err := p.in.mustHave(); err != nil {
				return err
			}
			continue
		}
		text := strings.TrimRight(string(line), " \t\r")
		if whole && text == "" {
			p.in.take(1 + len(line))
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
	for left := p.limits.MaxPartHeader; ; {
		n, found := p.findMark(p.in.window())
		p.in.take(n)
		if left -= n; left < 0 {
			return ErrHeaderTooLarge
		}
		if found {
			p.in.take(len(p.mark))
			return nil
		}
		if err := p.in.mustHave(); err != nil {
			return err
		}
	}
}

// header reads a part's header to its empty line, whose line feed stays in the
// window, because the boundary may follow it at once.
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
		p.crlf = p.crlf || bytes.HasSuffix(line, []byte("\r\n"))
		text := strings.TrimRight(string(line), "\r\n")
		switch {
		case text == "":
			p.in.take(-1)
			p.fresh, p.ended = true, false
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
	if p.ended {
		return nil, io.EOF
	}
	for {
		w := p.in.window()
		n, found := p.findMark(w)
		value := w[:n]
		p.in.take(n)
		if p.fresh && n > 0 {
			value, p.fresh = value[1:], false
		}
		if found {
			p.in.take(len(p.mark))
			p.ended = true
			if p.crlf {
				value = bytes.TrimSuffix(value, []byte("\r"))
			}
			return value, io.EOF
		}
		if len(value) > 0 {
			return value, nil
		}
		if n == 0 {
			if err := p.in.mustHave(); err != nil && len(w) == 0 {
				return nil, err
			}
		}
	}
}

// findMark returns how much of w stands before the first boundary, and whether
// that is in w. If it is not, n leaves out what may be the beginning of one,
// with the CR before it, unless the body ends here.
func (p *parts) findMark(w []byte) (n int, found bool) {
	for from := 0; ; {
		i := bytes.Index(w[from:], p.mark)
		if i < 0 && p.in.err != nil {
			return len(w), false
		}
		if i < 0 {
			return max(from, len(w)-len(p.mark)), false
		}
		i += from
		from = i + len(p.mark)
		isMark, known := p.isBoundary(w[from:])
		if isMark {
			return i, true
		}
		if !known {
			return max(i-1, 0), false
		}
	}
}

// isBoundary tells by what follows whether a boundary is one, or text that goes on,
// which is known only once there is enough of it.
func (p *parts) isBoundary(rest []byte) (isMark, known bool) {
	switch {
	case len(rest) == 0 || len(rest) == 1 && rest[0] == '-':
		ended := p.in.err != nil
		return ended, ended
	case rest[0] == '-':
		return rest[1] == '-', true
	}
	return bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0, true
}
