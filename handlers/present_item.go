package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// itemView writes an item as the Chevereto surface and the pages show it.
type itemView struct {
	*server
	media.Item
	base string // of URLs
	now  time.Time
}

func (s *server) view(c echo.Context, it media.Item) itemView {
	return itemView{server: s, Item: it, base: s.baseURL(c), now: s.Library.Now()}
}

func (v itemView) url(f media.File) string {
	if !f.Exists() {
		return ""
	}
	return v.base + "/" + f.Key
}

func (v itemView) route() string {
	if v.Kind == media.KindVideo {
		return v.VideoRoute
	}
	return v.ImageRoute
}

// pathShort leads to the viewer without a slug.
func (v itemView) pathShort() string { return "/" + v.route() + "/" + v.ID }

// pathViewer is the canonical path of the viewer.
func (v itemView) pathViewer() string {
	if slug := slug(v.Title); slug != "" {
		return "/" + v.route() + "/" + slug + "." + v.ID
	}
	return v.pathShort()
}

func (v itemView) deleteURL() string {
	return v.base + v.pathShort() + "/delete/" + v.Library.DeleteToken(v.ID)
}

// display chooses the file that stands for the item, and the size to show it
// in.
func (v itemView) display() (f media.File, width, height int) {
	const thumbFrom = 200_000 // bytes
	medium := v.Library.Policy().MediumWidth
	switch {
	case v.Kind == media.KindVideo && (!v.Medium.Exists() || v.Frame.Size < v.Medium.Size):
		return v.Frame, v.Width, v.Height
	case v.Kind == media.KindImage && v.Frame.Exists(): // a picture that browsers do not show
		return v.Medium, v.Medium.Width, v.Medium.Height
	case v.Medium.Exists():
		return v.Medium, medium, max(scaled(v.Height, medium, v.Width), 1)
	case v.Original.Size > thumbFrom:
		return v.Thumb, v.Thumb.Width, v.Thumb.Height
	}
	return v.Original, v.Width, v.Height
}

// scaled is n times numerator by denominator, rounded.
func scaled(n, numerator, denominator int) int {
	return (2*n*numerator + denominator) / (2 * denominator)
}

// imageURL is the URL of the picture that stands for the item in its full size:
// the frame of what browsers do not show as a picture.
func (v itemView) imageURL() string {
	if v.Frame.Exists() {
		return v.url(v.Frame)
	}
	return v.url(v.Original)
}
