package imgpile

import (
	"bytes"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"
)

// serveOpenAPI serves the description of the surface in OpenAPI 3.1.
func (s *Server) serveOpenAPI(c echo.Context) error {
	text, err := fs.ReadFile(s.Static, "openapi.json")
	if err != nil {
		return err
	}
	text = bytes.Replace(text, []byte(`"servers": [{"url": "/"}]`), []byte(`"servers": [{"url": "`+s.At("/")+`"}]`), 1)
	return c.Blob(http.StatusOK, "application/json", text)
}
