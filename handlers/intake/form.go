package intake

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/handlers/site"
	"postern/media"
	"postern/media/library"
	"postern/media/process"
)

// textFields are the text parameters of the contract, and those that the upload page adds.
var textFields = map[string]bool{
	"key": true, "title": true, "name": true, "description": true, "tags": true, "album_id": true,
	"category_id": true, "width": true, "expiration": true, "nsfw": true, "format": true, "use_file_date": true,
	"visibility": true, "new_album": true,
}

// Form is the form of an upload, with its sources staged.
type Form struct {
	Source
	Values map[string]string // text parameters of docs/chevereto-api.md by their names; the last of a name wins
	list   string            // a text parameter that came as a list
	Many   []Source          // all sources of a form that may bring many
	ImgBB  bool              // a field "image" was there
}

// NewForm returns the form of an upload whose text parameters came apart from its
// bytes. It ignores other names. The error is that of a text that is none; Intake.Check
// finds the others.
func NewForm(filename string, values map[string]string) (*Form, error) {
	f := &Form{Source: Source{rank: rankSource, Filename: filename}, Values: make(map[string]string)}
	for name, value := range values {
		if !textFields[name] {
			continue
		}
		if !utf8.ValidString(value) {
			return nil, site.BadRequest(400, "Invalid UTF-8 in "+name)
		}
		f.Values[name] = value
	}
	return f, nil
}

// SetStaged gives the form its bytes, for its Abort, too.
func (f *Form) SetStaged(staged *process.StagedUpload) { f.staged = staged }

// Abort removes all staged files that have not become items.
func (f *Form) Abort() {
	f.Source.Abort()
	for i := range f.Many {
		f.Many[i].Abort()
	}
}

// Wanted says which sources of a form are of use.
type Wanted int

const (
	WantTexts  Wanted = iota // none
	WantSource               // the best one
	WantMany                 // all
)

// formReader reads one request's form.
type formReader struct {
	*Intake
	c    echo.Context
	want Wanted
	form Form
}

// ReadForm reads the query and the body to the end. The form is there with an
// error too, and the caller must call its Abort.
func (s *Intake) ReadForm(c echo.Context, want Wanted) (*Form, error) {
	f := formReader{Intake: s, c: c, want: want}
	f.form.Values = make(map[string]string)
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

// take reads one field. Its error is that of the request. An error of the source alone
// waits in the form, since that of the key comes first.
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
		f.form.ImgBB = true
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
		return site.BadRequest(400, "Invalid UTF-8 in "+field.Name)
	}
	f.form.Values[field.Name] = text
	return nil
}

// takeSource spools a source, unless a better one is held already; of two of
// one rank the last wins.
func (f *formReader) takeSource(field *form.Field, rank int) error {
	if f.want == WantTexts || rank < f.form.rank {
		return nil
	}
	next := Source{rank: rank}
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
	if f.want == WantMany {
		f.form.Many = append(f.form.Many, next)
		return nil
	}
	f.form.Source.Abort()
	f.form.Source = next
	return nil
}

// value returns a text parameter; like PHP, Chevereto takes "0" for none.
func (f *Form) value(name string) string {
	if v := f.Values[name]; v != "0" {
		return v
	}
	return ""
}

// upload returns the text parameters as the Library takes them.
func (f *Form) upload() (library.Upload, error) {
	if f.list != "" {
		return library.Upload{}, site.BadRequest(400, f.list+" must be a text, not a list")
	}
	up := library.Upload{
		Filename: f.Filename, Title: media.CutRunes(f.value("title"), 100), Description: f.value("description"),
		Tags: ParseTags(f.value("tags")), Album: f.value("album_id"), Width: parseWidth(f.value("width")),
		Expiration: f.Values["expiration"], NSFW: f.value("nsfw") == "1", FileDate: f.value("use_file_date") == "1",
	}
	if up.Title == "" {
		up.Title = media.CutRunes(f.value("name"), 100)
	}
	var err error
	if up.Visibility, err = ParseVisibility(f.value("visibility")); err != nil {
		return library.Upload{}, err
	}
	if up.CategoryID, err = ParseCategory(f.value("category_id")); err != nil {
		return library.Upload{}, err
	}
	return up, nil
}
