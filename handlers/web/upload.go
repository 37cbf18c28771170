package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
	"postern/media/fetch"
	"postern/media/library"
)

// uploadPage is the data of the upload page's template.
type uploadPage struct {
	Guests           bool     // clients without a key may upload
	NeedsKey         bool     // guests must send a key
	Formats          string   // to show
	Types            []string // file name extensions, without a dot
	MaxFile          int64    // bytes
	MaxGuestFile     int64    // bytes, without a key
	Limit            string   // MaxFile or MaxGuestFile for this visitor, to show
	URLs             bool     // the server fetches URLs
	Expiries         []pages.ExpiryChoice
	Expiry           string // of these, the visitor's own default
	Categories       []media.Category
	Notice           string   // a line of text of the operator's
	Kinds            []string // of links
	pages.AlbumField          // of a signed-in visitor
	Into             string   // path of the album that the URL chose; "" for none
	Visibility       string   // of new uploads, the visitor's own default
}

// viewHome shows the upload page.
func (s *Server) viewHome(c echo.Context) error {
	catalog, policy := s.Catalog(c), s.Library.Policy()
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	guest := caller.User.ID == 0
	p := uploadPage{
		Notice: s.Notice, Guests: s.Keyring.Guests, Kinds: present.LinkKinds,
		NeedsKey: !s.Keyring.Guests || s.Keyring.GuestKey != "", Formats: s.DefaultMedia, Types: extensions(policy.Formats),
		MaxFile: policy.MaxFile, MaxGuestFile: min(policy.MaxFile, policy.MaxGuestFile), URLs: s.Fetcher != nil,
		Expiries: pages.ExpiryChoices(policy, guest && s.Keyring.Guests, s.Library.Now()),
	}
	if p.Categories, err = s.Library.Categories.All(c.Request().Context()); err != nil {
		return err
	}
	p.Expiry, p.Visibility = caller.User.DefaultExpiration, string(caller.User.DefaultVisibility)
	if p.AlbumField, err = s.DefaultAlbumField(c, caller.User); err != nil {
		return err
	}
	if slug := c.QueryParam("album"); slug != "" && !guest {
		a, err := s.Library.Albums.Get(c.Request().Context(), s.SignedIn(c), slug)
		if err == nil && a.UserID == caller.User.ID {
			p.Album, p.AlbumTitle, p.Into = a.Slug, a.Title, s.At(present.AlbumPath(a))
		}
	}
	p.Limit = catalog.Size(p.MaxFile)
	if guest && !p.NeedsKey {
		p.Limit = catalog.Size(p.MaxGuestFile)
	}
	return s.Render(c, http.StatusOK, "home", catalog.T("upload.title"), p)
}

// Visibilities returns the choices of the form.
func (uploadPage) Visibilities() []string { return visibilityChoices(true) }

// Accept returns the value of the accept attribute of the file input.
func (p uploadPage) Accept() string { return "." + strings.Join(p.Types, ",.") }

// extensions returns the usual file name extensions of formats.
func extensions(formats []string) []string {
	var all []string
	for _, f := range formats {
		switch f {
		case "jpeg":
			all = append(all, "jpg", "jpeg", "jfif")
		case "mp4":
			all = append(all, "mp4", "m4v")
		case "heic":
			all = append(all, "heic", "heif")
		default:
			all = append(all, f)
		}
	}
	return all
}

// uploadResult is the result of one source of a form.
type uploadResult struct {
	Name, Error string
	Thumb, Page string
	Expires     time.Time
	Delete      string
	Moderation  string // "pending" if it waits for a moderator; "" if not
	Kind        string
	Links       []present.Link

	image site.Object // the item as the API would answer it; nil for an error
}

// resultsPage is the data of the template for submitted forms.
type resultsPage []uploadResult

// Images returns the API's objects of the new items, for the script that adds them to
// the browser's list of its own uploads.
func (p resultsPage) Images() []site.Object {
	images := []site.Object{}
	for _, u := range p {
		if u.image != nil {
			images = append(images, u.image)
		}
	}
	return images
}

// Direct returns the URL of the file itself.
func (u uploadResult) Direct() string { return u.Links[0].Text }

