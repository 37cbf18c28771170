package site

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
	"postern/media/moderation"
	"postern/media/webhook"
)

// Moderated reports whether uploads wait for moderators, or visitors report them.
func (s *Server) Moderated() bool { return s.Library.Policy().Moderate || s.Reports != nil }

// HasQueue reports whether there is a queue for a moderator: the server is moderated, or
// something is left from when it was.
func (s *Server) HasQueue(ctx context.Context, caller media.Caller) bool {
	if s.Moderated() {
		return true
	}
	left, err := s.Moderation.HasItems(ctx, caller)
	return err == nil && left
}

// DecisionOf returns a verdict with what the form says of the page that it comes from.
func DecisionOf(c echo.Context, verdict media.Moderation) moderation.Decision {
	d := moderation.Decision{Verdict: verdict, Seen: moderation.ParseSeen(c.FormValue("seen"))}
	if answered, err := strconv.ParseInt(c.FormValue("reports"), 10, 64); err == nil {
		d.Reopen = time.Unix(answered, 0)
	}
	return d
}

// TellUpload tells other servers of an item that a caller has uploaded.
func (s *Server) TellUpload(c echo.Context, by media.Caller, it media.Item) {
	if s.Webhooks.Wants(media.WebhookUpload) {
		s.Webhooks.Tell(s.news(c, media.WebhookUpload, it, by.User.Name))
	}
	if it.Waits() && s.Webhooks.Wants(media.WebhookPending) {
		s.Webhooks.Tell(s.news(c, media.WebhookPending, it, by.User.Name))
	}
}

// TellReport tells other servers that a visitor reports an item.
func (s *Server) TellReport(c echo.Context, it media.Item, r media.Report) error {
	if !s.Webhooks.Wants(media.WebhookReport) {
		return nil
	}
	owner, err := s.Keyring.Accounts.User(c.Request().Context(), it.UserID)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	n := s.news(c, media.WebhookReport, it, owner.Name)
	n.Report = &webhook.Complaint{Reason: r.Reason, Text: r.Note}
	s.Webhooks.Tell(n)
	return nil
}

// news is what is told of an item. user is its owner's name, "" for a guest's.
func (s *Server) news(c echo.Context, event string, it media.Item, user string) webhook.News {
	v := s.View(c, it)
	n := webhook.News{Event: event, Time: s.Library.Now().UTC(), Site: s.SiteName, URL: s.SiteURL(c), Item: webhook.Item{
		ID: it.ID, Title: v.DisplayTitle(), Page: v.Base + v.PathViewer(), File: v.URL(v.Original), Thumb: v.URL(v.Thumb),
		Type: it.Original.MIME, Size: it.Original.Size, Width: it.Width, Height: it.Height,
		Visibility: string(it.Visibility), Moderation: string(it.Moderation()), ForAll: it.ForEveryone() && !it.Adult(),
	}}
	if user != "" {
		n.Item.User = &user
	}
	return n
}
