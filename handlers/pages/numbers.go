package pages

import (
	"strconv"

	"github.com/labstack/echo/v4"
)

// PageNumber reads the number of a page from a parameter; 1 if it is missing or wrong.
func PageNumber(c echo.Context, name string) int {
	n, err := strconv.Atoi(c.QueryParam(name))
	if err != nil || n < 1 || n > 1e6 {
		return 1
	}
	return n
}

// NumberedPage returns the request's own URL with another page number in it.
func (s *Server) NumberedPage(c echo.Context, name string, n int) string {
	u := *c.Request().URL
	q := u.Query()
	q.Set(name, strconv.Itoa(n))
	u.RawQuery = q.Encode()
	return s.At(u.RequestURI())
}
