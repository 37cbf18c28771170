package form

import (
	"bytes"
	"fmt"
	"io"
)

// pairs reads an application/x-www-form-urlencoded body (WHATWG URL, section
// 5.1) of any size. As in PHP only "&" parts the pairs, ";" is an ordinary
// character, and a "%" without two hexadecimal digits stands for itself.
type pairs struct {
	in     *input
	limits Limits
}

func newPairs(in *input, limits Limits) *pairs {
	return &pairs{in: in, limits: limits}
}

// next returns the field of the next pair that is not empty.
func (p *pairs) next() (*Field, error) {
	if err := p.skipEmpty(); err != nil {
		return nil, err
	}
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	f := &Field{Name: name}
	f.value.next = func() ([]byte, error) { return p.run(f.keepPlus) }
	return f, nil
}

func (p *pairs) skipEmpty() error {
	for {
		w := p.in.window()
		rest := bytes.TrimLeft(w, "&")
		p.in.take(len(w) - len(rest))
		if len(rest) > 0 {
			return nil
		}
		if err := p.in.more(); err != nil {
			return err
		}
	}
}

// name takes the name and the "=" after it, if there is one.
func (p *pairs) name() (string, error) {
	const maxEscape = len("%20")
	for {
		w := p.in.window()
		end := bytes.IndexAny(w[:min(len(w), maxEscape*p.limits.MaxName+1)], "=&")
		if end < 0 && len(w) <= maxEscape*p.limits.MaxName {
			err := p.in.more()
			if err == nil {
				continue
			}
			if err != io.EOF {
				return "", err
			}
			w = p.in.window() // the buffer has moved
			end = len(w)
		}
		if end < 0 {
			return "", fmt.Errorf("%w: more than %d bytes", ErrNameTooLong, p.limits.MaxName)
		}
		return p.takeName(w, end)
	}
}

func (p *pairs) takeName(w []byte, end int) (string, error) {
	name := string(w[:end])
	p.in.take(end)
	if end < len(w) && w[end] == '=' {
		p.in.take(1)
	}
	return unescapeName(name, p.limits)
}

func unescapeName(raw string, limits Limits) (string, error) {
	name := []byte(raw)
	n, _ := unescape(name, false, true)
	if n > limits.MaxName {
		return "", fmt.Errorf("%w: %d bytes", ErrNameTooLong, n)
	}
	return string(name[:n]), nil
}

// run returns the next run of the value that the window begins with, decoded.
func (p *pairs) run(keepPlus bool) ([]byte, error) {
	for {
		w := p.in.window()
		value, _, ends := bytes.Cut(w, []byte("&"))
		if ends && len(value) == 0 {
			return nil, io.EOF
		}
		n, taken := unescape(value, keepPlus, ends || p.in.err != nil)
		if taken > 0 {
			p.in.take(taken)
			return value[:n], nil
		}
		// A "%" at the very end of the body is still to be given.
		if err := p.in.more(); err != nil && len(w) == 0 {
			return nil, err
		}
	}
}

// unescape decodes b in place. It returns how many bytes it wrote, and how
// many of b they stand for: all, unless more bytes may come and b ends within
// an escape.
func unescape(b []byte, keepPlus, last bool) (n, taken int) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '+' && !keepPlus:
			c = ' '
		case c == '%' && len(b)-i >= 3:
			high, okHigh := unhex(b[i+1])
			low, okLow := unhex(b[i+2])
			if okHigh && okLow {
				c = high<<4 | low
				i += 2
			}
		case c == '%' && !last:
			return n, i
		}
		b[n] = c
		n++
	}
	return n, len(b)
}

func unhex(c byte) (value byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
