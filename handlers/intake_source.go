package handlers

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
	"postern/media/library"
)

// The names that carry a source, and which of them wins: docs/chevereto-api.md#sources.
const (
	rankNone = iota
	rankFile // the file field "file", for want of another
	rankImage
	rankText
	rankSource
)

// source is what a request brings, or names, to be uploaded.
type source struct {
	rank     int
	staged   *library.StagedUpload
	filename string
	url      string
	err      error // what is wrong with it; told after what is wrong with the key
}

func (s *source) abort() {
	if s.staged != nil {
		s.staged.Abort()
	}
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
		src.err = site.ErrNoText
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

// spoolURL fetches the source of a form that names a URL.
func (s *Intake) spoolURL(ctx context.Context, caller media.Caller, f *uploadForm) error {
	if s.Fetcher == nil {
		return errNoURLs
	}
	answer, err := s.Fetcher.Get(ctx, f.url)
	if errors.Is(err, fetch.ErrScheme) {
		scheme, _, _ := strings.Cut(f.url, ":")
		return site.BadRequest(400, "Unsupported URL scheme `"+cutCharacters(scheme, 20)+"`")
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

// randomName stands for the name of a file that came without one.
func randomName() string {
	b := make([]byte, 6)
	rand.Read(b)
	return hex.EncodeToString(b)
}
