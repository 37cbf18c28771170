package handlers

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/handlers/present"
	"postern/media/auth"
	"postern/media/community"
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

	Community *community.Community // posts, comments and follows; nil: the site has none, and no public lists
	CDN       string               // URL of the host that takes the uploads of the imgpile API and serves its files, without a slash at the end; "": this one
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

// Server is what all surfaces share: what a request says, who makes it, what it may
// ask for, and how it is answered. It is immutable but for what guards itself.
type Server struct {
	Options
	root     string // path of the site on its host, without a slash at the end
	catalogs catalogs
	origins  *http.CrossOriginProtection
	limits   limits

	presenter present.Presenter
	strangers *strangers
	surfaces  []Surface
}

// NewServer returns a server without surfaces.
func NewServer(o Options) (*Server, error) {
	s := &Server{Options: o, root: rootOf(o.BaseURL), limits: newLimits(o.Rates), strangers: new(strangers)}
	s.presenter = present.Presenter{Library: o.Library, ImageRoute: o.ImageRoute, VideoRoute: o.VideoRoute, Location: o.Location, Root: s.root}
	var err error
	if s.catalogs, err = parseCatalogs(o.Templates); err != nil {
		return nil, err
	}
	s.origins, err = newOrigins(o.BaseURL)
	return s, err
}

// newRouter returns a router for the routes of all surfaces, with what comes before
// and after each request. guard goes around it.
func (s *Server) newRouter() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = s.clientAddress
	e.HTTPErrorHandler = s.answerError
	e.Pre(s.cleanPath)
	e.Use(s.logRequests, s.recoverPanics, setPolicy, s.warnOfStrangers, decodeParams, tameRange, s.rejectEncoded)
	return e
}

// Check is one thing that must be well for uploads to be taken.
type Check struct {
	Name string
	Run  func(context.Context) error
}
