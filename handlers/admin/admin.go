// Package admin is the surface for admins: what there is and was, users, items of all,
// bans, categories, the audit log, and the settings in force.
package admin

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
)

// Records is what the surface needs of a database.
type Records interface {
	media.AuditRecords
	media.Oversight
	media.Accounts
	media.Bans
	media.AddressBans
	media.Credentials
}

// Options are the parts of the surface. Without Records there is none.
type Options struct {
	Records  Records
	Version  string
	Started  time.Time
	Disk     func() (free, size int64, err error)
	Settings func() []Setting
}

// Setting is one in force. A secret has no value here, but a word that it is set.
type Setting struct{ Key, Value, Source string }

// Server is the surface. It is safe for concurrent use.
type Server struct {
	*pages.Server
	Options

	mu      sync.Mutex
	people  bool // somebody besides one user has been here
	askedAt time.Time
}

// New returns the surface of a site.
func New(shared *pages.Server, o Options) *Server {
	return &Server{Server: shared, Options: o}
}

// Routes adds the pages.
func (s *Server) Routes(e *echo.Echo) {
	show := []echo.MiddlewareFunc{s.NeedUser, needAdmin(s)}
	change := []echo.MiddlewareFunc{s.SameOrigin, s.NeedUser, needAdmin(s)}
	for path, view := range map[string]echo.HandlerFunc{
		"/admin": s.viewOverview, "/admin/users": s.viewUsers, "/admin/users/:user": s.viewUser, "/admin/items": s.viewItems,
		"/admin/bans": s.viewBans, "/admin/categories": s.viewCategories, "/admin/log": s.viewLog, "/admin/settings": s.viewSettings,
	} {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, view, show...)
	}
	for path, do := range map[string]echo.HandlerFunc{
		"/admin/users": s.addUser, "/admin/invitations": s.invite, "/admin/users/:user": s.changeUser,
		"/admin/bans": s.changeBans, "/admin/categories": s.changeCategories,
	} {
		e.POST(path, do, change...)
	}
	e.Match([]string{http.MethodGet, http.MethodHead}, "/admin/invitations", s.RedirectTo("/admin/users"), show...)
}

// needAdmin is middleware that lets pass who may administer.
func needAdmin(s *Server) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !s.User(c).MayAdminister() {
				return media.ErrForbidden
			}
			return next(c)
		}
	}
}

// askAgain is how long a server counts as one person's before it is looked at again.
const askAgain = time.Minute

// Shared reports whether there is anything to administer: other users, guests who may
// upload, or moderation. What a server of one person pays for it is one small query a
// minute, and only while its admin looks at pages.
func (s *Server) Shared(ctx context.Context) bool {
	if s.Moderated() || s.Registration {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.Library.Now(); !s.people && now.Sub(s.askedAt) >= askAgain {
		users, err := s.Records.UserOverviews(ctx, media.UserSearch{Limit: 2})
		s.people, s.askedAt = err == nil && len(users) > 1, now
	}
	return s.people
}

// audited returns the request's context with the entry of a change by its admin. It
// outlives the client.
func (s *Server) audited(c echo.Context, action, subject, detail string) context.Context {
	return site.Audited(c, s.User(c), s.Library.Now(), action, subject, detail)
}

// frame is what every page of the surface has.
type frame struct {
	Tab      string
	Moderate bool   // there is a queue
	Error    string // what is wrong with a form
	Saved    bool
	Link     string // that was just made, and is shown this once
}

func (s *Server) render(c echo.Context, status int, tab string, data any) error {
	return s.Render(c, status, "admin-"+tab, s.Catalog(c).T("admin."+tab), data)
}

func (s *Server) frame(c echo.Context, tab string) frame {
	return frame{Tab: tab, Moderate: s.HasQueue(c.Request().Context(), s.User(c)), Saved: c.QueryParam("saved") != ""}
}

// malformed is the error of a form that no page of this site sends.
func malformed() error { return site.BadRequest(400, "Malformed request body") }
