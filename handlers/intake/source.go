package intake

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"

	"postern/handlers/form"
	"postern/handlers/site"
	"postern/media"
	"postern/media/fetch"
	"postern/media/process"
)

// The names that carry a source, and which of them wins: docs/chevereto-api.md#sources.
const (
	rankNone = iota
	rankFile // the file field "file", for want of another
	rankImage
	rankText
	rankSource
)

// Source is a file to upload, or its URL.
type Source struct {
	rank     int
	staged   *process.StagedUpload
	Filename string
	URL      string
	Err      error // what is wrong with it; told after what is wrong with the key
}

// URLSource returns a source that is to be fetched from a URL.
func URLSource(url string) Source { return Source{rank: rankText, URL: url} }

// Abort removes the staged file, if there is one that has not become an item.
func (s *Source) Abort() {
	if s.staged != nil {
		s.staged.Abort()
	}
}

func (f *formReader) spoolFile(src *Source, field *form.Field) error {
	src.Filename = media.ClientFilename(field.Filename)
	if field.Filename == "" {
		src.Err = ErrNoFile
		return nil
	}
	return f.spoolBytes(src, field)
}

// headBytes is how much of a text is read to tell a URL from base64.
const headBytes = 8 << 10

// spoolText takes a URL, or decodes base64. An empty text is no source, but in
// the imgBB form an error.
func (f *formReader) spoolText(src *Source, field *form.Field) error {
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
		src.Err = site.ErrNoText
	case whole && fetch.IsURL(string(head)):
		src.URL = strings.TrimSpace(string(head))
	case f.c.Request().Method != http.MethodPost:
		src.Err = errNotPosted
	default:
		src.Filename = randomName()
		return f.spoolBytes(src, form.NewBase64Reader(r))
	}
	return nil
}

// spoolBytes stages a source. It keeps an error of the bytes in src; an error of the
// connection or of the server ends the reading.
func (f *formReader) spoolBytes(src *Source, r io.Reader) error {
	var err error
	src.staged, err = f.Library.Staging.Spool(f.c.Request().Context(), r, f.Library.Policy().MaxFile)
	for _, wrong := range []error{media.ErrTooLarge, form.ErrBase64, form.ErrEmptyBase64} {
		if errors.Is(err, wrong) {
			src.Err = err
			return nil
		}
	}
	return err
}

// spoolURL fetches the source of a form that names a URL.
func (s *Intake) spoolURL(ctx context.Context, caller media.Caller, f *Form) error {
	if s.Fetcher == nil {
		return errNoURLs
	}
	answer, err := s.Fetcher.Get(ctx, f.URL)
	if errors.Is(err, fetch.ErrScheme) {
		scheme, _, _ := strings.Cut(f.URL, ":")
		return site.BadRequest(400, "Unsupported URL scheme `"+media.CutRunes(scheme, 20)+"`")
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	limit := s.Library.Policy().LimitOf(caller)
	if answer.Size > limit {
		return &media.SizeError{Limit: limit}
	}
	f.Filename = media.ClientFilename(path.Base(answer.Name))
	f.staged, err = s.Library.Staging.Spool(ctx, answer.Body, limit)
	return err
}

// randomName returns a name for a file that came without one.
func randomName() string {
	b := make([]byte, 6)
	rand.Read(b)
	return hex.EncodeToString(b)
}
