package web

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

// serveZip answers with the originals of items, as they are read. Files of one name are
// numbered; missing.txt names the items whose files have gone meanwhile.
func (s *Server) serveZip(c echo.Context, name string, items []media.Item) error {
	site.NoStore(c)
	h := c.Response().Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".zip"}))
	w := zip.NewWriter(c.Response())
	names := make(map[string]int)
	var missing strings.Builder
	for _, it := range items {
		found, err := s.zipItem(c.Request().Context(), w, &it, uniqueName(names, it.Original.Filename()))
		if err != nil {
			return err
		}
		if !found {
			fmt.Fprintf(&missing, "%s %s\n", it.ID, it.Original.Filename())
		}
	}
	if missing.Len() > 0 {
		f, err := w.Create("_missing.txt")
		if err == nil {
			_, err = io.WriteString(f, missing.String())
		}
		if err != nil {
			return err
		}
	}
	return w.Close()
}

// zipItem copies an original, and reports whether it is there. Images and videos are
// compressed already, so they are stored as they are.
func (s *Server) zipItem(ctx context.Context, w *zip.Writer, it *media.Item, name string) (bool, error) {
	from, err := s.Library.Open(ctx, it.Original)
	if err != nil {
		return false, nil
	}
	defer from.Close()
	to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: it.CreatedAt})
	if err == nil {
		_, err = io.Copy(to, from)
	}
	return true, err
}

// uniqueName returns a name that differs by more than case from those given before.
func uniqueName(given map[string]int, name string) string {
	for unique := name; ; {
		folded := strings.ToLower(unique)
		if given[folded] == 0 {
			given[folded] = 1
			return unique
		}
		first := strings.ToLower(name)
		given[first]++
		extension := path.Ext(name)
		unique = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, extension), given[first], extension)
	}
}
