package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// cheveretoSurface answers its errors with JSON and plain text alone.
func (s *server) cheveretoSurface() Surface {
	return Surface{Owns: isAPI, AnswerError: s.answerAPIError}
}

func isAPI(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/1/")
}

func (s *server) answerAPIError(c echo.Context, err error, known *apiError) error {
	noStore(c)
	if known == errContentEncoding {
		c.Set(formatKey, c.QueryParam("format")) // the form is not read
	}
	if format, _ := c.Get(formatKey).(string); format == "txt" || format == "redirect" {
		return writeWhole(c, known.status, "text/plain; charset=UTF-8", []byte(known.message))
	}
	return writeJSON(c, known.status, known.body())
}

// body is what the error looks like in JSON.
func (e *apiError) body() object {
	return object{
		{"status_code", e.status},
		{"error", object{{"message", e.message}, {"code", e.code}}},
		{"status_txt", http.StatusText(e.status)},
	}
}
