package handlers

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/media"
	"postern/media/fetch"
)

// The names that carry a source, and which of them wins: docs/chevereto-api.md#sources.
const (
	rankNone = iota
	rankFile // the file field "file", for want of another
	rankImage
	rankText
	rankSource
)

// textFields are the text parameters of the contract.
var textFields = map[string]bool{
	"key": true, "title": true, "name": true, "description": true, "tags": true, "album_id": true,
	"category_id": true, "width": true, "expiration": true, "nsfw": true, "format": true, "use_file_date": true,
}

// source is what a request brings, or names, to be uploaded.
type source struct {
	rank     int
	staged   *media.StagedUpload
	filename string
	url      string
	err      error // what is wrong with it; told after what is wrong with the key
}

func (s *source) abort() {
	if s.staged != nil {
		s.staged.Abort()
	}
}

// uploadForm is a request's form, its source spooled.
type uploadForm struct {
	source
	values map[string]string // of textFields; the last of a name wins
	list   string            // a text parameter that came as a list
	many   []source          // all sources of a form that may bring many
	imgbb  bool              // a field "image" was there
}

// abort gives up all that was spooled and has not become an item.
func (f *uploadForm) abort() {
	f.source.abort()
	for i := range f.many {
		f.many[i].abort()
	}
}

// wanted says which sources of a form are of use.
type wanted int

const (
	wantTexts  wanted = iota // none
	wantSource               // the best one
	wantMany                 // all
)

// formReader reads one request's form.
type formReader struct {
	*server
	c    echo.Context
	want wanted
	form uploadForm
}

// readForm reads the query and the body to the end. The drafts are the
// caller's to discard, also with an error.
func (s *server) readForm(c echo.Context, want wanted) (*uploadForm, error) {
	f := formReader{server: s, c: c, want: want}
	f.form.values = make(map[string]string)
	fields := form.NewReader(c.Request(), s.Form)
	defer fields.Close()
	for {
		field, err := fields.Next()
		if err == io.EOF {
			return &f.form, nil
		}
		if err == nil {
			err = f.take(field)
		}
		if err != nil {
			return &f.form, err
		}
	}
}

// take reads one field. Its error is one of the request; what is wrong with
// the source alone waits in the form, behind what is wrong with the key.
func (f *formReader) take(field *form.Field) error {
	name, _, isList := strings.Cut(field.Name, "[")
	switch {
	case textFields[name] && isList:
		if name != "format" {
			f.form.list = name
		}
	case textFields[name] && !field.IsFile:
		return f.takeText(field)
	case field.Name == "source" && field.IsFile:
		return f.takeSource(field, rankSource)
	case field.Name == "source":
		return f.takeSource(field, rankText)
	case field.Name == "image":
		f.form.imgbb = true
		return f.takeSource(field, rankImage)
	case field.Name == "file" && field.IsFile:
		return f.takeSource(field, rankFile)
	}
	return nil
}

func (f *formReader) takeText(field *form.Field) error {
	text, err := field.String(f.MaxField)
	if err != nil {
		return err
	}
	if !utf8.ValidString(text) {
		return badRequest(400, "Invalid UTF-8 in "+field.Name)
	}
	f.form.values[field.Name] = text
	if field.Name == "format" {
		f.c.Set(formatKey, text)
	}
	return nil
}

// takeSource spools a source, unless a better one is held already; of two of
// one rank the last wins.
func (f *formReader) takeSource(field *form.Field, rank int) error {
	if f.want == wantTexts || rank < f.form.rank {
		return nil
	}
	next := source{rank: rank}
	spool := f.spoolText
	if field.IsFile {
		spool = f.spoolFile
	}
	if err := spool(&next, field); err != nil {
		return err
	}
	if next.rank == rankNone {
		return nil
	}
	if f.want == wantMany {
		f.form.many = append(f.form.many, next)
		return nil
	}
	f.form.source.abort()
	f.form.source = next
	return nil
}

func (f *formReader) spoolFile(src *source, field *form.Field) error {
	src.filename = media.ClientFilename(field.Filename)
	if field.Filename == "" {
		src.err = errNoFile
		return nil
	}
	return f.spoolBytes(src, field)
}

// headBytes is how much of a text is looked at to tell a URL from base64.
const headBytes = 8 << 10

