package site

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// Zip is an answer that is an archive. Nothing of it is kept: files are sent while they
// are read.
type Zip struct {
	s       *Server
	w       *zip.Writer
	names   map[string]int // that AddAll has given, without their case
	missing strings.Builder
}

// NewZip begins to answer with an archive of a name, without its extension. The caller
// closes it.
func (s *Server) NewZip(c echo.Context, name string) *Zip {
	NoStore(c)
	h := c.Response().Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".zip"}))
	return &Zip{s: s, w: zip.NewWriter(c.Response()), names: make(map[string]int)}
}

// Create begins a file of text, which ends where the next one begins.
func (z *Zip) Create(name string, at time.Time) (io.Writer, error) {
	return z.w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
}

// Add copies the original of an item, or notes that it has gone meanwhile. Images and
// videos are compressed already, so they are stored as they are.
func (z *Zip) Add(ctx context.Context, it *media.Item, name string) error {
	from, err := z.s.Library.Files.Open(ctx, it.Original)
	if err != nil {
		fmt.Fprintf(&z.missing, "%s %s\n", it.ID, name)
		return nil
	}
	defer from.Close()
	to, err := z.w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: it.CreatedAt})
	if err == nil {
		_, err = io.Copy(to, from)
	}
	return err
}

// AddAll adds the originals of items under the names of their files. Files of one name are
// numbered.
func (z *Zip) AddAll(ctx context.Context, items []media.Item) error {
	for i := range items {
		if err := z.Add(ctx, &items[i], z.uniqueName(items[i].Original.Filename())); err != nil {
			return err
		}
	}
	return nil
}

// uniqueName returns a name that differs by more than case from those given before.
func (z *Zip) uniqueName(name string) string {
	for unique := name; ; {
		folded := strings.ToLower(unique)
		if z.names[folded] == 0 {
			z.names[folded] = 1
			return unique
		}
		first := strings.ToLower(name)
		z.names[first]++
		extension := path.Ext(name)
		unique = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, extension), z.names[first], extension)
	}
}

// Close ends the archive. _missing.txt names the items that have gone meanwhile.
func (z *Zip) Close() error {
	if z.missing.Len() > 0 {
		f, err := z.w.Create("_missing.txt")
		if err == nil {
			_, err = io.WriteString(f, z.missing.String())
		}
		if err != nil {
			return err
		}
	}
	return z.w.Close()
}
