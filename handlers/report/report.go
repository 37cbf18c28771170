// Package report is the surface where visitors report items to moderators.
package report

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
)

// Server is the surface. It is safe for concurrent use.
type Server struct{ *pages.Server }

// New returns the surface of a site.
func New(shared *pages.Server) *Server { return &Server{shared} }

// Routes adds the form, for everyone who may see the item.
func (s *Server) Routes(e *echo.Echo) {
	e.Match([]string{http.MethodGet, http.MethodHead}, "/report/:item", s.view)
	e.POST("/report/:item", s.add, s.SameOrigin, s.LimitBy(s.Limits.Report, site.Network))
}

// page is the data of the template.
type page struct {
	Title   string // of the item
	Back    string // URL of its page
	Action  string // of the form
	Reasons []string
	Reason  string // chosen
	Note    string
	MaxNote int
	Error   string
	Done    bool
}

// view shows the form.
func (s *Server) view(c echo.Context) error {
	it, err := s.item(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, it, page{})
}

// add takes a report.
func (s *Server) add(c echo.Context) error {
	it, err := s.item(c)
	if err != nil {
		return err
	}
	if err := s.ParseForm(c); err != nil {
		return err
	}
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	if err := s.CheckAddress(c, caller); err != nil {
		return err
	}
	r := media.Report{
		Item: it.Number, Reporter: s.reporter(c, caller), Reason: c.FormValue("reason"),
		Note: strings.TrimSpace(strings.ToValidUTF8(c.FormValue("note"), "\ufffd")), CreatedAt: s.Library.Now(),
	}
	if !slices.Contains(media.ReportReasons, r.Reason) {
		return s.render(c, http.StatusBadRequest, it, page{Note: r.Note, Error: s.Catalog(c).T("report.choose")})
	}
	if len([]rune(r.Note)) > media.MaxReportNote {
		return s.render(c, http.StatusBadRequest, it, page{Reason: r.Reason, Note: r.Note, Error: s.Catalog(c).T("report.long", "n", media.MaxReportNote)})
	}
	if it.Rejected() { // only those see it who know of the verdict
		return s.render(c, http.StatusOK, it, page{Done: true})
	}
	if err := s.Reports.InsertReport(c.Request().Context(), r); err != nil {
		return err
	}
	if err := s.TellReport(c, it, r); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, it, page{Done: true})
}

// reporter is a digest of who reports: a user, or a guest's address.
func (s *Server) reporter(c echo.Context, caller media.Caller) string {
	if caller.User.ID != 0 {
		return s.Library.Secret.AddressHash("reports of user " + strconv.FormatInt(caller.User.ID, 10))
	}
	return s.Library.Secret.AddressHash("reports from " + site.Network(c))
}

// item returns the item that the path names, if the visitor may see it.
func (s *Server) item(c echo.Context) (media.Item, error) {
	v, err := s.Viewer(c)
	if err != nil {
		return media.Item{}, err
	}
	if !media.ValidID(c.Param("item")) {
		return media.Item{}, site.ErrNotFound
	}
	return s.Library.Item(c.Request().Context(), v, c.Param("item"))
}

func (s *Server) render(c echo.Context, status int, it media.Item, p page) error {
	v := s.View(c, it)
	p.Title, p.Back, p.Action = v.DisplayTitle(), v.Root+v.PathViewer(), s.At("/report/"+it.ID)
	if v.Proof != "" {
		p.Back, p.Action = p.Back+"?"+v.Proof, p.Action+"?"+v.Proof
	}
	p.Reasons, p.MaxNote = media.ReportReasons, media.MaxReportNote
	site.NoStore(c)
	return s.Render(c, status, "report", s.Catalog(c).T("report.title"), p)
}
