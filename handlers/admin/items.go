package admin

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/media"
	"postern/media/library"
)

const itemPageRows = 60

// itemsPage is the data of the template.
type itemsPage struct {
	frame
	Rows                                []itemRow
	Query, User, Kind, Type, Since, Who string
	Guests                              []media.GuestUploads
	Addresses                           map[string]string // that are kept of guests, by their digests
	Older                               string
	Back                                string // the list, to return to
	Done, Failed                        int
	Told                                bool // Done and Failed are of what was just asked for
}

// itemRow is an item in the list.
type itemRow struct {
	ID, Title, Page, Thumb string
	User, Address          string // of a user, or else of a guest
	Type, Size, Status     string
	Date, Expires          time.Time
}

// mimeTypes are what lists can be restricted to.
var mimeTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/jxl", "image/bmp", "video/mp4", "video/webm", "video/quicktime"}

// Types are those that lists can be restricted to.
func (itemsPage) Types() []string { return mimeTypes }

// viewItems lists items of all.
func (s *Server) viewItems(c echo.Context) error {
	ctx, now := c.Request().Context(), s.Library.Now()
	p := itemsPage{
		frame: s.frame(c, "items"), Query: cut(c.QueryParam("q")), User: cut(c.QueryParam("user")), Kind: c.QueryParam("kind"),
		Type: c.QueryParam("type"), Since: c.QueryParam("since"), Who: cut(c.QueryParam("address")), Back: s.withQuery(c, "", ""),
	}
	p.Done, _ = strconv.Atoi(c.QueryParam("done"))
	p.Failed, _ = strconv.Atoi(c.QueryParam("failed"))
	p.Told = c.QueryParam("done") != ""
	q := media.ItemSearch{Now: now, Text: p.Query, Kind: media.Kind(p.Kind), MIME: p.Type, AddressHash: p.Who, Limit: itemPageRows + 1, After: parseCursor(c.QueryParam("after"))}
	if day, err := time.Parse(time.DateOnly, p.Since); err == nil {
		q.Since = day
	}
	if p.User != "" {
		owner, err := s.Records.UserNamed(ctx, p.User)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			q.UserID = -1 // nobody's
		case err != nil:
			return err
		default:
			q.UserID = owner.ID
		}
	}
	items, err := s.Records.FindItems(ctx, q)
	if err != nil {
		return err
	}
	if len(items) > itemPageRows {
		items = items[:itemPageRows]
		at := items[itemPageRows-1].Cursor()
		p.Older = s.withQuery(c, "after", strconv.FormatInt(at.CreatedAt.Unix(), 10)+"."+strconv.FormatInt(at.Number, 10))
	}
	if p.Rows, err = s.itemRows(c, items); err != nil {
		return err
	}
	if p.Guests, err = s.Records.GuestUploads(ctx, now.AddDate(0, 0, -media.MonthDays), 8); err != nil {
		return err
	}
	hashes := []string{p.Who}
	for _, g := range p.Guests {
		hashes = append(hashes, g.AddressHash)
	}
	for _, row := range p.Rows {
		hashes = append(hashes, row.Address)
	}
	if p.Addresses, err = s.Records.GuestAddresses(ctx, hashes, now); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "items", p)
}

