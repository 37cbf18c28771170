package handlers

import (
	"context"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/handlers/present"
	"postern/media/auth"
	"postern/media/fetch"
	"postern/media/library"
)

// Options are what the handlers are made of.
type Options struct {
	Library     *library.Library
	Keyring     *auth.Keyring
	ViewCounter *library.ViewCounter
	Fetcher     *fetch.Client // nil: URLs are not taken as sources
	Log         *slog.Logger

	Imgpile   Imgpile
	Templates fs.FS // *.html, and words/*.json
	Static    fs.FS

	SiteName       string
	BaseURL        string // without a slash at the end; "": as the request says
	TrustedProxies []netip.Prefix
	CORSOrigin     string // "": no cross-origin answers
	ImageRoute     string // first path element of pictures' pages
	VideoRoute     string // and of clips'
	Location       *time.Location

	MaxBody      int64 // bytes of a request
	MaxField     int64 // bytes of one text field
	Form         form.Limits
	BodyIdle     time.Duration   // without a byte of the body
	BodyRate     int64           // bytes of a body in a second, at least; 0 for any
	MaxDrain     int64           // bytes of a body that nobody wants, read for its sender to see the answer
	AnswerIdle   time.Duration   // without a byte of an answer being taken
	AnswerRate   int64           // bytes of an answer in a second, at least; 0 for any
	Cut          context.Context // ends when requests under way are to end; nil: never
	Rates        Rates
	MetricsHooks MetricsHooks
	Checks       []Check // what /readyz asks
	DeleteOnGet  bool
	DefaultMedia string // formats that are taken, in words for pages
}

// server holds what the handlers share. It is immutable but for what guards
// itself.
type server struct {
	Options
	root     string // path of the site on its host, without a slash at the end
	pages    map[string]*template.Template
	catalogs catalogs
	origins  *http.CrossOriginProtection
	limits   limits

	presenter present.Presenter

	readiness *readiness
	strangers *strangers
	surfaces  []Surface

	staticDigest string            // of all of Static
	staticFiles  map[string]string // digests by name
}

// New returns the handler of the whole site.
func New(o Options) (http.Handler, error) {
	s := &server{Options: o, root: rootOf(o.BaseURL), limits: newLimits(o.Rates), strangers: new(strangers), readiness: new(readiness)}
	s.presenter = present.Presenter{Library: o.Library, ImageRoute: o.ImageRoute, VideoRoute: o.VideoRoute, Location: o.Location, Root: s.root}
	var err error
	if s.pages, err = parsePages(o.Templates, s.root); err != nil {
		return nil, err
	}
	if s.catalogs, err = parseCatalogs(o.Templates); err != nil {
		return nil, err
	}
	if s.staticDigest, s.staticFiles, err = digestFiles(o.Static); err != nil {
		return nil, err
	}
	if s.origins, err = newOrigins(o.BaseURL); err != nil {
		return nil, err
	}
	if s.Imgpile.Community != nil {
		s.Register(s.imgpileSurface())
	}
	s.Register(s.cheveretoSurface())
	s.Register(s.webSurface())
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = s.clientAddress
	e.HTTPErrorHandler = s.answerError
	e.Pre(s.cleanPath)
	e.Use(s.logRequests, s.recoverPanics, setPolicy, s.warnOfStrangers, decodeParams, tameRange, s.rejectEncoded)
	s.routes(e)
	return s.guard(e), nil
}

// Check is one thing that must be well for uploads to be taken.
type Check struct {
	Name string
	Run  func(context.Context) error
}
