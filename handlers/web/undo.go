package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/site"
	"postern/media"
	"postern/media/library"
)

// undoForm is a form for changeItems that takes back what was done to some items: its
// fields as pairs of names and values.
type undoForm struct {
	fields []string
	ids    []string
	places []string // of the items in an album that was put in order, from 1; nil for none
}

// pairs are the fields with the places.
func (f undoForm) pairs() []string {
	if f.places == nil {
		return f.fields
	}
	return append(slices.Clone(f.fields), "places", strings.Join(f.places, "."))
}

// object returns the form as scripts send it.
func (f undoForm) object() site.Object {
	o := site.Object{}
	fields := f.pairs()
	for i := 0; i+1 < len(fields); i += 2 {
		o = append(o, site.Member{fields[i], fields[i+1]})
	}
	return append(o, site.Member{"id", f.ids})
}

// signUndo returns a form as the URL of a page carries it for its button that undoes. It is
// signed for the visitor, so that no link of others has a button that does something else.
func (s *Server) signUndo(c echo.Context, f undoForm) string {
	form := url.Values{"id": f.ids}
	fields := f.pairs()
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	text := form.Encode()
	return s.Library.Secret.Sign(s.undoUse(c), text) + "." + text
}

// signedUndo is the inverse, for the request's URL.
func (s *Server) signedUndo(c echo.Context) (url.Values, bool) {
	signature, text, _ := strings.Cut(c.QueryParam("undo"), ".")
	if text == "" || !s.Library.Secret.CheckSignature(s.undoUse(c), text, signature) {
		return nil, false
	}
	form, err := url.ParseQuery(text)
	return form, err == nil
}

func (s *Server) undoUse(c echo.Context) string {
	return "undo " + strconv.FormatInt(s.User(c).User.ID, 10)
}

// undoForms returns the forms that take a change of many items back, one for those items
// that were alike before; none if it cannot be taken back. The done items are as they were.
func (s *Server) undoForms(c echo.Context, name, undo string, done media.Selected) (forms []undoForm) {
	before := s.before(c, name, done)
	if before == nil && undo != "" {
		return []undoForm{{fields: []string{"do", undo}, ids: done.IDs()}}
	}
	if id, ok := c.Get(coverBefore).(string); name == "cover" && ok {
		if id == "" {
			return []undoForm{{fields: []string{"do", "uncover"}, ids: done.IDs()}}
		}
		return []undoForm{{fields: []string{"do", "cover"}, ids: []string{id}}}
	}
	if before == nil {
		return nil
	}
	places, _ := c.Get(placesBefore).(map[string]int)
	add := func(it *media.Item, fields []string) {
		at := slices.IndexFunc(forms, func(f undoForm) bool { return slices.Equal(f.fields, fields) })
		if at < 0 {
			at, forms = len(forms), append(forms, undoForm{fields: fields})
		}
		forms[at].ids = append(forms[at].ids, it.ID)
		if place, ok := places[it.ID]; ok && fields[1] == "album" {
			forms[at].places = append(forms[at].places, strconv.Itoa(place))
		}
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

// placesBefore is where notePlaces leaves the places of items by their IDs.
const placesBefore = "places before"

// maxPlaced is how many albums are read for the places of the items that leave them.
const maxPlaced = 20

// notePlaces remembers where the items of a selection stand in albums that were put in order.
func (s *Server) notePlaces(c echo.Context, sel media.Selection) error {
	ctx, v := c.Request().Context(), s.SignedIn(c)
	sel.Skip = true
	chosen, err := s.Library.Selections.Find(ctx, v, sel)
	if none := new(media.SelectionError); errors.As(err, &none) {
		return nil // the change itself says what is wrong
	} else if err != nil {
		return err
	}
	places, read := make(map[string]int), map[int64]bool{0: true}
	for _, it := range chosen.Items {
		if read[it.AlbumID] || len(read) > maxPlaced {
			continue
		}
		read[it.AlbumID] = true
		a, err := s.Library.Albums.Of(ctx, v, it)
		if err != nil || !a.Arranged || !v.MayChange(a.UserID) {
			continue
		}
		ids, err := s.Library.Albums.Order(ctx, v.Caller, a.Slug)
		if err != nil {
			return err
		}
		for i, id := range ids {
			places[id] = i + 1
		}
	}
	c.Set(placesBefore, places)
	return nil
}

// placesOf reads the places that a form has for its items.
func placesOf(form url.Values) (places []library.Place) {
	all, ids := strings.Split(form.Get("places"), "."), form["id"]
	if len(all) != len(ids) {
		return nil
	}
	for i, id := range ids {
		at, err := strconv.Atoi(all[i])
		if err != nil {
			return nil
		}
		places = append(places, library.Place{ID: id, At: at})
	}
	return places
}

// before returns a function that tells of an item, as it was before the change that the
// request's form asks for, the fields of the form that makes it so again; nil if there is
// no such form.
func (s *Server) before(c echo.Context, name string, done media.Selected) func(*media.Item) []string {
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
		added, removed := intake.ParseTags(pages.FormText(c, "add")), intake.ParseTags(pages.FormText(c, "remove"))
		return func(it *media.Item) []string { return tagsBefore(it.Tags, added, removed) }
	case string(media.ModerationApproved), string(media.ModerationNSFW), string(media.ModerationRejected):
		return func(it *media.Item) []string { return verdictBefore(it, name, done) }
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
		return func(it *media.Item) []string {
			if it.ExpiresAt.IsZero() {
				return []string{"do", name, "sure", "1", "expiration", media.NeverExpires}
			}
			return []string{"do", name, "sure", "1", "again", it.ExpiresAt.UTC().Format(time.RFC3339)}
		}
	}
	return nil
}

// verdictBefore returns the fields of the form that gives an item the verdict which it had,
// and brings the reports back that were answered; nil if nothing has changed.
func verdictBefore(it *media.Item, name string, done media.Selected) []string {
	verdict := string(it.Verdict())
	if verdict == name && !slices.Contains(done.Answered, it.Number) {
		return nil
	} else if len(done.Answered) == 0 {
		return []string{"do", verdict}
	}
	return []string{"do", verdict, "reports", strconv.FormatInt(done.At.Unix(), 10)}
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
