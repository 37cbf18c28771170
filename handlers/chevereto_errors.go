package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Errors of paths, with the codes and messages of docs/chevereto-api.md#errors.
var (
	errNoVersion  = badRequest(100, "No version provided")
	errNoAction   = badRequest(100, "No action provided")
	errBadVersion = badRequest(110, "Invalid API version.")
	errBadAction  = badRequest(120, "Invalid API action")
)

// answerAPIError answers in JSON, or in plain text where the form asks for text.
func (s *cheveretoServer) answerAPIError(c echo.Context, err error, known *APIError) error {
	noStore(c)
	if known == errContentEncoding {
		c.Set(formatKey, c.QueryParam("format")) // the form is not read
	}
	if format, _ := c.Get(formatKey).(string); format == "txt" || format == "redirect" {
		return writeWhole(c, known.status, "text/plain; charset=UTF-8", []byte(known.message))
	}
	return writeJSON(c, known.status, errorBody(known))
}

// errorBody is what an error looks like in JSON.
func errorBody(e *APIError) object {
	return object{
		{"status_code", e.status},
		{"error", object{{"message", e.message}, {"code", e.code}}},
		{"status_txt", http.StatusText(e.status)},
	}
}
