package site

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/labstack/echo/v4"
)

// Object is a JSON object whose keys keep their order.
type Object []Member

// Member is a key, which is a string, and its value.
type Member [2]any

// MarshalJSON implements json.Marshaler.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(m[0].(string)); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(m[1]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// WriteJSON answers with v as JSON. Characters of HTML are not escaped.
func WriteJSON(c echo.Context, status int, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return WriteWhole(c, status, "application/json; charset=UTF-8", bytes.TrimRight(b.Bytes(), "\n"))
}

// WriteWhole answers with a body whose length it tells, so that a client that is
// still sending has all of it before the connection is closed.
func WriteWhole(c echo.Context, status int, contentType string, body []byte) error {
	c.Response().Header().Set("Content-Length", strconv.Itoa(len(body)))
	return c.Blob(status, contentType, body)
}

// NoStore keeps the answer out of caches.
func NoStore(c echo.Context) {
	c.Response().Header().Set("Cache-Control", "no-store")
}

// OrNull returns the text, or nil for the empty one, which is null in JSON.
func OrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Bit returns 1 for true and 0 for false.
func Bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Indented returns an object of texts as JSON with a member a line.
func Indented(o Object) string {
	text, err := o.MarshalJSON()
	var b bytes.Buffer
	if err == nil {
		err = json.Indent(&b, text, "", "  ")
	}
	if err != nil {
		panic(err) // of texts alone
	}
	return b.String()
}
