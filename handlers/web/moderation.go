package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
)

const moderationPageItems = 60

// moderationPage is the data of the template with pending items.
type moderationPage struct {
	Items    []pendingItem
	From     sender // whose items alone are listed
	Until    int64  // in seconds since 1970: what was uploaded or reported later is not on the page
	History  []verdict
	HasUsers bool // the visitor may open the pages of users
	Out      bool // the sender can upload no more; for admins
	Back     string
	Total    int
	Next     string // URL of the page with later ones; "" for none
	Bar      pages.Bar
}

// pendingItem is an item of the queue, who sent it, and what moderators thought before.
type pendingItem struct {
	itemPage
	From    sender
	Earlier []verdict
	Reports []media.Report
}

// maxShownReports bounds the reports that are shown of an item.
const maxShownReports = 3

// More returns how many reports there are beside those shown.
func (p pendingItem) More() int { return max(0, len(p.Reports)-maxShownReports) }

// Shown returns the latest reports.
func (p pendingItem) Shown() []media.Report { return p.Reports[:min(len(p.Reports), maxShownReports)] }

// sender is a user by the name, or a guest by the digest of the address; both empty for
// anybody.
type sender struct{ User, Guest string }

// verdict is what a moderator thought of an item.
type verdict struct {
	Status, By, ID string
	At             time.Time
}

// The verdicts that the page shows: of an item, and the latest of all.
const (
	maxEarlier = 3
	maxLatest  = 10
)

// viewPending lists the pending items for moderators, the oldest first.
func (s *Server) viewPending(c echo.Context) error {
	ctx, caller := c.Request().Context(), s.User(c)
	after, _ := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	from, name, err := s.sender(c, c.QueryParams())
	if err != nil {
		return err
	}
	seen, err := s.Moderation.Seen(ctx)
	if err != nil {
		return err
	}
	list, err := s.Moderation.Pending(ctx, caller, from, after, moderationPageItems)
	if err != nil {
		return err
	}
	p := moderationPage{
		From: name, Until: seen.At.Unix(), Total: list.Total, Bar: s.newBar(c, "pending", list.Total), HasUsers: caller.MayAdminister(),
	}
	p.Bar.Seen = seen
	if p.HasUsers {
		p.Back = "/moderation?" + keptParameters(c).Encode()
		if p.Out, err = s.isOut(ctx, name); err != nil {
			return err
		}
	}
	names := make(map[int64]string)
	var ids []string
	reports, err := s.reportsOn(c, list.Some)
	if err != nil {
		return err
	}
	for _, it := range list.Some {
		pending := pendingItem{itemPage: newItemPage(s.View(c, it)), Reports: reports[it.Number]}
		if pending.From, err = s.senderOf(c, it, names); err != nil {
			return err
		}
		p.Items, ids = append(p.Items, pending), append(ids, it.ID)
	}
	if n := len(list.Some); n == moderationPageItems {
		query := keptParameters(c)
		query.Set("after", strconv.FormatInt(list.Some[n-1].Number, 10))
		p.Next = s.At("/moderation?" + query.Encode())
	}
	if err := s.addHistory(c, &p, ids); err != nil {
		return err
	}
	return s.Render(c, http.StatusOK, "moderation", s.Catalog(c).T("moderation.title"), p)
}

// isOut reports whether a sender can upload no more: a user who is not active, or a guest
// whose digest is banned.
func (s *Server) isOut(ctx context.Context, who sender) (bool, error) {
	if who.User != "" {
		u, err := s.Moderation.Records.UserNamed(ctx, who.User)
		return !u.Active(), err
	}
	if who.Guest == "" || s.AddressBans == nil {
		return false, nil
	}
	bans, err := s.AddressBans.BannedAddresses(ctx, s.Library.Now())
	return slices.ContainsFunc(bans, func(b media.AddressBan) bool { return b.Shuts(netip.Addr{}, who.Guest) }), err
}

