package imgpile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/handlers/site"
)

// input has the fields of a request: those of a JSON object, or of a form whose
// lists are named NAME[] or NAME[KEY].
type input map[string]any

// readInput reads the fields of a body of at most MaxField bytes.
func (s *Server) readInput(c echo.Context) (input, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(nil, r.Body, s.MaxField)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	read := s.readFormInput
	if strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json") {
		read = readJSONInput
	}
	in, err := read(c)
	for name, value := range in {
		in[name] = tidy(value)
	}
	return in, err
}

// tidy trims texts and turns empty ones into null, as Laravel does.
func tidy(value any) any {
	switch v := value.(type) {
	case string:
		if v = strings.TrimFunc(v, isBlank); v == "" {
			return nil
		}
		return v
	case []any:
		for i := range v {
			v[i] = tidy(v[i])
		}
	}
	return value
}

// isBlank reports whether r is white space or has no width.
func isBlank(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\ufeff\u200b\u200e", r) }

// readJSONInput reads a body that is one JSON object, or empty.
func readJSONInput(c echo.Context) (input, error) {
	in := input{}
	d := json.NewDecoder(form.WithoutBOM(c.Request().Body))
	d.UseNumber()
	err := d.Decode(&in)
	if err == nil {
		if _, err = d.Token(); err == nil {
			err = errors.New("text behind the object")
		}
	}
	var large *http.MaxBytesError
	switch {
	case err == io.EOF:
		return in, nil
	case errors.As(err, &large):
		return nil, err
	}
	return nil, site.BadRequest(http.StatusBadRequest, "The body is not a JSON object.")
}

func (s *Server) readFormInput(c echo.Context) (input, error) {
	in := input{}
	places := make(map[string]int) // of fields named NAME[KEY] in their lists
	fields := form.NewBodyReader(c.Request(), s.Form)
	defer fields.Close()
	for {
		field, err := fields.Next()
		if err == io.EOF {
			return in, nil
		}
		if err != nil {
			return nil, err
		}
		if field.IsFile {
			continue
		}
		text, err := field.String(s.MaxField)
		if err != nil {
			return nil, err
		}
		in.add(field.Name, text, places)
	}
}

// add adds a field of a form. NAME[] and NAME[KEY] go to the end of the list NAME; a
// KEY that comes again replaces its first value.
func (in input) add(name, text string, places map[string]int) {
	base, key, isList := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if !isList || !strings.HasSuffix(name, "]") {
		in[name] = text
		return
	}
	list, _ := in[base].([]any)
	if at, again := places[name]; key != "" && again && at < len(list) {
		list[at] = text
		return
	}
	places[name] = len(list)
	in[base] = append(list, text)
}

// label returns a field's name as messages have it.
func label(name string) string { return strings.ReplaceAll(name, "_", " ") }

// text returns a text field of at most limit characters, nil if it is absent. null
// is the empty text.
func (in input) text(v *invalid, name string, limit int) *string {
	value, ok := in[name]
	if !ok {
		return nil
	}
	if value == nil {
		value = ""
	}
	text, ok := value.(string)
	switch {
	case !ok || !utf8.ValidString(text):
		v.add(name, "The "+label(name)+" field must be a string.")
	case utf8.RuneCountInString(text) > limit:
		v.add(name, fmt.Sprintf("The %s field must not be greater than %d characters.", label(name), limit))
	}
	return &text
}

// prose returns a text field of at most limit bytes, nil if it is absent.
func (in input) prose(v *invalid, name string, limit int) *string {
	text := in.text(v, name, limit)
	if text != nil && len(*text) > limit && utf8.RuneCountInString(*text) <= limit {
		v.add(name, fmt.Sprintf("The %s field must not be greater than %d bytes.", label(name), limit))
	}
	return text
}

// boolean returns a field that is true or false, nil if it is absent.
func (in input) boolean(v *invalid, name string) *bool {
	value, ok := in[name]
	if !ok {
		return nil
	}
	var is bool
	switch fmt.Sprint(value) {
	case "true", "1":
		is = true
	case "false", "0":
	default:
		v.add(name, "The "+label(name)+" field must be true or false.")
	}
	return &is
}

// number returns a whole number, 0 if it is absent or null.
func (in input) number(v *invalid, name string) int64 {
	value := in[name]
	if value == nil {
		return 0
	}
	n, ok := wholeNumber(value)
	if !ok {
		v.add(name, "The "+label(name)+" field must be an integer.")
	}
	return n
}

// wholeNumber reads a positive number, or a text of digits.
func wholeNumber(value any) (int64, bool) {
	n, err := strconv.ParseInt(fmt.Sprint(value), 10, 64)
	return n, err == nil && n > 0 && n < math.MaxInt64
}

// list returns a list, and whether the field is there. null is the empty list.
func (in input) list(v *invalid, name string) (list []any, given bool) {
	value, ok := in[name]
	if !ok || value == nil {
		return nil, ok
	}
	if list, ok = value.([]any); !ok {
		v.add(name, "The "+label(name)+" field must be an array.")
	}
	return list, true
}

// tooMany reports whether a list is longer than limit, and adds the error.
func tooMany(v *invalid, name string, length, limit int) bool {
	if length > limit {
		v.add(name, fmt.Sprintf("The %s field must not have more than %d items.", label(name), limit))
	}
	return length > limit
}

// texts returns a list of texts of at most limit characters each, nil if it is
// absent. Empty texts are left out.
func (in input) texts(v *invalid, name string, limit int) *[]string {
	list, given := in.list(v, name)
	if !given {
		return nil
	}
	texts := []string{}
	for i, value := range list {
		if value == nil {
			continue
		}
		text, ok := value.(string)
		if !ok || !utf8.ValidString(text) || utf8.RuneCountInString(text) > limit {
			v.add(fmt.Sprintf("%s.%d", name, i), fmt.Sprintf("The %s.%d field must be a string of at most %d characters.", name, i, limit))
		}
		texts = append(texts, text)
	}
	return &texts
}