// spoolText takes a URL, or decodes base64. An empty text is no source, but in
// the imgBB form an error.
func (f *formReader) spoolText(src *source, field *form.Field) error {
	field.KeepPlus()
	r := bufio.NewReaderSize(field, headBytes)
	head, err := r.Peek(headBytes)
	if err != nil && err != io.EOF {
		return err
	}
	switch whole := err == io.EOF; {
	case len(head) == 0 && src.rank != rankImage:
		src.rank = rankNone
	case whole && strings.TrimSpace(string(head)) == "":
		src.err = errNoText
	case whole && fetch.IsURL(string(head)):
		src.url = strings.TrimSpace(string(head))
	case f.c.Request().Method != http.MethodPost:
		src.err = errNotPosted
	default:
		src.filename = randomName()
		return f.spoolBytes(src, form.NewBase64Reader(r))
	}
	return nil
}

// spoolBytes keeps what is wrong with the bytes for later; what is wrong with
// the connection or with us ends the reading.
func (f *formReader) spoolBytes(src *source, r io.Reader) error {
	var err error
	src.staged, err = f.Library.Spool(f.c.Request().Context(), r, f.Library.Policy().MaxFile)
	for _, wrong := range []error{media.ErrTooLarge, form.ErrBase64, form.ErrEmptyBase64} {
		if errors.Is(err, wrong) {
			src.err = err
			return nil
		}
	}
	return err
}

// value returns a text parameter; like PHP, Chevereto takes "0" for none.
func (f *uploadForm) value(name string) string {
	if v := f.values[name]; v != "0" {
		return v
	}
	return ""
}

// upload turns the text parameters into what the Library takes.
func (f *uploadForm) upload() (media.Upload, error) {
	if f.list != "" {
		return media.Upload{}, badRequest(400, f.list+" must be a text, not a list")
	}
	up := media.Upload{
		Filename: f.filename, Title: cutCharacters(f.value("title"), 100), Description: f.value("description"),
		Tags: parseTags(f.value("tags")), Album: f.value("album_id"), Width: parseWidth(f.value("width")),
		Expiration: f.values["expiration"], NSFW: f.value("nsfw") == "1", FileDate: f.value("use_file_date") == "1",
	}
	if up.Title == "" {
		up.Title = cutCharacters(f.value("name"), 100)
	}
	var err error
	if up.CategoryID, err = parseCategory(f.value("category_id")); err != nil {
		return media.Upload{}, err
	}
	return up, nil
}

// parseCategory reads the ID of a category, 0 for none.
func parseCategory(s string) (int64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 {
		return 0, media.ErrCategory
	}
	return id, nil
}

// parseWidth reads a width as PHP reads a numeric text: 400.7 is 400, 1e2 is
// 100, and what is not a number is none.
func parseWidth(s string) int {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(n) || strings.ContainsAny(s, "xXpP_") {
		return 0
	}
	return int(min(max(n, math.MinInt32), math.MaxInt32))
}

// parseTags reads a list of tags and drops those that Chevereto drops: longer
// than 32 characters, with a slash or hash, of punctuation alone.
func parseTags(s string) []string {
	var tags []string
	seen := make(map[string]bool)
	for _, tag := range strings.Split(s, ",") {
		tag = strings.Join(strings.Fields(tag), " ")
		key := media.FoldTag(tag)
		if tag == "" || tag == "0" || seen[key] || utf8.RuneCountInString(tag) > 32 ||
			strings.ContainsAny(tag, "/#") || strings.Trim(tag, punctuation) == "" {
			continue
		}
		seen[key] = true
		tags = append(tags, tag)
	}
	return tags
}

const punctuation = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

func cutCharacters(s string, most int) string {
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}

// spoolURL fetches the source of a form that names a URL.
func (s *server) spoolURL(ctx context.Context, caller media.Caller, f *uploadForm) error {
	if s.Fetcher == nil {
		return errNoURLs
	}
	answer, err := s.Fetcher.Get(ctx, f.url)
	if errors.Is(err, fetch.ErrScheme) {
		scheme, _, _ := strings.Cut(f.url, ":")
		return badRequest(400, "Unsupported URL scheme `"+cutCharacters(scheme, 20)+"`")
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	limit := s.Library.Policy().LimitOf(caller)
	if answer.Size > limit {
		return &media.SizeError{Limit: limit}
	}
	f.filename = media.ClientFilename(path.Base(answer.Name))
	f.staged, err = s.Library.Spool(ctx, answer.Body, limit)
	return err
}
