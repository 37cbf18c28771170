package form

import (
	"io"
	"strings"
)

// nextInQuery returns the field of the first pair of what is left of the
// query, which is not empty.
func (r *Reader) nextInQuery() (*Field, error) {
	pair, rest, _ := strings.Cut(r.query, "&")
	rawName, raw, _ := strings.Cut(pair, "=")
	name, err := unescapeName(rawName, r.limits)
	if err != nil {
		return nil, err
	}
	f := &Field{Name: name, InQuery: true}
	if isSource(name) && isAddress(raw) {
		raw, rest = cutAddress(r.query[len(rawName)+len("="):])
		f.value = text(raw)
	} else {
		f.value.next = func() ([]byte, error) {
			value := []byte(raw)
			n, _ := unescape(value, f.keepPlus, true)
			return value[:n], io.EOF
		}
	}
	r.query = strings.TrimLeft(rest, "&")
	return f, nil
}

func isSource(name string) bool { return name == "source" || name == "image" }

// isAddress tells whether a value is a web address that was put into the query
// as it is, without escapes, as some clients do.
func isAddress(raw string) bool {
	return hasPrefixFold(raw, "http://") || hasPrefixFold(raw, "https://")
}

// cutAddress parts the address at the beginning of a query from the parameters
// after it. The address runs on to the end, since its own query has "&" too,
// but for the parameters of the upload at the end.
func cutAddress(query string) (address, rest string) {
	address = query
	for {
		i := strings.LastIndexByte(address, '&')
		if i < 0 {
			return address, rest
		}
		name, _, _ := strings.Cut(address[i+1:], "=")
		if name != "" && !isParameter(name) {
			return address, rest
		}
		address, rest = address[:i], query[i+1:]
	}
}

// isParameter tells whether name is a parameter of the upload: see
// docs/chevereto-api.md#parameters, and those that clients send in vain.
func isParameter(name string) bool {
	switch name {
	case "key", "source", "image", "title", "name", "description", "tags",
		"album_id", "category_id", "width", "expiration", "nsfw", "format",
		"use_file_date", "action", "type":
		return true
	}
	return false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
