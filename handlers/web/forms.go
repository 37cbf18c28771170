package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// parseForm reads the small forms of pages.
func (s *Server) parseForm(c echo.Context) error { return s.ParseForm(c) }

// formText returns a field of a form as UTF-8 with plain line ends.
func formText(c echo.Context, name string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(c.FormValue(name), "\ufffd"), "\r\n", "\n")
}

// localPath returns path if it is one of this site, else that of the start page. The
// result never leads to another site.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// userName returns the key for rate limits of signed-in visitors.
func (s *Server) userName(c echo.Context) string { return strconv.FormatInt(s.User(c).User.ID, 10) }
