package site

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"syscall"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// LogRefusal logs once why a request, or one of its sources, failed: a fault of the
// server as an error, a refusal at info with the user, the key and the item. A path
// that does not exist is not a refusal.
func (s *Server) LogRefusal(c echo.Context, answer *APIError, err error) {
	log, cause := s.Logger(c).With(s.aboutRequest(c)...), HideSecrets(err.Error())
	switch {
	case answer.Status == http.StatusInternalServerError:
		log.Error("request failed", "error", cause)
	case errors.Is(err, media.ErrPanic):
		log.Error("codec panicked on an upload", "error", cause)
	case answer.Status == http.StatusInsufficientStorage:
		log.Warn("request refused", "status", answer.Status, "error", cause)
	case answer == ErrNotFound:
		log.Debug("request refused", "status", answer.Status, "error", cause)
	default:
		log.Info("request refused", "status", answer.Status, "error", cause)
	}
}

// aboutRequest returns attributes for the log: the user, the key and the item of a
// request, if it has them.
func (s *Server) aboutRequest(c echo.Context) (attributes []any) {
	if caller, ok := c.Get(knownKey).(media.Caller); ok && caller.Guest {
		attributes = append(attributes, "user", "guest")
	} else if ok {
		attributes = append(attributes, "user", caller.User.Name, "key", caller.KeyID)
	}
	item := c.Param("item")
	if item = item[strings.LastIndexByte(item, '.')+1:]; media.ValidID(item) {
		attributes = append(attributes, "item", item)
	}
	return attributes
}

// missing reports whether an error says that a record does not exist. If the operating
// system misses a file, a file of ours is lost, and missing is false.
func missing(err error) bool {
	var system syscall.Errno
	return errors.Is(err, fs.ErrNotExist) && !errors.As(err, &system)
}
