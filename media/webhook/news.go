package webhook

import (
	"encoding/json"
	"time"

	"postern/media"
)

// News is what happened.
type News struct {
	Event  string     `json:"event"`
	Time   time.Time  `json:"time"`
	Site   string     `json:"site"`
	URL    string     `json:"url"` // of the site
	Item   Item       `json:"item"`
	Report *Complaint `json:"report,omitempty"`
}

// Item is the item that news is about.
type Item struct {
	ID         string  `json:"id"`
	Title      string  `json:"title"`
	Page       string  `json:"page_url"`
	File       string  `json:"file_url"`
	Thumb      string  `json:"thumbnail_url"`
	Type       string  `json:"type"`
	Size       int64   `json:"size"`
	Width      int     `json:"width"`
	Height     int     `json:"height"`
	User       *string `json:"user"` // nil for a guest's
	Visibility string  `json:"visibility"`
	Moderation string  `json:"moderation_status"`
	ForAll     bool    `json:"-"` // everybody may see its image, and wants to
}

// Complaint is what a visitor says of an item.
type Complaint struct {
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// JSON is the form for programs.
func JSON(n News) ([]byte, error) { return json.Marshal(n) }

// discordTitles are the headings of messages.
var discordTitles = map[string]string{
	media.WebhookUpload: "New upload", media.WebhookPending: "Waits for a moderator", media.WebhookReport: "Reported",
}

// Bounds of Discord's on texts, in characters.
const (
	maxDiscordTitle = 256
	maxDiscordText  = 2000
)

// Discord is the form of Discord's webhooks. An image that is not for everybody, or that
// is marked as sensitive, is linked and not shown.
func Discord(n News) ([]byte, error) {
	type link struct {
		URL string `json:"url"`
	}
	type text struct {
		Text string `json:"text"`
	}
	type embed struct {
		Author      map[string]string `json:"author"`
		Title       string            `json:"title"`
		URL         string            `json:"url"`
		Description string            `json:"description,omitempty"`
		Timestamp   time.Time         `json:"timestamp"`
		Thumbnail   *link             `json:"thumbnail,omitempty"`
		Footer      text              `json:"footer"`
	}
	e := embed{
		Author: map[string]string{"name": discordTitles[n.Event]}, Title: media.CutRunes(n.Item.Title, maxDiscordTitle), URL: n.Item.Page,
		Timestamp: n.Time, Footer: text{"Guest"},
	}
	if n.Item.User != nil {
		e.Footer.Text = *n.Item.User
	}
	if n.Item.ForAll && n.Event == media.WebhookUpload {
		e.Thumbnail = &link{n.Item.Thumb}
	}
	if n.Report != nil {
		e.Description = media.CutRunes(n.Report.Reason+": "+n.Report.Text, maxDiscordText)
	}
	// Nobody is mentioned by what a title says.
	return json.Marshal(map[string]any{"embeds": []embed{e}, "allowed_mentions": map[string]any{"parse": []string{}}})
}
