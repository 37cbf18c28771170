// Package oembed tells other sites how to show an item (https://oembed.com).
package oembed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"time"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// Of returns the answer about an item of the site with that name. It names the largest
// files within a bound.
func Of(v present.Item, siteName string, limit Size) site.Object {
	answer := site.Object{
		{"version", "1.0"}, {"title", v.DisplayTitle()},
		{"provider_name", siteName}, {"provider_url", v.Base + "/"}, {"cache_age", cacheAge(v)},
	}
	if thumb := (Size{v.Thumb.Width, v.Thumb.Height}); thumb.in(limit) {
		answer = append(answer, site.Object{
			{"thumbnail_url", v.URL(v.Thumb)}, {"thumbnail_width", thumb.Width}, {"thumbnail_height", thumb.Height},
		}...)
	}
	return append(answer, embedding(v, limit)...)
}

// XML returns an answer with its members as elements.
func XML(answer site.Object) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<oembed>")
	for _, m := range answer {
		fmt.Fprintf(&b, "<%s>", m[0])
		if err := xml.EscapeText(&b, []byte(fmt.Sprint(m[1]))); err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "</%s>", m[0])
	}
	b.WriteString("</oembed>\n")
	return b.Bytes(), nil
}

// Size is in pixels. 0 means unknown, and unlimited in a bound.
type Size struct{ Width, Height int }

func (s Size) in(bound Size) bool {
	return (bound.Width == 0 || s.Width <= bound.Width) && (bound.Height == 0 || s.Height <= bound.Height)
}

// fit returns the largest size of the same shape inside a bound.
func (s Size) fit(bound Size) Size {
	if bound.Width > 0 && s.Width > bound.Width {
		s = Size{bound.Width, max(present.Scaled(s.Height, bound.Width, s.Width), 1)}
	}
	if bound.Height > 0 && s.Height > bound.Height {
		s = Size{max(present.Scaled(s.Width, bound.Height, s.Height), 1), bound.Height}
	}
	return s
}

// embedding returns the part of an oEmbed answer that differs between images and
// videos. It names the largest file within the bound.
func embedding(v present.Item, limit Size) site.Object {
	if v.Kind == media.KindVideo {
		fit := Size{v.Width, v.Height}.fit(limit)
		frame := fmt.Sprintf(`<iframe src="%s" width="%d" height="%d" title="%s" allow="fullscreen" frameborder="0"></iframe>`,
			v.Base+v.PathShort()+"/embed", fit.Width, fit.Height, html.EscapeString(v.DisplayTitle()))
		return site.Object{{"type", "video"}, {"html", frame}, {"width", fit.Width}, {"height", fit.Height}}
	}
	best := v.Thumb
	full := v.Original
	if v.Frame.Exists() {
		full = v.Frame
	}
	for _, f := range []media.File{v.Medium, full} {
		dimensions := Size{f.Width, f.Height}
		if f.Exists() && dimensions.in(limit) {
			best = f
		}
	}
	return site.Object{{"type", "photo"}, {"url", v.URL(best)}, {"width", best.Width}, {"height", best.Height}}
}

// cacheAge returns how long an answer is valid, in seconds: a day, or less if the item
// expires before.
func cacheAge(v present.Item) int {
	if !v.ForEveryone() {
		return 0
	}
	age := 24 * time.Hour
	if !v.ExpiresAt.IsZero() {
		age = min(age, v.ExpiresAt.Sub(v.Now))
	}
	return int(age / time.Second)
}
