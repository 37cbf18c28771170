// Package handlers speaks HTTP and nothing else: routes, forms in, JSON, text,
// redirects and pages out, errors to statuses. What happens to uploads is in
// package media/library.
package handlers

import (
	"net/http"

	"postern/handlers/chevereto"
	"postern/handlers/imgpile"
	"postern/handlers/intake"
	"postern/handlers/site"
)

// Options are what the handlers are made of.
type Options struct {
	site.Options
	Imgpile imgpile.Options
}

// New returns the handler of the whole site: it mounts the surfaces, which do not
// know each other.
func New(o Options) (http.Handler, error) {
	s, err := site.New(o.Options)
	if err != nil {
		return nil, err
	}
	in := intake.New(s)
	api := chevereto.New(s, in)
	var second ImgpileAPI
	e := s.NewRouter()
	if o.Community != nil {
		api := imgpile.New(s, in, o.Imgpile)
		s.Register(api.Surface())
		api.Routes(e)
		second = api
	}
	pages, err := newWeb(s, in, api, second)
	if err != nil {
		return nil, err
	}
	s.Register(api.Surface())
	s.Register(pages.surface())
	api.Routes(e, pages.describeAPI)
	pages.routes(e)
	return s.Guard(e), nil
}
