package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// FormText returns a field of a form as UTF-8 with plain line ends.
func FormText(c echo.Context, name string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(c.FormValue(name), "\ufffd"), "\r\n", "\n")
}

// LocalPath returns path if it is one of this site, else that of the start page. The
// result never leads to another site.
func LocalPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// BackOr returns the path of this site that the form wants to return to, otherwise the
// given one.
func BackOr(c echo.Context, otherwise string) string {
	return LocalPath(cmp.Or(c.FormValue("back"), otherwise))
}

// Refuse shows a page again with what is wrong with its form. Faults of the server, and
// limits on how often, have a page of their own.
func (s *Server) Refuse(c echo.Context, err error, show func(status int, text string) error) error {
	fault := s.ToAPIError(err)
	if fault == site.ErrInternal || fault.Status == http.StatusTooManyRequests {
		return err
	}
	s.LogRefusal(c, fault, err)
	return show(fault.Status, s.Catalog(c).ErrorText(fault.Message))
}
