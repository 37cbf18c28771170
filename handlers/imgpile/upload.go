package imgpile

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/handlers/site"
	"postern/media"
	"postern/media/library"
)

// upload adds the file of a form.
func (s *Server) upload(c echo.Context) error {
	if s.CDN != "" && site.OriginOf(s.CDN) != site.OriginOf(s.SiteURL(c)) && !s.isCDN(c) {
		return s.answerElsewhere(c)
	}
	caller, err := s.authenticateUpload(c)
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	release, err := s.intake.Acquire(c)
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	defer release()
	added, err := s.receive(c, caller)
	s.ObserveUpload(added, err)
	if err != nil {
		return err
	}
	o, err := s.presenter(c).media(*added.Item)
	if err != nil {
		return err
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusCreated, site.Object{{"message", "Media created successfully"}, {"media", o}})
}

// isUpload reports whether a request is one of upload.
func isUpload(c echo.Context) bool {
	return c.Request().Method == http.MethodPost && c.Path() == basePath+"/media"
}

// authenticateUpload returns the caller if the quotas allow an upload.
func (s *Server) authenticateUpload(c echo.Context) (media.Caller, error) {
	caller, err := requireUser(c)
	if err != nil {
		return caller, err
	}
	own, all := &caller.User.Quota.Daily, s.Library.Policy().Quota.Daily
	if limit := s.options.MaxDaily; *own == 0 && limit > 0 && (all == 0 || limit < all) {
		*own = limit
	}
	return caller, s.intake.AllowUpload(c, caller)
}

// isCDN reports whether a request was sent to the upload host.
func (s *Server) isCDN(c echo.Context) bool {
	_, host, _ := strings.Cut(site.OriginOf(s.CDN), "://")
	return strings.EqualFold(c.Request().Host, host)
}

func (s *Server) answerElsewhere(c echo.Context) error {
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusNotFound, site.Object{{"message", "Upload to " + s.CDN + basePath + "/media."}})
}

func (s *Server) receive(c echo.Context, caller media.Caller) (library.Added, error) {
	up := library.Upload{Caller: caller, Address: site.Network(c), Apart: true, Otherwise: media.Public}
	defer func() {
		if up.Staged != nil {
			up.Staged.Abort()
		}
	}()
	post, err := s.readUpload(c, &up)
	if err != nil {
		return library.Added{}, err
	}
	if up.Staged == nil {
		return library.Added{}, invalidField("file", "The file field is required.")
	}
	if post != "" {
		p, err := s.Community.OwnPost(c.Request().Context(), caller, post)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, media.ErrForbidden) {
			return library.Added{}, invalidField("post_id", "The selected post id is invalid.")
		}
		if err != nil {
			return library.Added{}, err
		}
		up.Album = p.Slug
	}
	return s.intake.Store(c, up)
}

// readUpload reads the form. The caller aborts the staged upload, also after an
// error.
func (s *Server) readUpload(c echo.Context, up *library.Upload) (post string, err error) {
	fields := form.NewReader(c.Request(), s.Form)
	defer fields.Close()
	for {
		field, err := fields.Next()
		if err == io.EOF {
			return post, nil
		}
		switch {
		case err != nil:
		case field.Name == "file" && field.IsFile && field.Filename != "":
			if up.Staged != nil {
				up.Staged.Abort()
			}
			up.Filename = media.ClientFilename(field.Filename)
			up.Staged, err = s.Library.Staging.Spool(c.Request().Context(), field, s.options.MaxFile)
		case field.Name == "post_id" && !field.IsFile:
			post, err = field.String(s.MaxField)
			post = strings.TrimFunc(post, isBlank)
		}
		if err != nil {
			return "", err
		}
	}
}
