package handlers

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

// uploadPage is what the upload page's template shows.
type uploadPage struct {
	Guests       bool     // who sends no key may upload
	NeedsKey     bool     // guests have to send a key
	Formats      string   // in words
	Types        []string // file name extensions, without a dot
	MaxFile      int64    // bytes
	MaxGuestFile int64    // bytes, of who sends no key
	Limit        string   // the one that holds, in words
	URLs         bool     // addresses are taken
	Expiries     []expiryChoice
	Categories   []media.Category
	Kinds        []string // of links
	albumField            // of who has signed in
}

// expiryChoice is a time after which to delete: its ISO 8601 duration, and the
// key of its name.
type expiryChoice struct{ Value, Key string }

// viewHome shows the page to upload with.
func (s *webServer) viewHome(c echo.Context) error {
	words, policy := s.Catalog(c), s.Library.Policy()
	caller, err := s.SessionCaller(c)
	if err != nil {
		return err
	}
	guest := caller.User.ID == 0
	p := uploadPage{
		Guests: s.Keyring.Guests, Kinds: present.LinkKinds,
		NeedsKey: !s.Keyring.Guests || s.Keyring.GuestKey != "", Formats: s.DefaultMedia, Types: extensions(policy.Formats),
		MaxFile: policy.MaxFile, MaxGuestFile: min(policy.MaxFile, policy.MaxGuestFile), URLs: s.Fetcher != nil,
		Expiries: expiryChoices(policy, guest && s.Keyring.Guests, s.Library.Now()),
	}
	if p.Categories, err = s.Library.Categories.All(c.Request().Context()); err != nil {
		return err
	}
	if p.albumField, err = s.albumField(c, caller.User.ID); err != nil {
		return err
	}
	p.Limit = present.FormatBytes(p.MaxFile)
	if guest && !p.NeedsKey {
		p.Limit = present.FormatBytes(p.MaxGuestFile)
	}
	p.Limit = strings.ReplaceAll(p.Limit, " ", "\u00a0") // never broken into two lines
	return s.render(c, http.StatusOK, "index", words.Say("upload.title"), p)
}

// redirectToHome is for who comes back to where a form was sent.
func (s *webServer) redirectToHome(c echo.Context) error {
	return s.Redirect(c, http.StatusSeeOther, "/")
}

// Accept is what a file dialog offers.
func (p uploadPage) Accept() string { return "." + strings.Join(p.Types, ",.") }

// extensions are what files of the given formats are usually called.
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

// expiryChoices are the times that may be asked for. The empty value leaves the
// time to the server. Never is offered where nothing bounds the time.
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

// uploaded is what became of one source of a form.
type uploaded struct {
	Name, Error string
	Thumb, Page string
	Expires     time.Time
	Delete      string
	Kind        string
	Links       []present.Link

	image site.Object // what the API would have answered; nil for an error
}

// uploadedPage is what the template for sent forms shows.
type uploadedPage []uploaded

// Images are the API's answers for all that was taken, for the script that
// keeps them in the list of the browser's own uploads.
func (p uploadedPage) Images() []site.Object {
	images := []site.Object{}
	for _, u := range p {
		if u.image != nil {
			images = append(images, u.image)
		}
	}
	return images
}

// Direct is the URL of the file itself.
func (u uploaded) Direct() string { return u.Links[0].Text }

// submitUpload takes the form of the upload page as it is sent without
// scripts, and what an installed page is given to share; it answers with a
// page of links.
func (s *webServer) submitUpload(c echo.Context) error {
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
		err = takeShared(f)
	}
	if err != nil {
		return s.intake.RejectUpload(err)
	}
	site.NoStore(c)
	words, status := s.Catalog(c), http.StatusOK
	results, failed := s.addAll(c, caller, f)
	if failed != nil && len(results) == 1 {
		status = failed.Status
	}
	return s.render(c, status, "uploaded", words.Say("uploaded.title"), uploadedPage(results))
}

// takeShared settles what a form with many sources brings. An empty file field
// beside others is none; a shared link may come as the description.
func takeShared(f *intake.Form) error {
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

// addAll makes an item of each source; what is wrong with one keeps the others
// from nothing. The error is the last one.
func (s *webServer) addAll(c echo.Context, caller media.Caller, f *intake.Form) ([]uploaded, *site.APIError) {
	var results []uploaded
	var failed *site.APIError
	for i := range f.Many {
		one := *f
		one.Source = f.Many[i]
		added, err := s.addOneOf(c, caller, &one, i)
		if err == nil {
			results = append(results, s.uploaded(c, *added.Item))
			continue
		}
		failed = s.ToAPIError(err)
		s.LogRefusal(c, failed, err)
		results = append(results, uploaded{Name: sourceName(one.Source, i), Error: s.Catalog(c).ErrorText(failed.Message)})
	}
	return results, failed
}

// addOneOf makes an item of a form's source of that index. Each source counts as
// an upload; the request was the first. None waits in staging for the others
// to be done.
func (s *webServer) addOneOf(c echo.Context, caller media.Caller, f *intake.Form, i int) (library.Added, error) {
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

func (s *webServer) uploaded(c echo.Context, it media.Item) uploaded {
	v := s.View(c, it)
	u := uploaded{
		Name: it.DisplayTitle(), Thumb: v.URL(it.Thumb), Page: v.Base + v.PathViewer(), Delete: v.DeleteURL(),
		Kind: string(it.Kind), Links: v.Links(), image: s.chevereto.Image(v),
	}
	if !it.ExpiresAt.IsZero() {
		u.Expires = it.ExpiresAt.In(s.Location)
	}
	return u
}
