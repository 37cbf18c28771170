package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/site"
	"postern/media"
)

// undoForm is a form for changeItems that takes back what was done to some items: its
// fields as pairs of names and values.
type undoForm struct {
	fields []string
	ids    []string
}

// object returns the form as scripts send it.
func (f undoForm) object() site.Object {
	o := site.Object{}
	for i := 0; i+1 < len(f.fields); i += 2 {
		o = append(o, site.Member{f.fields[i], f.fields[i+1]})
	}
	return append(o, site.Member{"id", f.ids})
}

// undoForms returns the forms that take a change of many items back, one for those items
// that were alike before; none if it cannot be taken back. The done items are as they were.
func (s *Server) undoForms(c echo.Context, name, undo string, done media.Selected) (forms []undoForm) {
	if undo != "" {
		return []undoForm{{[]string{"do", undo}, done.IDs()}}
	}
	before := s.before(c, name)
	if before == nil {
		return nil
	}
	add := func(it *media.Item, fields []string) {
		at := slices.IndexFunc(forms, func(f undoForm) bool { return slices.Equal(f.fields, fields) })
		if at < 0 {
			at, forms = len(forms), append(forms, undoForm{fields: fields})
		}
		forms[at].ids = append(forms[at].ids, it.ID)
	}
	for i := range done.Items {
		it := &done.Items[i]
		if fields := before(it); fields != nil { // otherwise it has not changed
			add(it, fields)
		}
	}
	for i := range done.Items {
		// What comes out of an album that is not public is in no list until its owner says so.
		if it := &done.Items[i]; name == "album" && it.AlbumID == 0 && it.Visibility == media.Public {
			add(it, []string{"do", "visibility", "sure", "1", "visibility", string(media.Public)})
		}
	}
	return forms
}

// before returns a function that tells of an item, as it was before the change that the
// request's form asks for, the fields of the form that makes it so again; nil if there is
// no such form.
func (s *Server) before(c echo.Context, name string) func(*media.Item) []string {
	switch name {
	case "album", "take-out":
		slugs := make(map[int64]string)
		return func(it *media.Item) []string {
			if it.AlbumID == 0 {
				return []string{"do", "take-out"}
			}
			slug, known := slugs[it.AlbumID]
			if !known {
				a, err := s.Library.Albums.Of(c.Request().Context(), s.SignedIn(c), *it)
				if err == nil {
					slug = a.Slug
				}
				slugs[it.AlbumID] = slug
			}
			if slug == "" {
				return nil // the album is there no more
			}
			return []string{"do", "album", "sure", "1", "album_id", slug}
		}
	case "tags":
		added, removed := intake.ParseTags(formText(c, "add")), intake.ParseTags(formText(c, "remove"))
		return func(it *media.Item) []string { return tagsBefore(it.Tags, added, removed) }
	case "visibility":
		return func(it *media.Item) []string {
			return []string{"do", name, "sure", "1", "visibility", string(it.Visibility)}
		}
	case "sensitive":
		return func(it *media.Item) []string {
			nsfw := "0"
			if it.NSFW {
				nsfw = "1"
			}
			return []string{"do", name, "sure", "1", "nsfw", nsfw}
		}
	case "expiry":
		now := s.Library.Now()
		return func(it *media.Item) []string {
			left := media.NeverExpires
			if !it.ExpiresAt.IsZero() {
				left = strconv.FormatInt(max(1, int64(it.ExpiresAt.Sub(now).Seconds())), 10)
			}
			return []string{"do", name, "sure", "1", "expiration", left}
		}
	}
	return nil
}

// tagsBefore returns the fields of the form that gives an item its tags again after some
// were added and removed; nil if that changed nothing.
func tagsBefore(tags, added, removed []string) []string {
	has := func(tags []string, name string) bool {
		return slices.ContainsFunc(tags, func(other string) bool { return media.FoldTag(other) == media.FoldTag(name) })
	}
	var again, off []string
	for _, name := range tags {
		if has(removed, name) {
			again = append(again, name)
		}
	}
	for _, name := range added {
		if !has(tags, name) {
			off = append(off, name)
		}
	}
	if len(again)+len(off) == 0 {
		return nil
	}
	return []string{"do", "tags", "sure", "1", "add", strings.Join(again, ", "), "remove", strings.Join(off, ", ")}
}
