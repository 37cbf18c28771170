// Package present shows an item as others see it: its URLs and paths, the links to
// hand on, sizes and lengths in words, the facts of its camera, and the file that
// stands for it. It knows neither HTTP nor JSON.
package present

import (
	"time"

	"postern/media"
	"postern/media/library"
)

// Presenter is what the look of every item of a site depends on. It is immutable.
type Presenter struct {
	Library    *library.Library
	ImageRoute string // first path element of the pages of images
	VideoRoute string // and of videos
	Location   *time.Location
	Root       string // path of the site on its host, without a slash at the end
}

// Item returns the item as a visitor sees it who has reached the site under the
// URL base, which has no slash at the end.
func (p *Presenter) Item(it media.Item, base string) Item {
	return Item{Presenter: p, Item: it, Base: base, Now: p.Library.Now()}
}

// Item is an item as others see it.
type Item struct {
	*Presenter
	media.Item
	Base string    // URL of the site, without a slash at the end
	Now  time.Time // when it is looked at
}

// URL is where a file of the item is served, "" for a file that does not exist.
func (v Item) URL(f media.File) string {
	if !f.Exists() {
		return ""
	}
	return v.Base + "/" + f.Key
}

func (v Item) route() string {
	if v.Kind == media.KindVideo {
		return v.VideoRoute
	}
	return v.ImageRoute
}

// PathShort is the path of the item's page, below the root, without its title.
func (v Item) PathShort() string { return "/" + v.route() + "/" + v.ID }

// PathViewer is the canonical path of the item's page, below the root.
func (v Item) PathViewer() string {
	if slug := slug(v.Title); slug != "" {
		return "/" + v.route() + "/" + slug + "." + v.ID
	}
	return v.PathShort()
}

// DeleteURL is where anyone who has it deletes the item.
func (v Item) DeleteURL() string {
	return v.Base + v.PathShort() + "/delete/" + v.Library.Secret.DeleteToken(v.ID)
}

// Display is the file that stands for the item in lists of others, and the size to
// show it in.
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

// Scaled is n times numerator by denominator, rounded.
func Scaled(n, numerator, denominator int) int {
	return (2*n*numerator + denominator) / (2 * denominator)
}

// ImageURL is where the image is that stands for the item in its full size: the
// file itself, or the frame of what browsers do not show as an image.
func (v Item) ImageURL() string {
	if v.Frame.Exists() {
		return v.URL(v.Frame)
	}
	return v.URL(v.Original)
}
