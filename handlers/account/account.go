// Package account is the surface where people sign in and look after their account: its
// settings, password, sessions and keys, and the invitations that make one.
package account

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/site"
)

// Server is the surface. It is safe for concurrent use.
type Server struct {
	*pages.Server
	intake *intake.Intake
}

// New returns the surface of a site.
func New(shared *pages.Server, in *intake.Intake) *Server { return &Server{shared, in} }

// Routes adds the pages.
func (s *Server) Routes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	guess := s.LimitBy(s.Limits.SignIn, site.Network) // of what takes a secret, or makes one
	e.Match(get, "/sign-in", s.viewSignIn)
	e.POST("/sign-in", s.signIn, s.SameOrigin, guess)
	if s.SSO != nil {
		e.Match(get, "/sign-in/sso", s.beginSSO, guess)
		e.Match(get, "/sign-in/sso/callback", s.finishSSO, guess)
	}
	e.POST("/sign-out", s.signOut, s.SameOrigin)
	e.Match(get, "/invitation/:token", s.viewInvitation, guess)
	e.POST("/invitation/:token", s.acceptInvitation, s.SameOrigin, guess)
	if s.Registration {
		e.Match(get, "/register", s.viewRegister)
		e.POST("/register", s.register, s.SameOrigin, s.LimitBy(s.Limits.Register, site.Network))
	}
	e.Match(get, "/account", s.viewAccount, s.NeedUser)
	e.POST("/account", s.saveAccount, s.SameOrigin, s.NeedUser)
	e.POST("/account/password", s.changePassword, s.SameOrigin, s.NeedUser, guess)
	e.POST("/account/sessions/end", s.endSessions, s.SameOrigin, s.NeedUser)
	e.POST("/account/avatar", s.setAvatar, s.SameOrigin, s.NeedUser)
	e.POST("/account/avatar/remove", s.removeAvatar, s.SameOrigin, s.NeedUser)
	e.POST("/account/export", s.export, s.SameOrigin, s.NeedUser, guess)
	e.POST("/account/delete", s.deleteAccount, s.SameOrigin, s.NeedUser, guess)
	e.Match(get, "/keys", s.viewKeys, s.NeedUser)
	e.POST("/keys", s.addKey, s.SameOrigin, s.NeedUser, guess)
	e.POST("/keys/:id/revoke", s.revokeKey, s.SameOrigin, s.NeedUser)
	s.ReturnForms(e, map[string]string{
		"/sign-out":              "/",
		"/account/password":      "/account",
		"/account/sessions/end":  "/account",
		"/account/delete":        "/account",
		"/account/avatar":        "/account",
		"/account/avatar/remove": "/account",
		"/account/export":        "/account",
		"/keys/:id/revoke":       "/keys",
	})
}
