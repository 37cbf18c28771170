package pages

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/media"
)

// Card is an item in a list.
type Card struct {
	ID, Title, Page, Thumb string
	Delete                 string    // URL of the page that asks before it deletes
	Duration               string    // of a video
	Expires, Purge         time.Time // zero for never
	Width, Height          int       // of the thumb
	Animated, NSFW         bool
	SeenBy                 string // "public", "private" or "locked"; "" for the usual
	Moderation             string // "pending" or "rejected"; "" for neither
	Type                   string // of the file
	Date                   time.Time
	Bytes, Views           int64
}

// NewCard returns the card of an item. Its Page is that of the item alone, and its Date is
// zero.
func NewCard(v present.Item) Card {
	c := Card{
		ID: v.ID, Title: v.DisplayTitle(), Page: v.Root + v.PathViewer(), Thumb: v.URL(v.Thumb), Delete: v.DeleteURL(),
		Expires: v.ExpiresAt, Purge: v.PurgeAt, Width: v.Thumb.Width, Height: v.Thumb.Height,
		Animated: v.Animated && v.Kind == media.KindImage, NSFW: v.Adult(),
		Moderation: string(v.ModerationStatus),
		Type:       strings.ToUpper(v.Original.Extension()), Bytes: v.Original.Size, Views: v.Views,
	}
	switch {
	case v.Lock != "":
		c.SeenBy = "locked"
	case v.IsPrivate():
		c.SeenBy = "private"
	case v.InLists():
		c.SeenBy = "public"
	}
	if v.Kind == media.KindVideo {
		c.Duration = present.Clock(v.Duration)
	}
	return c
}

// Large is an item that a page shows in full size.
type Large struct {
	Card
	URL                         string // of the original
	Display, DisplayMIME        string // URL and type of the image that stands for it
	Poster                      string // URL of a video's frame; "" for none
	Width, Height               int    // of the original
	DisplayWidth, DisplayHeight int
	Video                       bool
}

// NewLarge returns an item in full size.
func NewLarge(v present.Item) Large {
	l := Large{
		Card: NewCard(v), URL: v.URL(v.Original), Display: v.ImageURL(), DisplayMIME: v.Original.MIME, Poster: v.URL(v.Frame),
		Width: v.Item.Width, Height: v.Item.Height, Video: v.Kind == media.KindVideo,
	}
	l.DisplayWidth, l.DisplayHeight = l.Width, l.Height
	if v.Frame.Exists() {
		l.DisplayMIME, l.DisplayWidth, l.DisplayHeight = v.Frame.MIME, v.Frame.Width, v.Frame.Height
	}
	return l
}

// Bar says what can be done with items of a page that are selected together. The zero Bar
// is that of a list where nothing can be selected.
type Bar struct {
	Kind  string       // of the list: own, seen, trash, pending, add or all
	List  string       // its address
	Back  string       // address of the page of the list
	Total int          // items in the list
	Most  bool         // there are more, or more than are changed at once
	Undo  bool         // what is deleted goes to the trash
	Album bool         // the list is an album's
	Into  string       // slug of the album that the items are chosen for; "" for none
	Seen  fmt.Stringer // for moderators: a moderation.Seen
	News  *News
}

// Own reports whether the items are the visitor's to change.
func (b Bar) Own() bool { return b.Kind == "own" }

// Trash reports whether the items are in the trash.
func (b Bar) Trash() bool { return b.Kind == "trash" }

// Pending reports whether the items wait for a moderator.
func (b Bar) Pending() bool { return b.Kind == "pending" }

// All reports whether the items are anybody's, and the visitor is an admin.
func (b Bar) All() bool { return b.Kind == "all" }

// Limit is how many items are changed at once.
func (Bar) Limit() int { return media.MaxSelection }

// News is what was done just now, which a list says above its items. Undo is the action
// that takes it back for the items with these IDs; "" for none. Fields are further ones of
// its form.
type News struct {
	Text, Undo, Back string
	IDs              []string
	Fields           url.Values
}

// Refused are items that cannot be changed, for one reason, or after one verdict.
type Refused struct {
	Why     media.Reason
	By      string // who has decided
	Verdict media.Moderation
	N       int
	Names   []string // of the first of them: titles, or IDs of what the visitor may not see
}

// maxNamed is how many items a page names that cannot be changed.
const maxNamed = 20

// GroupRefusals returns refusals by their reasons, in the order in which these come. seen
// are those of the items whose titles may be told.
func GroupRefusals(all []media.Refusal, seen []media.Item) (groups []Refused) {
	titles := make(map[string]string)
	for i := range seen {
		titles[seen[i].ID] = seen[i].DisplayTitle()
	}
	for _, r := range all {
		at := slices.IndexFunc(groups, func(g Refused) bool { return g.Why == r.Why && g.By == r.By && g.Verdict == r.Verdict })
		if at < 0 {
			at, groups = len(groups), append(groups, Refused{Why: r.Why, By: r.By, Verdict: r.Verdict})
		}
		g := &groups[at]
		if g.N++; g.N <= maxNamed {
			g.Names = append(g.Names, cmp.Or(titles[r.ID], r.ID))
		}
	}
	return groups
}

// Here is the path and the query of the request, without news, and with no key but that of
// an album.
func Here(c echo.Context) string {
	query := maps.Clone(c.QueryParams())
	for _, name := range []string{"done", "n", "ids", "undo"} {
		delete(query, name)
	}
	if c.Param("slug") == "" {
		delete(query, "key") // no album's, so that it may be one of the API
	}
	if len(query) == 0 {
		return c.Request().URL.EscapedPath()
	}
	return c.Request().URL.EscapedPath() + "?" + query.Encode()
}
