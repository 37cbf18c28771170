// Package tus is the surface for uploads that come in parts: tus 1.0 with creation,
// creation-with-upload, termination, expiration and checksum, as docs/resumable.md
// describes it. Once all bytes are there, an upload is handled like any other, and gets
// the same answer.
package tus

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"

	"postern/handlers/intake"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// Path is the path of uploads, below the root of the site.
const Path = "/files/"

// version is that of tus.
const version = "1.0.0"

const extensions = "creation,creation-with-upload,termination,expiration,checksum"

// lockPatience is how long a request waits for another one that works on its upload.
const lockPatience = 20 * time.Second

// Look is how another surface shows items and errors. This surface uses that one's.
type Look struct {
	Answer func(present.Item) site.Object
	Error  func(*site.APIError) site.Object
}

// Server is the surface.
type Server struct {
	*site.Server
	intake *intake.Intake
	store  *Store
	look   Look
	tusd   *handler.UnroutedHandler
}

// New returns the surface of a site, with its uploads in a store.
func New(s *site.Server, in *intake.Intake, store *Store, look Look) (*Server, error) {
	server := &Server{Server: s, intake: in, store: store, look: look}
	composer := handler.NewStoreComposer()
	composer.UseCore(store)
	composer.UseTerminater(store)
	store.locker.UseIn(composer)
	var err error
	server.tusd, err = handler.NewUnroutedHandler(handler.Config{
		StoreComposer: composer, BasePath: Path, AcquireLockTimeout: lockPatience,
		// What tusd has to log is told in answers, which this program logs itself.
		Logger:                           slog.New(slog.NewTextHandler(io.Discard, nil)),
		GracefulRequestCompletionTimeout: 10 * time.Millisecond,
		PreFinishResponseCallback:        server.whole,
	})
	return server, err
}

// Surface owns the paths of uploads, and answers errors as the upload API does.
func (s *Server) Surface() site.Surface {
	return site.Surface{
		Owns: func(path string) bool { return path == strings.TrimRight(Path, "/") || strings.HasPrefix(path, Path) },
		AnswerError: func(c echo.Context, _ error, known *site.APIError) error {
			site.NoStore(c)
			return site.WriteJSON(c, known.Status, s.look.Error(known))
		},
	}
}

// Routes adds the surface.
func (s *Server) Routes(e *echo.Echo) {
	methods := []string{http.MethodPost, http.MethodHead, http.MethodPatch, http.MethodGet, http.MethodDelete}
	all := []echo.MiddlewareFunc{s.tell, s.AllowCrossOrigin(methods...), expose}
	for _, path := range []string{strings.TrimRight(Path, "/"), Path} {
		e.Any(path, s.begin, all...)
	}
	e.Any(Path+":upload", s.goOn, all...)
}

// tell says in every answer what tus asks for, and to OPTIONS what there is.
func (s *Server) tell(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Tus-Resumable", version)
		if c.Request().Method == http.MethodOptions {
			h.Set("Tus-Version", version)
			h.Set("Tus-Extension", extensions)
			h.Set("Tus-Checksum-Algorithm", algorithms)
			h.Set("Tus-Max-Size", strconv.FormatInt(s.Library.Policy().MaxFile, 10))
		}
		return next(c)
	}
}

// exposed are the headers of answers that pages of other origins may read.
const exposed = "Location, Tus-Version, Tus-Resumable, Tus-Max-Size, Tus-Extension, Upload-Offset, Upload-Length, Upload-Expires, Upload-Metadata"

func expose(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if h := c.Response().Header(); h.Get("Access-Control-Allow-Origin") != "" {
			h.Set("Access-Control-Expose-Headers", h.Get("Access-Control-Expose-Headers")+", "+exposed)
		}
		return next(c)
	}
}

// method is the request's, or for clients that know few, the one that a header names.
func method(r *http.Request) string {
	if other := r.Header.Get("X-HTTP-Method-Override"); r.Method == http.MethodPost && other != "" {
		return strings.ToUpper(other)
	}
	return r.Method
}

// checkVersion refuses what speaks another version. A browser that is led to an
// upload says nothing of it.
func checkVersion(c echo.Context) error {
	if m := method(c.Request()); m != http.MethodGet && m != http.MethodHead && c.Request().Header.Get("Tus-Resumable") != version {
		c.Response().Header().Set("Tus-Version", version)
		return site.NewError(http.StatusPreconditionFailed, 400, "Tus-Resumable must be "+version)
	}
	return nil
}

// begin creates an upload, and may bring its first bytes.
func (s *Server) begin(c echo.Context) error {
	if method(c.Request()) != http.MethodPost {
		return site.MethodNotAllowed(c, http.MethodPost)
	}
	if err := checkVersion(c); err != nil {
		return err
	}
	release, err := s.intake.Acquire(c)
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	defer release()
	e, err := s.admit(c)
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	if err := e.run("", s.tusd.PostFile); err != nil {
		return err
	}
	c.Response().Header().Set("Location", s.SiteURL(c)+Path+path.Base(e.header.Get("Location")))
	return s.answer(e)
}

