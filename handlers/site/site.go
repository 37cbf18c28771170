// Package site has what all surfaces of a site share: the facts of a request, bounds
// of bodies and connections, rates, authentication and sessions, errors, JSON, the
// messages of pages, and hooks for metrics. It knows no surface: each one
// registers itself.
package site

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
	"postern/media"
	"postern/media/auth"
	"postern/media/auth/oidc"
	"postern/media/community"
	"postern/media/fetch"
	"postern/media/library"
	"postern/media/moderation"
	"postern/media/oldsite"
	"postern/media/views"
	"postern/media/webhook"
)

// Options are the parts and the settings of a site.
type Options struct {
	Library      *library.Library
	Moderation   *moderation.Queue
	Keyring      *auth.Keyring
	SSO          *oidc.Provider       // where people may sign in, too; nil: nowhere
	AddressBans  media.AddressBans    // nil: none are looked for
	Old          *oldsite.Addresses   // of sites that were imported; nil: none
	Community    *community.Community // posts, comments and follows; nil: none, and no public lists
	ViewCounter  *views.Counter
	Registration bool                // people may make accounts, which wait for an admin
	Reports      media.ReportRecords // what visitors report; nil: they cannot
	Webhooks     *webhook.Sender     // nil: nobody is told of anything
	Fetcher      *fetch.Client       // nil: URLs are not taken as sources
	Log          *slog.Logger
	Templates    fs.FS // *.html, and messages/*.json
	Static       fs.FS

	SiteName       string
	Notice         string // a line of text for the upload page, "" for none
	BaseURL        string // without a slash at the end; "": as the request says
	CDN            string // URL of the host for uploads and files of the imgpile API, without a slash at the end; "": this one
	TrustedProxies []netip.Prefix
	TrustSockets   bool   // who connects to a Unix socket is a trusted proxy
	CORSOrigin     string // "": no cross-origin answers
	Robots         Robots
	ImageRoute     string // first path element of the pages of images
	VideoRoute     string // and of videos
	Location       *time.Location
	DeleteOnGet    bool
	DefaultMedia   string // names of the formats that uploads may have, for pages

	MaxBody    int64 // bytes of a request
	MaxField   int64 // bytes of one text field
	Form       form.Limits
	BodyIdle   time.Duration   // without a byte of the body
	BodyRate   int64           // bytes of a body in a second, at least; 0 for any
	MaxDrain   int64           // bytes of a body that nobody wants, read for its sender to see the answer
	AnswerIdle time.Duration   // without a byte of an answer being taken
	AnswerRate int64           // bytes of an answer in a second, at least; 0 for any
	Cut        context.Context // ends when requests under way are to end; nil: never
	Rates      Rates
	State      *State // of the server before this one; nil: a new one

	// FileURL returns where clients are sent for the bytes of a file that everybody may
	// read, for a few minutes at least; nil: nowhere.
	FileURL func(ctx context.Context, f media.File, disposition string) (string, error)

	MetricsHooks MetricsHooks
	Checks       []Check   // what /readyz asks
	Observer     *Observer // of one request that an operator sends; nil: none
}

// Server is what surfaces embed: it reads and authenticates requests, limits them, and
// answers errors. It is safe for concurrent use.
type Server struct {
	Options
	Root     string // path of the site on its host, without a slash at the end
	Catalogs Catalogs
	origins  *http.CrossOriginProtection
	Limits   Limits

	presenter present.Presenter
	strangers *strangers
	surfaces  []Surface
}

// New returns a server without surfaces.
func New(o Options) (*Server, error) {
	if o.State == nil {
		o.State = NewState(o.Rates)
	}
	s := &Server{Options: o, Root: RootOf(o.BaseURL), Limits: o.State.limits, strangers: &o.State.strangers}
	s.presenter = present.Presenter{Library: o.Library, ImageRoute: o.ImageRoute, VideoRoute: o.VideoRoute, Location: o.Location, Root: s.Root}
	var err error
	if s.Catalogs, err = parseCatalogs(o.Templates); err != nil {
		return nil, err
	}
	s.origins, err = newOrigins(o.BaseURL)
	return s, err
}

// NewRouter returns a router for the routes of all surfaces, with the middleware that
// they share. Guard goes around it.
func (s *Server) NewRouter() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = s.clientAddress
	e.HTTPErrorHandler = s.answerError
	e.Pre(s.cleanPath)
	e.Use(s.logRequests, s.recoverPanics, s.setPolicy, s.observe, s.warnOfStrangers, decodeParams, tameRange, s.rejectEncoded)
	return e
}

// Check is a condition that must hold for the server to take uploads.
type Check struct {
	Name string
	Run  func(context.Context) error
}
