package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// digestFiles returns a digest of all names and contents below fsys, and the digest of
// each file by its name.
func digestFiles(fsys fs.FS) (all string, each map[string]string, err error) {
	sum := sha256.New()
	each = make(map[string]string)
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		one := sha256.Sum256(data)
		each[name] = hex.EncodeToString(one[:8])
		fmt.Fprintf(sum, "%s %x\n", name, one)
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), each, err
}

// AssetURL returns the URL of a file of static/. It changes with the contents of the
// folder, so browsers may keep files for ever and never mix modules of two versions.
func (s *Server) AssetURL(name string) string {
	return s.At("/static/" + s.staticDigest + "/" + name)
}

// serveStatic serves a file of static/. If the path has no digest or an old one,
// browsers must revalidate the file.
func (s *Server) serveStatic(c echo.Context) error {
	name := strings.TrimPrefix(c.Request().URL.Path, "/static/")
	cache := "no-cache"
	if first, rest, found := strings.Cut(name, "/"); found && s.staticFiles[name] == "" {
		if name = rest; first == s.staticDigest {
			cache = "public, max-age=31536000, immutable"
		}
	}
	digest, ok := s.staticFiles[name]
	if !ok {
		return site.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", cache)
	h.Set("ETag", `"`+digest+`"`)
	h.Set("Content-Security-Policy", site.Sandbox)
	if strings.HasSuffix(name, ".js") {
		h.Set("Content-Type", "text/javascript; charset=utf-8")
	}
	http.ServeFileFS(c.Response(), c.Request(), s.Static, name)
	return nil
}

// redirectToIcon serves browsers that look for an icon without a page that names one,
// as they do when they show an image.
func (s *Server) redirectToIcon(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Redirect(http.StatusFound, s.AssetURL("icon.svg"))
}
