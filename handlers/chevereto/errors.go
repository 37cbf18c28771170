package chevereto

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// Errors of paths, with the codes and messages of docs/chevereto-api.md#errors.
var (
	errNoVersion  = site.BadRequest(100, "No version provided")
	errNoAction   = site.BadRequest(100, "No action provided")
	errBadVersion = site.BadRequest(110, "Invalid API version.")
	errBadAction  = site.BadRequest(120, "Invalid API action")
)

// answerFault answers in JSON, or in plain text where the form asks for text.
func (s *Server) answerFault(c echo.Context, err error, known *site.APIError) error {
	site.NoStore(c)
	if known == site.ErrContentEncoding {
		c.Set(formatKey, c.QueryParam("format")) // the form is not read
	}
	if format, _ := c.Get(formatKey).(string); format == "txt" || format == "redirect" {
		return site.WriteWhole(c, known.Status, "text/plain; charset=UTF-8", []byte(known.Message))
	}
	return site.WriteJSON(c, known.Status, s.ErrorBody(known))
}

// ErrorBody is what an error looks like in JSON.
func (s *Server) ErrorBody(e *site.APIError) site.Object {
	return site.Object{
		{"status_code", e.Status},
		{"error", site.Object{{"message", e.Message}, {"code", e.Code}}},
		{"status_txt", http.StatusText(e.Status)},
	}
}
