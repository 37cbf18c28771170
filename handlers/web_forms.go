package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// parseForm reads the small forms of pages.
func (s *webServer) parseForm(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(nil, r.Body, 4*s.MaxField)
	if err := r.ParseForm(); err != nil {
		return site.BadRequest(400, "Malformed request body")
	}
	return nil
}

// formText is a text of a form, as UTF-8 with plain line ends.
func formText(c echo.Context, name string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(c.FormValue(name), "\ufffd"), "\r\n", "\n")
}

// localPath is a path of this site that a form names, or the start page; it
// never leads to another site.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// userName is what a signed-in visitor is limited by.
func (s *webServer) userName(c echo.Context) string { return strconv.FormatInt(s.User(c).User.ID, 10) }
