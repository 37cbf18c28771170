// Package handlers makes the site's one HTTP handler from its surfaces: the two APIs
// and the pages.
package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/account"
	"postern/handlers/admin"
	"postern/handlers/apps"
	"postern/handlers/chevereto"
	"postern/handlers/community"
	"postern/handlers/health"
	"postern/handlers/imgpile"
	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/report"
	"postern/handlers/site"
	"postern/handlers/tus"
	"postern/handlers/web"
)

// Options are the parts and the settings of the site.
type Options struct {
	site.Options
	Imgpile   imgpile.Options
	Admin     admin.Options // without records: no pages for admins
	Resumable *tus.Store    // uploads that come in parts; nil: none are taken
}

// New returns the handler of the whole site. It mounts the surfaces, which do not
// know each other.
func New(o Options) (http.Handler, error) {
	s, router, err := newRouter(o)
	if err != nil {
		return nil, err
	}
	return s.Guard(router), nil
}

// newRouter returns what all surfaces share, and their routes.
func newRouter(o Options) (*site.Server, *echo.Echo, error) {
	s, err := site.New(o.Options)
	if err != nil {
		return nil, nil, err
	}
	in, router := intake.New(s), s.NewRouter()
	var second apps.ImgpileAPI
	if o.Community != nil {
		api := imgpile.New(s, in, o.Imgpile)
		s.Register(api.Surface())
		api.Routes(router)
		second = api
	}
	api := chevereto.New(s, in)
	shared, err := pages.New(s)
	if err != nil {
		return nil, nil, err
	}
	tools := apps.New(shared, api, second)
	if o.Resumable != nil {
		resumable, err := tus.New(s, in, o.Resumable, tus.Look{Answer: api.Answer, Error: api.ErrorBody})
		if err != nil {
			return nil, nil, err
		}
		s.Register(resumable.Surface())
		resumable.Routes(router)
	}
	s.Register(api.Surface())
	api.Routes(router, tools.DescribeAPI)
	people := web.New(shared, in, api.Image)
	s.Register(people.Surface())
	people.Routes(router)
	health.New(s).Routes(router)
	shared.Routes(router)
	tools.Routes(router)
	account.New(shared, in).Routes(router)
	if o.Community != nil {
		community.New(shared).Routes(router)
	}
	if o.Reports != nil {
		report.New(shared).Routes(router)
	}
	if o.Admin.Records != nil {
		office := admin.New(shared, o.Admin)
		shared.Shared, shared.FindItems = office.Shared, office.FindItems
		office.Routes(router)
	}
	return s, router, nil
}
