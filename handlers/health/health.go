// Package health tells programs that watch the server whether it works, and whether it can
// take uploads.
package health

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
)

// readyFor is how long an answer of /readyz is valid, so that asking often costs
// nothing. readyTimeout is how long the checks may take.
const (
	readyFor     = time.Second
	readyTimeout = 5 * time.Second
)

// Server is the surface. It remembers its last answer. It is safe for concurrent use.
type Server struct {
	*site.Server

	mu     sync.Mutex
	at     time.Time
	faults []string // names of checks that have failed
}

// New returns the surface of a site.
func New(common *site.Server) *Server { return &Server{Server: common} }

// Routes adds what is asked for.
func (s *Server) Routes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	e.Match(get, "/healthz", s.serveHealth)
	e.Match(get, "/readyz", s.serveReady)
}

// serveHealth answers as long as the process does.
func (s *Server) serveHealth(c echo.Context) error {
	site.NoStore(c)
	return c.String(http.StatusOK, "ok\n")
}

// serveReady reports whether the server can take uploads now. If not, it names the
// checks that failed; the log has their errors.
func (s *Server) serveReady(c echo.Context) error {
	site.NoStore(c)
	faults := s.unready(c)
	if len(faults) > 0 {
		return c.String(http.StatusServiceUnavailable, "not ready: "+strings.Join(faults, ", ")+"\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

func (s *Server) unready(c echo.Context) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) < readyFor {
		return s.faults
	}
	// Other requests wait for the answer, too, so it must not end with this one.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), readyTimeout)
	defer cancel()
	s.faults = nil
	for _, check := range s.Checks {
		if err := check.Run(ctx); err != nil {
			s.faults = append(s.faults, check.Name)
			s.Logger(c).Warn("not ready", "check", check.Name, "error", err)
		}
	}
	s.at = time.Now()
	return s.faults
}
