package chevereto

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/site"
	"postern/media"
	"postern/media/auth"
)

// formatKey is where the asked format of the answer is kept.
const formatKey = "format"

// answerPath answers /api/VERSION/ACTION. Faults are told in Chevereto's
// order: parts missing, version, key, action (docs/chevereto-api.md#keys).
func (s *Server) answerPath(c echo.Context) error {
	s.Peek(c, s.Limits.Address, site.Network(c))
	parts := strings.Split(strings.Trim(strings.TrimPrefix(c.Request().URL.Path, "/api"), "/"), "/")
	switch {
	case parts[0] == "":
		return errNoVersion
	case len(parts) < 2:
		return errNoAction
	case parts[0] != "1":
		return s.rejectRequest(c, errBadVersion, false)
	case parts[1] != "upload":
		return s.rejectRequest(c, errBadAction, true)
	}
	return s.upload(c, false)
}

// imgbbUpload answers the path of imgBB's API.
func (s *Server) imgbbUpload(c echo.Context) error { return s.upload(c, true) }

// rejectRequest answers a request that leads nowhere, once its key is checked.
func (s *Server) rejectRequest(c echo.Context, fault error, checkKey bool) error {
	if err := s.Allow(c, s.Limits.Address, site.Network(c)); err != nil {
		return err
	}
	return s.translateError(c, fault, checkKey)
}

// translateError is the fault, or what is wrong with the key.
func (s *Server) translateError(c echo.Context, fault error, checkKey bool) error {
	key := site.GivenKey(c)
	if key == "" {
		f, err := s.intake.ReadForm(c, intake.WantTexts)
		c.Set(formatKey, f.Values["format"])
		if err != nil {
			return err
		}
		key = f.Values["key"]
	}
	if !checkKey {
		// The format counts for nothing where the version is unknown.
		c.Set(formatKey, "")
	}
	if key == "" {
		return media.ErrNoKey
	}
	if checkKey {
		if _, err := s.Authenticate(c, key, auth.Upload); err != nil {
			return err
		}
	}
	return fault
}

// upload is the main job: form, key, source, Library, answer.
func (s *Server) upload(c echo.Context, imgbb bool) error {
	release, err := s.intake.Acquire(c)
	if err != nil {
		c.Set(formatKey, c.QueryParam("format"))
		return s.intake.RejectUpload(err)
	}
	defer release()
	caller, f, err := s.intake.Receive(c, intake.WantSource)
	if f == nil {
		c.Set(formatKey, c.QueryParam("format"))
	} else {
		defer f.Abort()
		c.Set(formatKey, f.Values["format"])
	}
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	added, err := s.intake.Add(c, caller, f)
	if err != nil {
		return err
	}
	return s.answerUpload(c, added.Item, f, imgbb || f.ImgBB)
}

// answerUpload says what became of an upload, in the format that was asked.
func (s *Server) answerUpload(c echo.Context, it *media.Item, f *intake.Form, imgbb bool) error {
	site.NoStore(c)
	v := itemView{s.View(c, *it)}
	switch f.Values["format"] {
	case "txt":
		return c.String(http.StatusOK, v.URL(it.Original))
	case "redirect":
		return s.Redirect(c, http.StatusFound, v.PathViewer())
	}
	return site.WriteJSON(c, http.StatusOK, v.answer(imgbb))
}
