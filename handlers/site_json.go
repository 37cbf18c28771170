package handlers

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/labstack/echo/v4"
)

// object is a JSON object whose keys keep their order.
type object []member

// member is a key, which is a string, and its value.
type member [2]any

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
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

// writeJSON answers with JSON, text left as it is.
func writeJSON(c echo.Context, status int, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return writeWhole(c, status, "application/json; charset=UTF-8", bytes.TrimRight(b.Bytes(), "\n"))
}

// writeWhole writes an answer whose end is known by its length, so that a
// client that is still sending has all of it before the connection is closed.
func writeWhole(c echo.Context, status int, contentType string, body []byte) error {
	c.Response().Header().Set("Content-Length", strconv.Itoa(len(body)))
	return c.Blob(status, contentType, body)
}

// noStore keeps answers of the API out of caches.
func noStore(c echo.Context) {
	c.Response().Header().Set("Cache-Control", "no-store")
}

// orNull is null for the empty text.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// bit is 1 for true.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func indented(o object) string {
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
