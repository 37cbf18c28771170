// Package present has what answers and pages show of an item: URLs and paths, links to
// share, formatted sizes and durations, camera facts, and the file to display. It knows
// neither HTTP nor JSON.
package present

import (
	"time"

	"postern/media"
	"postern/media/library"
)

// Presenter has the settings of a site that URLs of items depend on. It is immutable.
type Presenter struct {
	Library    *library.Library
	ImageRoute string // first path element of the pages of images
	VideoRoute string // and of videos
	Location   *time.Location
	Root       string // path of the site on its host, without a slash at the end
}

// Item returns the item for a visitor who reaches the site under the URL base, which has
// no slash at the end.
func (p *Presenter) Item(it media.Item, base string) Item {
	return Item{Presenter: p, Item: it, Base: base, Now: p.Library.Now()}
}

// Item is an item with its URLs.
type Item struct {
	*Presenter
	media.Item
	Base  string    // URL of the site, without a slash at the end
	Now   time.Time // when it is looked at
	Proof string    // query that opens the item's page and files, as the visitor's link did; "" for none
}

// URL returns the URL of a file of the item, "" if it does not exist.
func (v Item) URL(f media.File) string {
	if !f.Exists() {
		return ""
	}
	if v.Proof != "" {
		return v.Base + "/" + f.Key + "?" + v.Proof
	}
	return v.Base + "/" + f.Key
}

func (v Item) route() string {
	if v.Kind == media.KindVideo {
		return v.VideoRoute
	}
	return v.ImageRoute
}

// PathShort returns the path of the item's page, below the root, without its title.
func (v Item) PathShort() string { return "/" + v.route() + "/" + v.ID }

// PathViewer returns the canonical path of the item's page, below the root.
func (v Item) PathViewer() string {
	if slug := slug(v.Title); slug != "" {
		return "/" + v.route() + "/" + slug + "." + v.ID
	}
	return v.PathShort()
}

// DeleteURL returns the URL that lets anyone who knows it delete the item.
func (v Item) DeleteURL() string {
	return v.Base + v.PathShort() + "/delete/" + v.Library.Secret.DeleteToken(v.ID)
}

// Display returns the file that shows the item in other apps, and its size there.
func (v Item) Display() (f media.File, width, height int) {
	const thumbFrom = 200_000 // bytes
	medium := v.Library.Policy().MediumWidth
	switch {
	case v.Kind == media.KindVideo && (!v.Medium.Exists() || v.Frame.Size < v.Medium.Size):
		return v.Frame, v.Width, v.Height
	case v.Kind == media.KindImage && v.Frame.Exists(): // a picture that browsers do not show
		return v.Medium, v.Medium.Width, v.Medium.Height
	case v.Medium.Exists():
		return v.Medium, medium, max(Scaled(v.Height, medium, v.Width), 1)
	case v.Original.Size > thumbFrom:
		return v.Thumb, v.Thumb.Width, v.Thumb.Height
	}
	return v.Original, v.Width, v.Height
}

// Scaled returns n times numerator by denominator, rounded.
func Scaled(n, numerator, denominator int) int {
	return (2*n*numerator + denominator) / (2 * denominator)
}

// ImageURL returns the URL of the item as an image of full size: of the file itself, or
// of the frame if browsers do not show the file as an image.
func (v Item) ImageURL() string {
	if v.Frame.Exists() {
		return v.URL(v.Frame)
	}
	return v.URL(v.Original)
}
