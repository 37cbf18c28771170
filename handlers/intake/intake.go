// Package intake takes uploads for all surfaces. It reads the form of Chevereto's API,
// which pages send too, stages its sources (files, base64 and URLs), and checks what a
// caller may send.
package intake

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/share"
	"postern/handlers/site"
	"postern/media"
	"postern/media/auth"
	"postern/media/library"
)

// Intake takes the uploads of all surfaces: it limits concurrent uploads and each
// caller's rate, reads forms, and adds items for their sources. It is safe for
// concurrent use.
type Intake struct {
	*site.Server
	slots *share.Slots // of uploads that are received at once
}

// New returns the one intake of a site.
func New(s *site.Server) *Intake { return &Intake{s, s.State.Uploads()} }

// Errors of sources, with the codes and messages of docs/chevereto-api.md#errors.
var (
	ErrNoSource  = site.BadRequest(130, "Empty upload source")
	errNotPosted = site.BadRequest(130, "Upload using base64 source must be done using POST method.")
	ErrNoFile    = site.BadRequest(601, "No file was uploaded (UPLOAD_ERR_NO_FILE)")
	errNoURLs    = site.BadRequest(403, "URL uploading is disabled")
)

// Acquire reserves a slot for an upload before its body is read. The caller must call
// release. The error is that of a rate, media.ErrBusy, or site.ErrNoSlot.
func (s *Intake) Acquire(c echo.Context) (release func(), err error) {
	if err := s.Allow(c, s.Limits.Address, site.Network(c)); err != nil {
		return nil, err
	}
	if _, _, full := s.Library.Pool.Queue(); full {
		return nil, media.ErrBusy
	}
	return s.acquireSlot(c)
}

// AcquirePart is Acquire for a part of an upload that the caller has begun: it uses no rate, but
// whom a ban has shut out meanwhile is refused. The error is media.ErrBannedAddress or site.ErrNoSlot.
func (s *Intake) AcquirePart(c echo.Context, caller media.Caller) (release func(), err error) {
	if err := s.CheckAddress(c, caller); err != nil {
		return nil, err
	}
	return s.acquireSlot(c)
}

func (s *Intake) acquireSlot(c echo.Context) (release func(), err error) {
	slot := s.slots.Acquire(site.Network(c), s.showsKey(c))
	if slot == nil {
		return nil, site.ErrNoSlot
	}
	uploads.acquire()
	return func() { uploads.release(); slot.Release() }, nil
}

// showsKey reports whether an upload has a session, or a key in a header. It checks
// the key at once, so clients with a wrong one do not keep a slot.
func (s *Intake) showsKey(c echo.Context) bool {
	if site.GivenKey(c) != "" || !s.FromOwnPage(c.Request()) {
		return site.GivenKey(c) != ""
	}
	caller, err := s.SessionCaller(c)
	return err == nil && caller.User.ID != 0
}

// Receive authenticates an upload, reads its form, and checks the caller's rate and
// quota. If the key is in a header, it does so before it reads the body. Form is nil if
// that key is wrong; otherwise the caller must call its Abort, also after an error.
func (s *Intake) Receive(c echo.Context, want Wanted) (media.Caller, *Form, error) {
	var caller media.Caller
	key := site.GivenKey(c)
	if key != "" {
		// A wrong key is told before the file is taken.
		var err error
		if caller, err = s.authenticateUpload(c, key); err != nil {
			return media.Caller{}, nil, err
		}
	}
	f, err := s.ReadForm(c, want)
	if err == nil && key == "" {
		caller, err = s.authenticateUpload(c, f.Values["key"])
	}
	return caller, f, err
}

// authenticateUpload returns the caller of an upload, and the error of its rate or
// quota.
func (s *Intake) authenticateUpload(c echo.Context, key string) (media.Caller, error) {
	caller, err := s.sender(c, key)
	if err != nil {
		return caller, err
	}
	return caller, s.AllowUpload(c, caller)
}

// sender returns the user of a key, or without one, the user who is signed in to the
// page that sends the upload.
func (s *Intake) sender(c echo.Context, key string) (media.Caller, error) {
	if strings.TrimSpace(key) == "" && s.FromOwnPage(c.Request()) {
		if caller, err := s.SessionCaller(c); err != nil || caller.User.ID != 0 {
			return caller, err
		}
	}
	return s.Authenticate(c, key, auth.Upload)
}

