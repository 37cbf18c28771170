package handlers

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// formatKey is where the asked format of the answer is kept.
const formatKey = "format"

// cheveretoAPI answers /api/VERSION/ACTION. Faults are told in Chevereto's
// order: parts missing, version, key, action (SPEC.md section 2).
func (s *server) cheveretoAPI(c echo.Context) error {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(c.Request().URL.Path, "/api"), "/"), "/")
	switch {
	case parts[0] == "":
		return errNoVersion
	case len(parts) < 2:
		return errNoAction
	case parts[0] != "1":
		return s.refuse(c, errBadVersion, false)
	case parts[1] != "upload":
		return s.refuse(c, errBadAction, true)
	}
	return s.upload(c, false)
}

// imgbbUpload answers the path of imgBB's API.
func (s *server) imgbbUpload(c echo.Context) error { return s.upload(c, true) }

// refuse answers a request that leads nowhere, once its key is judged.
func (s *server) refuse(c echo.Context, fault error, checkKey bool) error {
	body := s.guardBody(c)
	return s.answerEarly(c, body, s.faultOf(c, fault, checkKey))
}

// faultOf is the fault, or what is wrong with the key.
func (s *server) faultOf(c echo.Context, fault error, checkKey bool) error {
	key := givenKey(c)
	if key == "" {
		f, err := s.readForm(c, wantTexts)
		if err != nil {
			return err
		}
		key = f.values["key"]
	}
	if !checkKey {
		// The format counts for nothing where the version is unknown.
		c.Set(formatKey, "")
	}
	if key == "" {
		return media.ErrNoKey
	}
	if checkKey {
		if _, err := s.Keyring.Caller(c.Request().Context(), key); err != nil {
			return err
		}
	}
	return fault
}

// givenKey is the key that a request shows before its body: a header, which
// wins, or the query.
func givenKey(c echo.Context) string {
	h := c.Request().Header
	if key := h.Get("X-API-Key"); key != "" {
		return key
	}
	if scheme, token, ok := strings.Cut(h.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}

// upload is the main job: form, key, source, Library, answer.
func (s *server) upload(c echo.Context, imgbb bool) error {
	body := s.guardBody(c)
	caller, f, err := s.receive(c, wantSource)
	if f != nil {
		defer f.discard()
	}
	var added media.Added
	if err == nil {
		added, err = s.add(c, caller, f)
	}
	if err != nil {
		return s.answerEarly(c, body, err)
	}
	return s.answerUpload(c, added.Item, f, imgbb || f.imgbb)
}

// receive reads who sends, and what. The form may be there with an error too.
func (s *server) receive(c echo.Context, want wanted) (media.Caller, *uploadForm, error) {
	var caller media.Caller
	key := givenKey(c)
	if key != "" {
		// A wrong key is told before the file is taken.
		var err error
		if caller, err = s.uploader(c, key); err != nil {
			c.Set(formatKey, c.QueryParam("format"))
			return media.Caller{}, nil, err
		}
	}
	f, err := s.readForm(c, want)
	if err == nil && key == "" {
		caller, err = s.uploader(c, f.values["key"])
	}
	return caller, f, err
}

func (s *server) add(c echo.Context, caller media.Caller, f *uploadForm) (media.Added, error) {
	ctx := c.Request().Context()
	switch {
	case f.err != nil:
		return media.Added{}, f.err
	case f.rank == rankNone:
		return media.Added{}, errNoSource
	}
	up, err := f.upload()
	if err != nil {
		return media.Added{}, err
	}
	if f.url != "" {
		if err := s.spoolURL(ctx, f); err != nil {
			return media.Added{}, err
		}
		up.Filename = f.filename
	}
	up.Caller, up.Draft, up.Address = caller, f.draft, c.RealIP()
	return s.Library.Add(ctx, up)
}

// answerUpload says what became of an upload, in the format that was asked.
func (s *server) answerUpload(c echo.Context, it media.Item, f *uploadForm, imgbb bool) error {
	noStore(c)
	v := s.view(c, it)
	switch f.values["format"] {
	case "txt":
		return c.String(http.StatusOK, v.url(it.Original))
	case "redirect":
		return c.Redirect(http.StatusFound, v.pathViewer())
	}
	return writeJSON(c, http.StatusOK, v.answer(imgbb))
}

// randomName stands for the name of a file that came without one.
func randomName() string {
	b := make([]byte, 6)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// drainTime and the body limit bound what is read only to be thrown away.
const drainTime = 30 * time.Second

// timedBody is a request's body that gives up when no byte arrives for a while.
type timedBody struct {
	io.ReadCloser
	rc       *http.ResponseController
	idle     time.Duration
	started  bool
	ended    bool
	deadline time.Time // zero for none
}

// guardBody bounds the body in size, and in time without a byte.
func (s *server) guardBody(c echo.Context) *timedBody {
	r := c.Request()
	body := &timedBody{
		ReadCloser: r.Body, rc: http.NewResponseController(c.Response()), idle: s.BodyIdle, ended: r.ContentLength == 0,
	}
	r.Body = http.MaxBytesReader(nil, body, s.MaxBody)
	return body
}

func (b *timedBody) Read(p []byte) (int, error) {
	b.started = true
	until := time.Now().Add(b.idle)
	if !b.deadline.IsZero() && b.deadline.Before(until) {
		until = b.deadline
	}
	if err := b.rc.SetReadDeadline(until); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// answerEarly answers an error to a client that may still be sending, and lets
// it finish: most clients read no answer before, and would see a broken
// connection instead.
func (s *server) answerEarly(c echo.Context, body *timedBody, err error) error {
	if body.ended {
		return err
	}
	waiting := c.Request().Header.Get("Expect") != "" && !body.started
	if !waiting {
		// Without this the answer would wait until the body is read.
		_ = body.rc.EnableFullDuplex()
	}
	c.Response().Header().Set("Connection", "close")
	c.Error(err)
	_ = body.rc.Flush()
	if !waiting {
		body.deadline = time.Now().Add(drainTime)
		_, _ = io.CopyN(io.Discard, body, s.MaxBody)
	}
	return nil
}
