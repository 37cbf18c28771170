package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// isAPI reports whether nothing but JSON and plain text may be answered.
func isAPI(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/1/")
}

func (s *server) answerAPIError(c echo.Context, e *apiError) error {
	noStore(c)
	if format, _ := c.Get(formatKey).(string); format == "txt" || format == "redirect" {
		return writeWhole(c, e.status, "text/plain; charset=UTF-8", []byte(e.message))
	}
	return writeJSON(c, e.status, e.body())
}

// body is what the error looks like in JSON.
func (e *apiError) body() object {
	return object{
		{"status_code", e.status},
		{"error", object{{"message", e.message}, {"code", e.code}}},
		{"status_txt", http.StatusText(e.status)},
	}
}
