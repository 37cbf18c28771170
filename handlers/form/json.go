package form

import (
	"cmp"
	"fmt"
	"io"
)

// jsonObject reads a flat JSON object (RFC 8259). Strings flow, so that one may
// be of any size; numbers are given as they are written, true and false as a
// form would have them, "1" and "0"; null, objects and arrays are skipped.
type jsonObject struct {
	in      *input
	limits  Limits
	started bool
}

// maxNesting bounds what is skipped.
const maxNesting = 64

func newJSONObject(in *input, limits Limits) *jsonObject {
	return &jsonObject{in: in, limits: limits}
}

func (o *jsonObject) malformed(what string) error {
	return fmt.Errorf("%w: JSON: %s", ErrMalformed, what)
}

// next returns the field of the next member that has a value.
func (o *jsonObject) next() (*Field, error) {
	for {
		name, err := o.member()
		if err != nil {
			return nil, err
		}
		c, err := o.peek()
		if err != nil {
			return nil, err
		}
		switch c {
		case '{', '[':
			if err := o.skipValue(0); err != nil {
				return nil, err
			}
		case '"':
			o.in.take(1)
			f := &Field{Name: name}
			s := &jsonString{object: o}
			f.value.next = s.run
			return f, nil
		default:
			literal, err := o.literal()
			if err != nil {
				return nil, err
			}
			switch literal {
			case "true":
				literal = "1"
			case "false":
				literal = "0"
			case "null":
				continue
			}
			return &Field{Name: name, value: text(literal)}, nil
		}
	}
}

// member takes what stands before a member's value and returns its name;
// io.EOF at the end of the object.
func (o *jsonObject) member() (string, error) {
	c, err := o.peek()
	switch {
	case err != nil && !o.started && o.in.err == io.EOF:
		return "", io.EOF // an empty body is an empty form
	case err != nil:
		return "", err
	case !o.started && c == '{':
		o.started = true
		o.in.take(1)
		if c, err = o.peek(); err != nil {
			return "", err
		}
	case o.started && c == ',':
		o.in.take(1)
		if c, err = o.peek(); err != nil {
			return "", err
		}
		if c == '}' {
			return "", o.malformed("a comma too many")
		}
	case !o.started || c != '}':
		return "", o.malformed("not an object")
	}
	if c == '}' {
		o.in.take(1)
		return "", io.EOF
	}
	if c != '"' {
		return "", o.malformed("a name is missing")
	}
	name, err := o.name()
	if err != nil {
		return "", err
	}
	if c, err := o.peek(); err != nil || c != ':' {
		return "", cmp.Or(err, o.malformed("a colon is missing"))
	}
	o.in.take(1)
	return name, nil
}

// peek skips white space and returns the next byte without taking it.
func (o *jsonObject) peek() (byte, error) {
	for {
		for _, c := range o.in.window() {
			if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				return c, nil
			}
			o.in.take(1)
		}
		if err := o.in.mustHave(); err != nil {
			return 0, err
		}
	}
}

func (o *jsonObject) name() (string, error) {
	o.in.take(1)
	s := &jsonString{object: o}
	var name []byte
	for {
		run, err := s.run()
		if err == io.EOF {
			return string(name), nil
		}
		if err != nil {
			return "", err
		}
		if name = append(name, run...); len(name) > o.limits.MaxName {
			return "", fmt.Errorf("%w: more than %d bytes", ErrNameTooLong, o.limits.MaxName)
		}
	}
}

// literal takes a number, true, false or null.
func (o *jsonObject) literal() (string, error) {
	const longest = 64
	var b []byte
	for len(b) <= longest {
		w := o.in.window()
		if len(w) == 0 {
			if err := o.in.mustHave(); err != nil {
				return "", err
			}
			continue
		}
		c := w[0]
		if c == ',' || c == '}' || c == ']' || c <= ' ' {
			if !isLiteral(string(b)) {
				return "", o.malformed("not a value")
			}
			return string(b), nil
		}
		b = append(b, c)
		o.in.take(1)
	}
	return "", o.malformed("not a value")
}

// isLiteral is lenient about numbers: whatever is written with their characters.
func isLiteral(s string) bool {
	if s == "true" || s == "false" || s == "null" {
		return true
	}
	digits := false
	for _, c := range s {
		isDigit := '0' <= c && c <= '9'
		digits = digits || isDigit
		if !isDigit && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return false
		}
	}
	return digits
}

// skipValue takes a value of any sort.
func (o *jsonObject) skipValue(depth int) error {
	if depth > maxNesting {
		return o.malformed("nested too deep")
	}
	c, err := o.peek()
	if err != nil {
		return err
	}
	switch c {
	case '"':
		o.in.take(1)
		s := &jsonString{object: o}
		for err == nil {
			_, err = s.run()
		}
		if err == io.EOF {
			return nil
		}
		return err
	case '{', '[':
		return o.skipInside(depth)
	}
	_, err = o.literal()
	return err
}

// skipInside takes an object or array. Names count as values, and colons as
// commas: what is skipped is not checked.
func (o *jsonObject) skipInside(depth int) error {
	o.in.take(1)
	for {
		c, err := o.peek()
		if err != nil {
			return err
		}
		switch c {
		case '}', ']':
			o.in.take(1)
			return nil
		case ',', ':':
			o.in.take(1)
		default:
			if err := o.skipNested(c, depth); err != nil {
				return err
			}
		}
	}
}

func (o *jsonObject) skipNested(c byte, depth int) error {
	if c == '"' || c == '{' || c == '[' {
		return o.skipValue(depth + 1)
	}
	_, err := o.literal()
	return err
}
