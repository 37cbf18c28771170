package imgpile

import (
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

// serveFile serves a file of an item under /f/.
func (s *Server) serveFile(c echo.Context) error {
	name, _, _ := strings.Cut(c.Param("name"), ".")
	id, size, _ := strings.Cut(name, "_")
	if !media.ValidID(id) {
		return site.ErrNotFound
	}
	v, err := s.Viewer(c)
	if err != nil {
		return err
	}
	it, err := s.Library.Item(c.Request().Context(), v, id)
	if err != nil {
		return err
	}
	role, lasting, err := sizedFile(it, size)
	if err != nil {
		return err
	}
	caching := site.Uncached
	if lasting {
		caching = s.CacheControl(it)
	}
	return s.ServeItemFile(c, it, role, caching)
}

// sizedFile returns the role of the file to serve for a size of an item; size is ""
// for the original. A larger file stands in until the rendition is made; lasting
// reports whether the answer stays the same.
func sizedFile(it media.Item, size string) (role media.Role, lasting bool, err error) {
	wanted := media.Role(size)
	switch {
	case size == "thumb" && it.Frame.Exists():
		return media.RoleThumb, true, nil
	case size == "", size == "thumb":
		return media.RoleOriginal, true, nil
	case media.RenditionWidth(wanted) == 0:
		return "", false, site.ErrNotFound
	case it.File(wanted).Exists():
		return wanted, true, nil
	}
	lasting = !it.Unprocessed || it.Width <= media.RenditionWidth(wanted)
	if it.Frame.Exists() {
		return media.RoleFrame, lasting, nil
	}
	return media.RoleOriginal, lasting, nil
}