// admit tells who begins an upload, and whether it may: by what it has begun already,
// its rate, its quota and what it asks for.
func (s *Server) admit(c echo.Context) (*exchange, error) {
	caller, err := s.intake.Sender(c)
	if err != nil {
		return nil, err
	}
	e := &exchange{c: c, caller: caller, owner: owner{UserID: caller.User.ID}}
	if caller.Guest {
		e.owner.Address = s.Library.Secret.AddressHash(site.Network(c))
	}
	size, err := strconv.ParseInt(c.Request().Header.Get("Upload-Length"), 10, 64)
	if err != nil || size < 0 {
		return nil, site.BadRequest(400, "Upload-Length must be the size of the file in bytes")
	}
	if limit := s.Library.Policy().LimitOf(caller); size > limit {
		tooBig := s.ToAPIError(&media.SizeError{Limit: limit})
		return nil, site.NewError(http.StatusRequestEntityTooLarge, tooBig.Code, tooBig.Message)
	}
	announced := s.store.announced(e.owner)
	if most := int64(s.store.Open); most > 0 && announced.Items >= most {
		return nil, site.NewError(http.StatusTooManyRequests, 429, fmt.Sprintf("Too many uploads are unfinished - max %d", most))
	}
	announced.Bytes += size
	if err := s.intake.AllowUploadBeside(c, caller, announced); err != nil {
		return nil, err
	}
	form, err := newForm(handler.ParseMetadataHeader(c.Request().Header.Get("Upload-Metadata")))
	if err == nil {
		err = s.intake.Check(c, caller, form)
	}
	if err != nil {
		return nil, err
	}
	e.sum, err = newChecksum(c.Request())
	return e, err
}

// newForm is what an upload asks for. Clients have two names for the file's name.
func newForm(metadata map[string]string) (*intake.Form, error) {
	values := make(map[string]string)
	for name, value := range metadata {
		if name != "name" {
			values[name] = value
		}
	}
	filename := metadata["filename"]
	if filename == "" {
		filename = metadata["name"]
	}
	return intake.NewForm(media.ClientFilename(filename), values)
}

// goOn does what is asked of an upload that was begun.
func (s *Server) goOn(c echo.Context) error {
	if err := checkVersion(c); err != nil {
		return err
	}
	serve := map[string]func(echo.Context, *exchange) error{
		http.MethodPatch: s.patch, http.MethodHead: s.head, http.MethodGet: s.get, http.MethodDelete: s.terminate,
	}[method(c.Request())]
	if serve == nil {
		return site.MethodNotAllowed(c, http.MethodHead, http.MethodPatch, http.MethodGet, http.MethodDelete)
	}
	site.NoStore(c)
	caller, err := s.intake.Sender(c)
	if err != nil {
		return err
	}
	e := &exchange{c: c, caller: caller}
	rec, err := s.store.load(c.Param("upload"))
	if err == nil && !rec.Owner.is(caller) {
		err = errNone
	}
	if err != nil {
		return noUpload(err)
	}
	e.record, e.owner = rec, rec.Owner
	return serve(c, e)
}

// noUpload tells that there is no such upload, without a word of what there was.
func noUpload(err error) error {
	if errors.Is(err, errNone) {
		return site.ErrNotFound
	}
	return err
}

// patch takes a part. One of an upload that is whole, but no item yet, makes it one.
func (s *Server) patch(c echo.Context, e *exchange) error {
	if e.record.whole() {
		if err := s.settle(e); err != nil {
			return err
		}
		return s.answer(e)
	}
	release, err := s.intake.AcquirePart(c, e.caller)
	if err != nil {
		return err
	}
	defer release()
	if e.sum, err = newChecksum(c.Request()); err != nil {
		return err
	}
	if err := e.run(e.record.ID, s.tusd.PatchFile); err != nil {
		return noUpload(err)
	}
	return s.answer(e)
}

// head tells how much is there. An upload that is whole, but no item yet, becomes one
// first: clients take it for done when all bytes are there, and do not come back.
func (s *Server) head(c echo.Context, e *exchange) error {
	if e.record.whole() {
		if err := s.settle(e); err != nil {
			return err
		}
	}
	if err := e.run(e.record.ID, s.tusd.HeadFile); err != nil {
		return noUpload(err)
	}
	e.item = nil // there is no body
	return s.answer(e)
}

// get answers what became of an upload, once more.
func (s *Server) get(c echo.Context, e *exchange) error {
	if !e.record.whole() {
		return site.NewError(http.StatusConflict, 400, "The upload is not finished")
	}
	if err := s.settle(e); err != nil {
		return err
	}
	return site.WriteJSON(c, http.StatusOK, s.look.Answer(s.View(c, *e.item)))
}

// terminate removes an upload. What has become an item of it stays.
func (s *Server) terminate(c echo.Context, e *exchange) error {
	if err := e.run(e.record.ID, s.tusd.DelFile); err != nil {
		return noUpload(err)
	}
	return s.answer(e)
}

// answer writes tusd's answer, with the item where there is one.
func (s *Server) answer(e *exchange) error {
	h := e.c.Response().Header()
	for name := range e.header {
		if name != "Location" && name != "Content-Length" {
			h.Set(name, e.header.Get(name))
		}
	}
	if rec := e.record; e.item == nil && rec != nil && method(e.c.Request()) != http.MethodDelete {
		h.Set("Upload-Expires", s.store.Now().Add(s.store.Keep).UTC().Format(http.TimeFormat))
	}
	if e.item == nil {
		return e.c.NoContent(e.status)
	}
	if e.header == nil {
		h.Set("Upload-Offset", strconv.FormatInt(e.record.Size, 10))
	}
	status := http.StatusOK
	if e.status == http.StatusCreated {
		status = e.status
	}
	return site.WriteJSON(e.c, status, s.look.Answer(s.View(e.c, *e.item)))
}

// missing reports whether an item is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