// submitUpload takes the form of the upload page, which browsers send without scripts
// or from the share sheet, and answers with a page of links.
func (s *Server) submitUpload(c echo.Context) error {
	release, err := s.intake.Acquire(c)
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	defer release()
	caller, f, err := s.intake.Receive(c, intake.WantMany)
	if f != nil {
		defer f.Abort()
	}
	if err == nil {
		err = normalizeShared(f)
	}
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	site.NoStore(c)
	catalog, status := s.Catalog(c), http.StatusOK
	unless, err := s.newAlbum(c, caller, f)
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	results, failed := s.addAll(c, caller, f)
	if err := unless(len(resultsPage(results).Images()) > 0); err != nil {
		return err
	}
	if failed != nil && len(results) == 1 {
		status = failed.Status
	}
	return s.Render(c, status, "uploaded", catalog.T("uploaded.title"), resultsPage(results))
}

// newAlbum makes the album that the form of a signed-in user asks for, and chooses it. The
// function that it returns removes the album again unless something is in it.
func (s *Server) newAlbum(c echo.Context, caller media.Caller, f *intake.Form) (unless func(filled bool) error, err error) {
	nothing := func(bool) error { return nil }
	title := strings.TrimSpace(f.Values["new_album"])
	user, err := s.SessionCaller(c)
	if title == "" || err != nil || caller.User.ID == 0 || user.User.ID != caller.User.ID {
		return nothing, nil
	}
	ctx := c.Request().Context()
	a, err := s.Library.Albums.Add(ctx, caller, title)
	if err != nil {
		return nothing, err
	}
	f.Values["album_id"] = a.Slug
	return func(filled bool) error {
		if filled {
			return nil
		}
		return s.Library.Albums.Delete(ctx, caller, a.Slug)
	}, nil
}

// normalizeShared tidies a form with many sources. It drops empty file fields, and
// takes a link in the description as the source if there is no other.
func normalizeShared(f *intake.Form) error {
	kept := f.Many[:0]
	for _, src := range f.Many {
		if !errors.Is(src.Err, intake.ErrNoFile) {
			kept = append(kept, src)
		}
	}
	f.Many = kept
	if text := strings.TrimSpace(f.Values["description"]); len(f.Many) == 0 && fetch.IsURL(text) {
		f.Many = append(f.Many, intake.URLSource(text))
		delete(f.Values, "description")
	}
	if len(f.Many) == 0 {
		return intake.ErrNoSource
	}
	if len(f.Many) > 1 {
		delete(f.Values, "title")
	}
	return nil
}

// addAll adds an item for each source. A source that fails does not stop the others;
// the error is the last one.
func (s *Server) addAll(c echo.Context, caller media.Caller, f *intake.Form) ([]uploadResult, *site.APIError) {
	var results []uploadResult
	var failed *site.APIError
	for i := range f.Many {
		one := *f
		one.Source = f.Many[i]
		added, err := s.addOneOf(c, caller, &one, i)
		if err == nil {
			results = append(results, s.result(c, *added.Item))
			continue
		}
		failed = s.ToAPIError(err)
		s.LogRefusal(c, failed, err)
		results = append(results, uploadResult{Name: sourceName(one.Source, i), Error: s.Catalog(c).ErrorText(failed.Message)})
	}
	return results, failed
}

// addOneOf adds an item for source i of a form. Each source counts as an upload; the
// request was the first. Its staged file is gone when addOneOf returns.
func (s *Server) addOneOf(c echo.Context, caller media.Caller, f *intake.Form, i int) (library.Added, error) {
	defer f.Source.Abort()
	if i > 0 {
		err := s.Allow(c, s.Limits.Address, site.Network(c))
		if err == nil {
			err = s.intake.AllowUpload(c, caller)
		}
		if err != nil {
			return library.Added{}, s.intake.RejectUpload(err)
		}
	}
	return s.intake.Add(c, caller, f)
}

func sourceName(src intake.Source, i int) string {
	switch {
	case src.URL != "":
		return src.URL
	case src.Filename != "":
		return src.Filename
	}
	return strconv.Itoa(i + 1)
}

func (s *Server) result(c echo.Context, it media.Item) uploadResult {
	v := s.View(c, it)
	u := uploadResult{
		Name: it.DisplayTitle(), Thumb: v.URL(it.Thumb), Page: v.Base + v.PathViewer(), Delete: v.DeleteURL(),
		Moderation: string(it.ModerationStatus), Kind: string(it.Kind), Links: v.Links(), image: s.image(v),
	}
	if !it.ExpiresAt.IsZero() {
		u.Expires = it.ExpiresAt.In(s.Location)
	}
	return u
}
