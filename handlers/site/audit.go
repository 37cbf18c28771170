package site

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// Audited returns the request's context with the entry of a change that its caller makes
// by a right over others: the change writes the entry.
func Audited(c echo.Context, by media.Caller, at time.Time, action, subject, detail string) context.Context {
	return media.WithAudit(c.Request().Context(), media.AuditEntry{
		At: at, UserID: by.User.ID, By: by.User.Name, Action: action, Subject: subject, Detail: detail,
	})
}

// ParseForm reads the small forms of pages.
func (s *Server) ParseForm(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(nil, r.Body, 4*s.MaxField)
	if err := r.ParseForm(); err != nil {
		return BadRequest(400, "Malformed request body")
	}
	return nil
}
