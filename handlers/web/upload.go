package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
	"postern/media/fetch"
	"postern/media/library"
)

// uploadPage is the data of the upload page's template.
type uploadPage struct {
	Guests       bool     // clients without a key may upload
	NeedsKey     bool     // guests must send a key
	Formats      string   // to show
	Types        []string // file name extensions, without a dot
	MaxFile      int64    // bytes
	MaxGuestFile int64    // bytes, without a key
	Limit        string   // MaxFile or MaxGuestFile for this visitor, to show
	URLs         bool     // the server fetches URLs
	Expiries     []expiryChoice
	Expiry       string // of these, the visitor's own default
	Categories   []media.Category
	Notice       string   // a line of text of the operator's
	Kinds        []string // of links
	albumField            // of a signed-in visitor
	Into         string   // path of the album that the URL chose; "" for none
	Visibility   string   // of new uploads, the visitor's own default
}

// expiryChoice is a time after which to delete: its ISO 8601 duration, and the key of
// its message.
type expiryChoice struct{ Value, Key string }

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
		Expiries: expiryChoices(policy, guest && s.Keyring.Guests, s.Library.Now()),
	}
	if p.Categories, err = s.Library.Categories.All(c.Request().Context()); err != nil {
		return err
	}
	p.Expiry, p.Visibility = caller.User.DefaultExpiration, string(caller.User.DefaultVisibility)
	if p.albumField, err = s.defaultAlbumField(c, caller.User); err != nil {
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
	return s.render(c, http.StatusOK, "home", catalog.T("upload.title"), p)
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

// expiryChoices returns the times that the policy allows. The empty value leaves the
// time to the server. Never is among them if nothing bounds the time.
func expiryChoices(policy library.Policy, guest bool, now time.Time) []expiryChoice {
	bounded := guest && !policy.GuestExpiration.IsZero()
	endless := !bounded && policy.Expiration.Max.IsZero()
	usual := expiryChoice{"", "upload.expiry.usual"}
	never := expiryChoice{media.NeverExpires, "upload.expiry.never"}
	var choices []expiryChoice
	switch {
	case endless && policy.DefaultExpiration.IsZero():
		choices = append(choices, expiryChoice{"", never.Key})
	case endless:
		choices = append(choices, usual, never)
	default:
		choices = append(choices, usual)
	}
	for _, text := range []string{"PT15M", "PT1H", "P1D", "P1W", "P1M", "P6M", "P1Y"} {
		period, err := media.ParsePeriod(text)
		end := period.After(now)
		fits := func(most media.Period) bool { return most.IsZero() || !end.After(most.After(now)) }
		if err == nil && fits(policy.Expiration.Max) && (!bounded || fits(policy.GuestExpiration)) &&
			!end.Before(policy.Expiration.Min.After(now)) {
			choices = append(choices, expiryChoice{text, "upload.expiry." + text})
		}
	}
	return choices
}

// uploadResult is the result of one source of a form.
type uploadResult struct {
	Name, Error string
	Thumb, Page string
	Expires     time.Time
	Delete      string
	Held        string // "pending" if it waits for a moderator; "" if not
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
	results, failed := s.addAll(c, caller, f)
	if failed != nil && len(results) == 1 {
		status = failed.Status
	}
	return s.render(c, status, "uploaded", catalog.T("uploaded.title"), resultsPage(results))
}

// normalizeShared tidies a form with many sources. It drops empty file fields, and
// takes a link in the description as the source if there is no other.
func normalizeShared(f *intake.Form) error {
	kept := f.Many[:0]
	for _, src := range f.Many {
		if src.Err != intake.ErrNoFile {
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
		Held: string(it.ModerationStatus), Kind: string(it.Kind), Links: v.Links(), image: s.chevereto.Image(v),
	}
	if !it.ExpiresAt.IsZero() {
		u.Expires = it.ExpiresAt.In(s.Location)
	}
	return u
}
