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

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/media"
	"postern/media/counts"
)

const itemPageRows = 60

// itemsPage is the data of the template.
type itemsPage struct {
	frame
	Rows                          []itemRow
	Query, User, Type, Since, Who string
	Guests                        []media.GuestUploads
	Addresses                     map[string]string // that are kept of guests, by their digests
	Older                         string
	Bar                           pages.Bar
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

// FindItems returns the first items of the list with an address.
func (s *Server) FindItems(c echo.Context, address url.Values, limit int) ([]media.Item, error) {
	q, err := s.search(c.Request().Context(), address)
	if err != nil {
		return nil, err
	}
	q.Limit = limit
	return s.Records.FindItems(c.Request().Context(), q)
}

// search is what the parameters of a list's address ask for.
func (s *Server) search(ctx context.Context, address url.Values) (media.ItemSearch, error) {
	q := media.ItemSearch{
		Now: s.Library.Now(), Text: cut(address.Get("q")), Kind: media.Kind(address.Get("kind")), MIME: address.Get("type"),
		AddressHash: cut(address.Get("address")),
	}
	if day, err := time.Parse(time.DateOnly, address.Get("since")); err == nil {
		q.Since = day
	}
	name := cut(address.Get("user"))
	if name == "" {
		return q, nil
	}
	owner, err := s.Records.UserNamed(ctx, name)
	q.UserID = owner.ID
	if errors.Is(err, fs.ErrNotExist) {
		q.UserID, err = -1, nil // nobody's
	}
	return q, err
}

// viewItems lists items of all.
func (s *Server) viewItems(c echo.Context) error {
	ctx, now := c.Request().Context(), s.Library.Now()
	p := itemsPage{
		frame: s.frame(c, "items"), Query: cut(c.QueryParam("q")), User: cut(c.QueryParam("user")),
		Type: c.QueryParam("type"), Since: c.QueryParam("since"), Who: cut(c.QueryParam("address")),
	}
	q, err := s.search(ctx, c.QueryParams())
	if err != nil {
		return err
	}
	seen, err := s.Moderation.Seen(ctx)
	if err != nil {
		return err
	}
	q.Limit = media.MaxSelection + 1
	total, err := s.Records.CountFound(ctx, q)
	if err != nil {
		return err
	}
	p.Bar = s.Bar(c, "all", total)
	p.Bar.Seen = seen
	q.After, q.Limit = parseCursor(c.QueryParam("after")), itemPageRows+1
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
	if p.Guests, err = s.Records.GuestUploads(ctx, now.AddDate(0, 0, -counts.MonthDays), 8); err != nil {
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