// Sender returns the caller of a request about an upload, by a key in a header or by
// the session of the page that sends it. Requests that only read may come from
// anywhere.
func (s *Intake) Sender(c echo.Context) (media.Caller, error) {
	key := site.GivenKey(c)
	if m := c.Request().Method; key == "" && (m == http.MethodGet || m == http.MethodHead) {
		if caller, err := s.SessionCaller(c); err != nil || caller.User.ID != 0 {
			return caller, err
		}
	}
	return s.sender(c, key)
}

// AllowUpload checks a caller's rate and quota, and writes what is left of them into the
// headers of the answer.
func (s *Intake) AllowUpload(c echo.Context, caller media.Caller) error {
	return s.AllowUploadBeside(c, caller, media.Usage{})
}

// AllowUploadBeside is AllowUpload for a caller who has announced further uploads,
// which are no items yet.
func (s *Intake) AllowUploadBeside(c echo.Context, caller media.Caller, announced media.Usage) (err error) {
	if err := s.CheckAddress(c, caller); err != nil {
		return err
	}
	if caller.Guest {
		err = s.Allow(c, s.Limits.Guest, site.Network(c))
	} else {
		err = s.Allow(c, s.Limits.User, strconv.FormatInt(caller.User.ID, 10))
	}
	if err != nil {
		return err
	}
	day, err := s.Library.Quotas.Check(c.Request().Context(), caller, site.Network(c), announced)
	if err == nil && day.Limit > 0 {
		c.Set(dayKey, &day)
		// What is left of it is known when the answer is.
		c.Response().Before(func() { site.TellLimit(c, day.Limit, max(day.Left, 0)) })
	}
	return err
}

// dayKey is where the context of a request has the caller's quota of the day.
const dayKey = "day"

// Store adds an item for an upload. An item that is new counts in what the answer says
// is left of the caller's day. All uploads end here, so a ban that came while one was sent
// counts: the error is media.ErrBannedAddress then.
func (s *Intake) Store(c echo.Context, up library.Upload) (library.Added, error) {
	if err := s.CheckAddress(c, up.Caller); err != nil {
		return library.Added{}, err
	}
	if address, err := netip.ParseAddr(c.RealIP()); err == nil { // otherwise a local socket
		up.IP = address.Unmap().WithZone("").String()
	}
	added, err := s.Library.Add(c.Request().Context(), up)
	if day, ok := c.Get(dayKey).(*library.Day); ok && err == nil && !added.Reused {
		day.Left--
	}
	if err == nil {
		s.LogUpload(c, up.Caller, added)
	}
	if err == nil && !added.Reused {
		s.TellUpload(c, up.Caller, *added.Item)
	}
	return added, err
}

// RejectUpload counts an upload that failed before its bytes were stored, and returns
// its error.
func (s *Intake) RejectUpload(err error) error {
	s.ObserveUpload(library.Added{}, err)
	return err
}

// Check returns the error that Add would return for a form whatever its bytes are.
func (s *Intake) Check(c echo.Context, caller media.Caller, f *Form) error {
	up, err := f.upload()
	if err != nil {
		return err
	}
	up.Caller = caller
	return s.Library.CheckWishes(c.Request().Context(), up)
}

// Add adds an item for a form's source, which it fetches if the form names a URL, and
// counts the upload. The error may be that of the source alone.
func (s *Intake) Add(c echo.Context, caller media.Caller, f *Form) (library.Added, error) {
	added, err := s.addSource(c, caller, f)
	s.ObserveUpload(added, err)
	return added, err
}

func (s *Intake) addSource(c echo.Context, caller media.Caller, f *Form) (library.Added, error) {
	ctx := c.Request().Context()
	switch {
	case f.Err != nil:
		return library.Added{}, f.Err
	case f.rank == rankNone:
		return library.Added{}, ErrNoSource
	}
	up, err := f.upload()
	if err != nil {
		return library.Added{}, err
	}
	if f.URL != "" {
		if err := s.spoolURL(ctx, caller, f); err != nil {
			return library.Added{}, err
		}
		up.Filename = f.Filename
	}
	up.Caller, up.Staged, up.Address = caller, f.staged, site.Network(c)
	return s.Store(c, up)
}
