package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// scriptMessages are the messages that scripts say, by what their keys begin with.
var scriptMessages = []string{"js.", "fault:"}

// serveMessages gives scripts what they say, in one language.
func (s *server) serveMessages(c echo.Context) error {
	for _, l := range s.catalogs.all {
		if l.Language == c.Param("language") {
			c.Response().Header().Set("Cache-Control", "no-cache")
			return writeJSON(c, http.StatusOK, l.forScripts())
		}
	}
	return errNotFound
}

func (l *catalog) forScripts() map[string]message {
	words := make(map[string]message)
	for key, m := range l.messages {
		for _, prefix := range scriptMessages {
			if strings.HasPrefix(key, prefix) {
				words[key] = m
			}
		}
	}
	return words
}