// reportsOn returns the reports on items by their numbers.
func (s *Server) reportsOn(c echo.Context, items []media.Item) (map[int64][]media.Report, error) {
	all, err := s.Moderation.Records.ReportsOn(c.Request().Context(), media.Selected{Items: items}.Numbers())
	by := make(map[int64][]media.Report)
	for _, r := range all {
		by[r.Item] = append(by[r.Item], r)
	}
	return by, err
}

// addHistory adds the earlier verdicts on items of the page, and the latest of all.
func (s *Server) addHistory(c echo.Context, p *moderationPage, ids []string) error {
	ctx, caller := c.Request().Context(), s.User(c)
	latest, err := s.Moderation.History(ctx, caller)
	if err != nil {
		return err
	}
	p.History = verdictsOf(latest, maxLatest)
	if len(ids) == 0 {
		return nil
	}
	entries, err := s.Moderation.History(ctx, caller, ids...)
	if err != nil {
		return err
	}
	by := make(map[string][]media.AuditEntry)
	for _, e := range entries {
		by[e.Subject] = append(by[e.Subject], e)
	}
	for i := range p.Items {
		p.Items[i].Earlier = verdictsOf(by[p.Items[i].ID], maxEarlier)
	}
	return nil
}

func verdictsOf(entries []media.AuditEntry, limit int) (all []verdict) {
	for _, e := range entries[:min(len(entries), limit)] {
		status, _ := e.Verdict()
		all = append(all, verdict{string(status), e.By, e.Subject, e.At})
	}
	return all
}

// senderOf returns who sent an item. names are the users that are known already.
func (s *Server) senderOf(c echo.Context, it media.Item, names map[int64]string) (sender, error) {
	if it.UserID == 0 {
		return sender{Guest: it.AddressHash}, nil
	}
	name, known := names[it.UserID]
	if !known {
		u, err := s.Moderation.Records.User(c.Request().Context(), it.UserID)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sender{}, err
		}
		name, names[it.UserID] = u.Name, u.Name
	}
	return sender{User: name}, nil
}

// sender returns whose items parameters of the queue ask for.
func (s *Server) sender(c echo.Context, values url.Values) (media.Sender, sender, error) {
	if guest := values.Get("guest"); guest != "" {
		if !media.ValidAddressHash(guest) {
			return media.Sender{}, sender{}, site.ErrNotFound
		}
		return media.Sender{AddressHash: guest}, sender{Guest: guest}, nil
	}
	if values.Get("user") == "" {
		return media.Sender{}, sender{}, nil
	}
	if !s.User(c).MayModerate() {
		return media.Sender{}, sender{}, media.ErrForbidden
	}
	u, err := s.Moderation.Records.UserNamed(c.Request().Context(), values.Get("user"))
	return media.Sender{UserID: u.ID}, sender{User: u.Name}, err
}

// setModeration sets an item's moderation status as a moderator decided, and returns to the
// page of the list.
func (s *Server) setModeration(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	verdict, ok := media.ParseVerdict(c.FormValue("verdict"))
	if !ok {
		return site.BadRequest(400, "Malformed request body")
	}
	done, err := s.Moderation.Set(c.Request().Context(), s.User(c), c.Param("item"), site.DecisionOf(c, verdict))
	if refused := new(media.SelectionError); errors.As(err, &refused) {
		return s.renderRefusal(c, string(verdict), []string{c.Param("item")}, err, refused)
	}
	if err != nil {
		return err
	}
	if !wantsJSON(c) && c.FormValue("back") == "" {
		return s.Redirect(c, http.StatusSeeOther, "/moderation")
	}
	name := string(verdict)
	return s.tellDone(c, name, actions[name].undo, done)
}

// approveAll approves what one sender has waiting, as far as the moderator's page
// counted it.
func (s *Server) approveAll(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	from, name, err := s.sender(c, c.Request().PostForm)
	if err != nil {
		return err
	}
	until, err := strconv.ParseInt(c.FormValue("until"), 10, 64)
	if err != nil || name == (sender{}) {
		return site.BadRequest(400, "Malformed request body")
	}
	done, err := s.Moderation.ApproveAll(c.Request().Context(), s.User(c), from, time.Unix(until, 0))
	if err != nil {
		return err
	}
	return s.tellDone(c, "approved", "pending", done)
}
