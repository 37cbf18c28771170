package site

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// Sandbox is the Content-Security-Policy of a file. A file that a browser opens
// by itself runs nothing, and loads nothing but itself.
const Sandbox = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

// year is how long an immutable file may be cached.
const year = 365 * 24 * time.Hour

// ServeItemFile serves a file of an item that Library has shown to the viewer, as
// hostile content. caching is its Cache-Control.
func (s *Server) ServeItemFile(c echo.Context, it media.Item, role media.Role, caching string) error {
	file := *it.File(role)
	var content io.ReadSeeker = io.NewSectionReader(unread{}, 0, file.Size)
	if !answeredByRecord(c.Request(), etag(it, role)) {
		if elsewhere, err := s.fileURL(c, it, file); err != nil || elsewhere != "" {
			return cmp.Or(err, redirectToFile(c, elsewhere))
		}
		opened, err := s.Library.Files.Open(c.Request().Context(), file)
		if err != nil {
			return s.lost(c, it, fmt.Errorf("open %s: %w", file.Key, err))
		}
		defer opened.Close()
		content = opened
	}

	h := c.Response().Header()
	h.Set("Content-Type", file.MIME)
	h.Set("Content-Disposition", disposition(file))
	h.Set("Content-Security-Policy", Sandbox)
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if !it.ForEveryone() && c.QueryParam("signed") == "" {
		h.Set("Cross-Origin-Resource-Policy", "same-site") // the visitor's cookie may have opened it
	}
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", caching)
	h.Set("ETag", etag(it, role))
	http.ServeContent(fileResponse{c.Response()}, c.Request(), "", it.CreatedAt, content)
	return nil
}

// fileResponse is an answer to which the system can copy a file.
type fileResponse struct{ *echo.Response }

// ReadFrom implements io.ReaderFrom.
func (r fileResponse) ReadFrom(src io.Reader) (int64, error) {
	if !r.Committed {
		r.WriteHeader(http.StatusOK)
	}
	n, err := io.Copy(r.Writer, src)
	r.Size += n
	return n, err
}

// fileURL returns where a file can be read in place of here, "" for nowhere.
func (s *Server) fileURL(c echo.Context, it media.Item, file media.File) (string, error) {
	if s.FileURL == nil {
		return "", nil
	}
	ctx := c.Request().Context()
	if lasting, err := s.Library.Lasting(ctx, it); err != nil || !lasting {
		return "", err
	}
	return s.FileURL(ctx, file, disposition(file))
}

// redirectToFile sends a client elsewhere, and asks it to come back for the next time.
func redirectToFile(c echo.Context, elsewhere string) error {
	h := c.Response().Header()
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "private, max-age=60")
	return c.Redirect(http.StatusFound, elsewhere)
}

// answeredByRecord reports whether the answer to a request has none of the bytes: a
// store far away need not be asked for them.
func answeredByRecord(r *http.Request, etag string) bool {
	if r.Method == http.MethodHead {
		return true
	}
	for known := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == etag || known == "*" {
			return r.Header.Get("If-Match") == "" && r.Header.Get("If-Unmodified-Since") == ""
		}
	}
	return false
}

// unread stands for bytes that an answer does not have.
type unread struct{}

func (unread) ReadAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }

// lost is the error for a file that cannot be opened: the item may have been
// deleted since it was looked up; where it was not, the fault is ours.
func (s *Server) lost(c echo.Context, it media.Item, fault error) error {
	if errors.Is(fault, media.ErrUnavailable) {
		return fault
	}
	v, err := s.Viewer(c)
	if err == nil {
		_, err = s.Library.Item(c.Request().Context(), v, it.ID)
	}
	return cmp.Or(err, fmt.Errorf("%w: %w", ErrInternal, fault))
}

// Uncached is the Cache-Control of a file that may be another one soon, or gone.
const Uncached = "private, no-store"

// CacheControl returns the Cache-Control of a file of an item. Caches may keep it for as
// long as it lives, but only for an hour where moderators may take it away later, and not
// at all while they keep it back, or not everyone may see it.
func (s *Server) CacheControl(it media.Item) string {
	if !it.ForEveryone() {
		return Uncached
	}
	longest := year
	if s.Moderated() {
		longest = time.Hour
	} else if it.ExpiresAt.IsZero() {
		return fmt.Sprintf("public, max-age=%d, immutable", year/time.Second)
	}
	if !it.ExpiresAt.IsZero() {
		longest = min(longest, it.ExpiresAt.Sub(s.Library.Now()))
	}
	return fmt.Sprintf("public, max-age=%d, must-revalidate", longest/time.Second)
}

func etag(it media.Item, role media.Role) string {
	if role == media.RoleOriginal {
		return `"` + it.MD5 + `"`
	}
	return fmt.Sprintf(`"%s-%s-%d"`, it.ID, role, it.File(role).Size)
}

// disposition shows pictures and videos, and offers anything else to be saved.
func disposition(f media.File) string {
	kind := "attachment"
	if strings.HasPrefix(f.MIME, "video/") || strings.HasPrefix(f.MIME, "image/") && !strings.Contains(f.MIME, "svg") {
		kind = "inline"
	}
	return mime.FormatMediaType(kind, map[string]string{"filename": f.Filename()})
}