func (s *Server) itemRows(c echo.Context, items []media.Item) (rows []itemRow, err error) {
	names := make(map[int64]string)
	for _, it := range items {
		if _, known := names[it.UserID]; !known && it.UserID != 0 {
			u, err := s.Records.User(c.Request().Context(), it.UserID)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			names[it.UserID] = u.Name
		}
		v := s.View(c, it)
		row := itemRow{
			ID: it.ID, Title: v.DisplayTitle(), Page: v.Root + v.PathViewer(), Thumb: v.URL(v.Thumb), User: names[it.UserID],
			Type: strings.ToUpper(it.Original.Extension()), Size: present.FormatBytes(it.Original.Size),
			Date: it.CreatedAt, Expires: it.ExpiresAt, Status: string(it.Moderation()),
		}
		if it.UserID == 0 {
			row.Address = it.AddressHash
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// maxChosen bounds the items of one request.
const maxChosen = 500

// changeItems does to the chosen items what the form says, one after the other, and tells
// how many could not be changed.
func (s *Server) changeItems(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	ids := c.Request().Form["id"]
	do := c.FormValue("do")
	if len(ids) > maxChosen {
		return malformed()
	}
	change, err := s.itemChange(c, do)
	if err != nil {
		return err
	}
	done, failed := 0, 0
	for _, id := range ids {
		if ctx := c.Request().Context(); ctx.Err() != nil {
			return ctx.Err()
		}
		err := change(id)
		switch {
		case err == nil:
			done++
		case errors.Is(err, fs.ErrNotExist):
			failed++
		default:
			return err
		}
	}
	back, err := url.Parse(c.FormValue("back"))
	if err != nil || back.Path != "/admin/items" || back.Host != "" {
		back = &url.URL{Path: "/admin/items"}
	}
	query := back.Query()
	query.Set("done", strconv.Itoa(done))
	query.Set("failed", strconv.Itoa(failed))
	return s.Redirect(c, http.StatusSeeOther, "/admin/items?"+query.Encode())
}

// itemChange returns what an action does to an item.
func (s *Server) itemChange(c echo.Context, do string) (func(id string) error, error) {
	by := s.User(c)
	audit := func(id, detail string) context.Context { return s.audited(c, "item."+do, id, detail) }
	switch do {
	case "delete":
		return func(id string) error {
			_, err := s.Library.Trash.Move(audit(id, ""), by, id)
			return err
		}, nil
	case "approve", "reject":
		verdict := media.ModerationApproved
		if do == "reject" {
			verdict = media.ModerationRejected
		}
		return func(id string) error {
			_, err := s.Moderation.Set(audit(id, ""), by, id, verdict)
			return err
		}, nil
	case "expire":
		after := c.FormValue("expiration")
		if _, err := media.ParseExpiration(after, s.Library.Now(), s.Library.Policy().Expiration); err != nil {
			return nil, err
		}
		return func(id string) error {
			_, err := s.Library.EditItem(audit(id, after), by, id, library.Edit{Expiration: &after})
			return err
		}, nil
	case "move":
		to, err := s.Records.UserNamed(c.Request().Context(), strings.TrimSpace(c.FormValue("to")))
		if err != nil {
			return nil, err
		}
		return func(id string) error { return s.Records.GiveItem(audit(id, to.Name), id, to.ID) }, nil
	}
	return nil, malformed()
}

// parseCursor reads a place in the list; it is zero for text that is none.
func parseCursor(text string) media.Cursor {
	date, number, _ := strings.Cut(text, ".")
	seconds, err1 := strconv.ParseInt(date, 10, 64)
	n, err2 := strconv.ParseInt(number, 10, 64)
	if err1 != nil || err2 != nil {
		return media.Cursor{}
	}
	return media.Cursor{CreatedAt: time.Unix(seconds, 0).UTC(), Number: n}
}

// filters are the parameters of lists that their links keep.
var filters = []string{"q", "user", "kind", "type", "since", "address", "state", "what", "on", "by"}

// withQuery returns the request's own path with its filters, and one more parameter.
func (s *Server) withQuery(c echo.Context, name, value string) string {
	query := url.Values{}
	for _, key := range filters {
		if text := c.QueryParam(key); text != "" {
			query.Set(key, text)
		}
	}
	if name != "" {
		query.Set(name, value)
		return s.At(c.Request().URL.Path) + "?" + query.Encode()
	}
	return c.Request().URL.Path + "?" + query.Encode()
}

// maxSearch bounds what is searched for, in bytes.
const maxSearch = 200

func cut(text string) string {
	return media.CutBytes(strings.TrimSpace(strings.ToValidUTF8(text, "")), maxSearch)
}
