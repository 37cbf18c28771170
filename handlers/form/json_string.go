package form

import (
	"io"
	"unicode/utf8"
)

// jsonString decodes a string whose opening quote has been taken.
type jsonString struct {
	object *jsonObject
	ended  bool
	buf    [utf8.UTFMax]byte
}

// run returns the next run of the string: bytes without escapes as they lie,
// or one decoded escape.
func (s *jsonString) run() ([]byte, error) {
	if s.ended {
		return nil, io.EOF
	}
	in := s.object.in
	for {
		w := in.window()
		n := 0
		for n < len(w) && w[n] != '"' && w[n] != '\\' && w[n] >= ' ' {
			n++
		}
		switch {
		case n > 0:
			in.take(n)
			return w[:n], nil
		case len(w) == 0:
			if err := in.mustHave(); err != nil {
				return nil, err
			}
		case w[0] == '"':
			in.take(1)
			s.ended = true
			return nil, io.EOF
		case w[0] == '\\':
			return s.escape()
		default:
			return nil, s.object.malformed("control character in a string")
		}
	}
}

var simpleEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (s *jsonString) escape() ([]byte, error) {
	w, err := s.have(2)
	if err != nil {
		return nil, err
	}
	if c, ok := simpleEscapes[w[1]]; ok {
		s.object.in.take(2)
		s.buf[0] = c
		return s.buf[:1], nil
	}
	if w[1] != 'u' {
		return nil, s.object.malformed("unknown escape in a string")
	}
	r, err := s.codeUnit()
	if err != nil {
		return nil, err
	}
	if r >= 0xd800 && r < 0xdc00 {
		if r, err = s.surrogatePair(r); err != nil {
			return nil, err
		}
	}
	return s.buf[:utf8.EncodeRune(s.buf[:], r)], nil
}

// have returns the window once it has n bytes.
func (s *jsonString) have(n int) ([]byte, error) {
	in := s.object.in
	for len(in.window()) < n {
		if err := in.mustHave(); err != nil {
			return nil, err
		}
	}
	return in.window(), nil
}

// codeUnit takes one \uXXXX whose first two bytes were seen.
func (s *jsonString) codeUnit() (rune, error) {
	w, err := s.have(6)
	if err != nil {
		return 0, err
	}
	var r rune
	for _, c := range w[2:6] {
		digit, ok := unhex(c)
		if !ok {
			return 0, s.object.malformed("unknown escape in a string")
		}
		r = r<<4 | rune(digit)
	}
	s.object.in.take(6)
	return r, nil
}

// surrogatePair takes the second half of a pair; a half alone is U+FFFD.
func (s *jsonString) surrogatePair(high rune) (rune, error) {
	w, err := s.have(2)
	if err != nil || w[0] != '\\' || w[1] != 'u' {
		return utf8.RuneError, err
	}
	if w, err = s.have(6); err != nil {
		return 0, err
	}
	if second := w[2]; second != 'd' && second != 'D' || !('c' <= w[3]|0x20 && w[3]|0x20 <= 'f') {
		return utf8.RuneError, nil
	}
	low, err := s.codeUnit()
	return (high-0xd800)<<10 | (low - 0xdc00) + 0x10000, err
}
