package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
)

// imgpileFile serves an item's file by the surface's name for it.
func (s *imgpileServer) imgpileFile(c echo.Context) error {
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
		caching = site.CacheControl(it, s.Library.Now())
	}
	return s.ServeItemFile(c, it, role, caching)
}

// sizedFile returns the role of the file that answers for a size of an item, ""
// for the original, and whether it always will. Until a size is made, what is
// larger stands in for it.
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
