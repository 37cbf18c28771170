package site

import (
	"errors"
	"io/fs"

	"github.com/labstack/echo/v4"

	"postern/media"
	"postern/media/webhook"
)

// HasQueue reports whether moderators have a queue: of uploads that wait, or of reports.
func (s *Server) HasQueue() bool { return s.Library.Policy().Moderate || s.Reports != nil }

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
