package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
	"postern/media/library"
)

// action is something that is done to many items at once.
type action struct {
	asks bool   // a form asks for more first
	undo string // the action that takes it back; "" for none
	do   func(*Server, echo.Context, media.Selection) (media.Selected, error)
}

// actions are the values of the field do. What cannot be taken back asks first.
var actions = map[string]action{
	"album":      {true, "", (*Server).moveToAlbum},
	"cover":      {false, "", (*Server).setCover},
	"uncover":    {false, "", (*Server).removeCover},
	"take-out":   {false, "", (*Server).takeOut},
	"tags":       {true, "", (*Server).changeTags},
	"visibility": {true, "", (*Server).changeVisibility},
	"expiry":     {true, "", (*Server).changeExpiry},
	"sensitive":  {true, "", (*Server).changeSensitive},
	"move":       {true, "", (*Server).moveToUser},
	"discard":    {false, "restore", (*Server).discardAll},
	"restore":    {false, "discard", (*Server).restoreAll},
	"purge":      {true, "", (*Server).purgeAll},
	"approved":   {false, "pending", setModerations(media.ModerationApproved)},
	"nsfw":       {false, "pending", setModerations(media.ModerationNSFW)},
	"rejected":   {false, "pending", setModerations(media.ModerationRejected)},
	"pending":    {false, "", setModerations(media.ModerationPending)},
}

// maxSignedIDs is how many IDs the URL of a page carries in a signed form that undoes. That
// writes each of them longer than a list of IDs does.
const maxSignedIDs = 100

// changeItems does something to many items: to all or to none, unless the visitor has
// chosen to leave some out. Scripts get JSON of what was done, and the same pages as
// others where more is asked. What a visitor has uploaded as a guest is theirs first, to stand
// in an album.
func (s *Server) changeItems(c echo.Context) error {
	sel, err := s.selection(c)
	if err != nil {
		return err
	}
	name := c.FormValue("do")
	act, ok := actions[name]
	if !ok {
		return site.BadRequest(400, "Malformed request body")
	}
	if claims := c.Request().Form["claim"]; name == "album" && len(claims) > 0 {
		if err := s.Library.Selections.Claim(c.Request().Context(), s.User(c), claims); err != nil {
			return err
		}
	}
	asks := act.asks
	if name == "discard" {
		kept, err := s.goToTrash(c, sel)
		if err != nil {
			return err
		}
		if !kept {
			asks, act.undo = true, ""
		}
	}
	if asks && c.FormValue("sure") == "" {
		return s.renderSelection(c, http.StatusOK, selectionPage{Do: name, IDs: sel.IDs})
	}
	if name == "album" || name == "take-out" {
		if err := s.notePlaces(c, sel); err != nil {
			return err
		}
	}
	done, err := act.do(s, c, sel)
	var refused *media.SelectionError
	if errors.As(err, &refused) {
		return s.renderRefusal(c, name, sel.IDs, err, refused)
	}
	if fault := s.ToAPIError(err); err != nil && act.asks && fault.Status == http.StatusBadRequest {
		s.LogRefusal(c, fault, err)
		return s.renderSelection(c, fault.Status, selectionPage{Do: name, IDs: sel.IDs, Error: s.Catalog(c).ErrorText(fault.Message)})
	}
	if err != nil {
		return err
	}
	if name == "discard" && act.undo == "" {
		name = "purge"
	}
	return s.tellDone(c, name, act.undo, done)
}

// goToTrash reports whether the visitor can restore all items of a selection that they
// delete. Otherwise some of them are removed permanently.
func (s *Server) goToTrash(c echo.Context, sel media.Selection) (bool, error) {
	by := s.User(c)
	if s.Library.Policy().Undo.IsZero() || !by.MayAdminister() {
		return !s.Library.Policy().Undo.IsZero(), nil
	}
	sel.Skip = true
	chosen, err := s.Library.Selections.Find(c.Request().Context(), s.SignedIn(c), sel)
	if none := new(media.SelectionError); errors.As(err, &none) {
		return true, nil // nothing is deleted
	}
	return !slices.ContainsFunc(chosen.Items, func(it media.Item) bool { return !s.Library.Trash.CanUndo(by, it) }), err
}

// renderRefusal says that nothing was changed, since some items cannot be.
func (s *Server) renderRefusal(c echo.Context, name string, ids []string, err error, refused *media.SelectionError) error {
	s.LogRefusal(c, errSelection, err)
	return s.renderSelection(c, http.StatusUnprocessableEntity, selectionPage{Do: name, IDs: ids, Refusals: refused.Refusals})
}

var errSelection = site.NewError(http.StatusUnprocessableEntity, 422, "Some files cannot be changed")

// tellDone answers a change: with JSON, or with the page that the visitor comes from.
func (s *Server) tellDone(c echo.Context, name, undo string, done media.Selected) error {
	var ids []string
	for _, it := range done.Items {
		if undo == "restore" && !s.Library.Trash.CanUndo(s.User(c), it) {
			undo = ""
		}
		ids = append(ids, it.ID)
	}
	if wantsJSON(c) {
		items := []site.Object{}
		for _, id := range ids {
			items = append(items, site.Object{{"id", id}, {"ok", true}})
		}
		for _, r := range done.Refusals {
			items = append(items, site.Object{{"id", r.ID}, {"ok", false}, {"why", r.Why}})
		}
		forms := []site.Object{}
		for _, f := range s.undoForms(c, name, undo, done) {
			form := f.object()
			if _, verdict := media.ParseVerdict(name); verdict {
				seen, err := s.Moderation.Seen(c.Request().Context())
				if err != nil {
					return err
				}
				form = append(form, site.Member{"seen", seen.Undo().String()})
			}
			forms = append(forms, form)
		}
		return site.WriteJSON(c, http.StatusOK, site.Object{
			{"done", len(ids)}, {"items", items}, {"undo", forms},
			{"message", s.Catalog(c).T("select.done."+name, "n", len(ids))},
		})
	}
	back := c.FormValue("back")
	switch {
	case back == "":
		back = "/gallery"
	case back == "/albums" && name == "album":
		if it, err := s.Library.Item(c.Request().Context(), s.SignedIn(c), ids[0]); err == nil {
			if a, err := s.Library.Albums.Of(c.Request().Context(), s.SignedIn(c), it); err == nil {
				back = present.AlbumPath(a)
			}
		}
	}
	to, err := url.Parse(pages.LocalPath(back))
	if err != nil {
		return err
	}
	query := to.Query()
	query.Set("done", name)
	query.Set("n", strconv.Itoa(len(ids)))
	query.Del("ids")
	query.Del("undo")
	switch forms := s.undoForms(c, name, undo, done); {
	case len(forms) != 1:
	case slices.Equal(forms[0].fields, []string{"do", undo}): // what undoes it is known from its name
		query.Set("ids", strings.Join(forms[0].ids, "."))
	case len(forms[0].ids) <= maxSignedIDs:
		query.Set("undo", s.signUndo(c, forms[0]))
	}
	to.RawQuery = query.Encode()
	return s.Redirect(c, http.StatusSeeOther, to.String())
}

func wantsJSON(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get("Accept"), "application/json")
}

// doneOrder says that an album was put in an order.
const doneOrder = "order"

// news returns what the request's URL says was done, nil for nothing.
func (s *Server) news(c echo.Context) *pages.News {
	name := c.QueryParam("done")
	act, ok := actions[name]
	n, err := strconv.Atoi(c.QueryParam("n"))
	if !ok && name != doneOrder || err != nil || n < 1 || n > media.MaxSelection {
		return nil
	}
	said := &pages.News{Text: s.Catalog(c).T("select.done."+name, "n", n), Back: pages.Here(c)}
	for id := range strings.SplitSeq(c.QueryParam("ids"), ".") {
		if media.ValidID(id) && len(said.IDs) < media.MaxSelection {
			said.IDs, said.Undo = append(said.IDs, id), act.undo
		}
	}
	if form, ok := s.signedUndo(c); ok {
		said.Undo, said.IDs = form.Get("do"), form["id"]
		form.Del("do")
		form.Del("id")
		said.Fields = form
	}
	return said
}

// selection reads which items a form names: by their IDs, or as the first of a list.
func (s *Server) selection(c echo.Context) (media.Selection, error) {
	if err := s.ParseForm(c); err != nil {
		return media.Selection{}, err
	}
	form := c.Request().Form
	sel := media.Selection{IDs: form["id"], Skip: form.Get("skip") == "1"}
	if form.Get("all") != "1" {
		return sel, sel.Tidy()
	}
	list, err := s.listAt(c, form.Get("list"))
	if err != nil {
		return sel, err
	}
	if sel.IDs, err = s.ids(c, list, media.MaxSelection); err != nil {
		return sel, err
	}
	if seen := form.Get("count"); seen != "" && seen != strconv.Itoa(len(sel.IDs)) {
		return sel, errListChanged
	}
	return sel, sel.Tidy()
}

var errListChanged = site.NewError(http.StatusConflict, 409, "The list has changed, load it again")

// selectionPage is the data of the template that asks for more about many items, or says
// why they are not changed.
type selectionPage struct {
	Do       string
	IDs      []string
	Back     string
	Given    url.Values // what was chosen already
	Refusals []media.Refusal
	Refused  []pages.Refused // the same by their reasons
	Rest     int             // items that could be changed without the refused ones
	Expiries []pages.ExpiryChoice
	Error    string
	pages.AlbumField

	Kinds []string // of links
	Kind  string   // the chosen one
	Links string   // of all items, one a line
}

// Visibilities returns the choices of the items' owner.
func (selectionPage) Visibilities() []string { return visibilityChoices(false) }

// Visibility returns the one that the form offers first.
func (selectionPage) Visibility() string { return string(media.Hidden) }

// refused groups refusals, with the titles of what the visitor may see.
func (s *Server) refused(c echo.Context, all []media.Refusal) ([]pages.Refused, error) {
	sel := media.Selection{Skip: true}
	for _, r := range all {
		sel.IDs = append(sel.IDs, r.ID)
	}
	seen, err := s.Library.Selections.Find(c.Request().Context(), s.SignedIn(c), sel)
	var none *media.SelectionError
	if err != nil && !errors.As(err, &none) {
		return nil, err
	}
	return pages.GroupRefusals(all, seen.Items), nil
}

func (s *Server) renderSelection(c echo.Context, status int, p selectionPage) error {
	site.NoStore(c)
	form := c.Request().Form
	p.Back = pages.LocalPath(form.Get("back"))
	p.Rest = len(p.IDs) - len(p.Refusals)
	p.Given = url.Values{}
	for name, values := range form {
		if !slices.Contains([]string{"id", "do", "back", "skip", "all", "list", "count", "claim"}, name) {
			p.Given[name] = values
		}
	}
	var err error
	if len(p.Refusals) > 0 {
		if p.Refused, err = s.refused(c, p.Refusals); err != nil {
			return err
		}
	}
	switch p.Do {
	case "album":
		p.AlbumField, err = s.AlbumField(c, s.User(c).User.ID)
		p.Album = p.Given.Get("album_id")
	case "expiry":
		for _, choice := range pages.ExpiryChoices(s.Library.Policy(), false, s.Library.Now()) {
			if choice.Key == "upload.expiry.never" {
				choice.Value = media.NeverExpires
			}
			if choice.Value != "" {
				p.Expiries = append(p.Expiries, choice)
			}
		}
	}
	if err != nil {
		return err
	}
	catalog := s.Catalog(c)
	title := catalog.T("select.title."+p.Do, "n", len(p.IDs))
	switch {
	case len(p.Refusals) > 0:
		title = catalog.T("select.refused")
	case p.Do == "discard": // there is no trash
		title = catalog.T("select.title.purge", "n", len(p.IDs))
	}
	return s.Render(c, status, "selection", title, p)
}

func (s *Server) moveToAlbum(c echo.Context, sel media.Selection) (media.Selected, error) {
	slug := pages.FormText(c, "album_id")
	edit := library.SelectionEdit{NewAlbum: strings.TrimSpace(pages.FormText(c, "title"))}
	if edit.NewAlbum == "" {
		if slug == "" {
			return media.Selected{}, media.ErrNoTitle
		}
		edit.Album = &slug
	}
	done, err := s.Library.Selections.Edit(c.Request().Context(), s.User(c), sel, edit)
	if places := placesOf(c.Request().Form); err == nil && places != nil && edit.Album != nil {
		err = s.Library.Albums.Arrange(c.Request().Context(), s.User(c), slug, library.Arrangement{Places: places})
	}
	return done, err
}

// moveToUser gives items to the user whom the form names.
func (s *Server) moveToUser(c echo.Context, sel media.Selection) (media.Selected, error) {
	to, err := s.Moderation.Records.UserNamed(c.Request().Context(), strings.TrimSpace(pages.FormText(c, "to")))
	if errors.Is(err, fs.ErrNotExist) {
		err = media.ErrNoUser
	}
	if err != nil {
		return media.Selected{}, err
	}
	return s.Library.Selections.Give(c.Request().Context(), s.User(c), sel, to)
}

func (s *Server) takeOut(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.Selections.Edit(c.Request().Context(), s.User(c), sel, library.SelectionEdit{Album: new(string)})
}

func (s *Server) setCover(c echo.Context, sel media.Selection) (media.Selected, error) {
	done, before, err := s.Library.Selections.SetCover(c.Request().Context(), s.User(c), sel, false)
	c.Set(coverBefore, before)
	return done, err
}

// coverBefore is where setCover leaves the ID of the album's cover before, "" for none.
const coverBefore = "cover before"

func (s *Server) removeCover(c echo.Context, sel media.Selection) (media.Selected, error) {
	done, _, err := s.Library.Selections.SetCover(c.Request().Context(), s.User(c), sel, true)
	return done, err
}

func (s *Server) changeTags(c echo.Context, sel media.Selection) (media.Selected, error) {
	edit := library.SelectionEdit{AddTags: intake.ParseTags(pages.FormText(c, "add")), RemoveTags: intake.ParseTags(pages.FormText(c, "remove"))}
	asked := strings.TrimSpace(pages.FormText(c, "add")) != ""
	if nothing := len(edit.AddTags) == 0; nothing && (asked || len(edit.RemoveTags) == 0) {
		return media.Selected{}, media.ErrNoTag
	}
	return s.Library.Selections.Edit(c.Request().Context(), s.User(c), sel, edit)
}

func (s *Server) changeVisibility(c echo.Context, sel media.Selection) (media.Selected, error) {
	visibility, ok := media.ParseVisibility(pages.FormText(c, "visibility"))
	if !ok {
		return media.Selected{}, media.ErrVisibility
	}
	return s.Library.Selections.Edit(c.Request().Context(), s.User(c), sel, library.SelectionEdit{Visibility: &visibility})
}

func (s *Server) changeExpiry(c echo.Context, sel media.Selection) (media.Selected, error) {
	if again := pages.FormText(c, "again"); again != "" {
		at, err := time.Parse(time.RFC3339, again)
		if err != nil {
			return media.Selected{}, fmt.Errorf("%w: %.40q is no time", media.ErrExpiration, again)
		}
		return s.Library.Selections.Edit(c.Request().Context(), s.User(c), sel, library.SelectionEdit{Expired: at})
	}
	expiration := pages.FormText(c, "expiration")
	return s.Library.Selections.Edit(c.Request().Context(), s.User(c), sel, library.SelectionEdit{Expiration: &expiration})
}

func (s *Server) changeSensitive(c echo.Context, sel media.Selection) (media.Selected, error) {
	nsfw := c.FormValue("nsfw") == "1"
	return s.Library.Selections.Edit(c.Request().Context(), s.User(c), sel, library.SelectionEdit{NSFW: &nsfw})
}

func (s *Server) discardAll(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.Selections.MoveToTrash(c.Request().Context(), s.User(c), sel)
}

func (s *Server) restoreAll(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.Selections.Restore(c.Request().Context(), s.User(c), sel)
}

func (s *Server) purgeAll(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.Selections.Purge(c.Request().Context(), s.User(c), sel)
}

func setModerations(status media.Moderation) func(*Server, echo.Context, media.Selection) (media.Selected, error) {
	return func(s *Server, c echo.Context, sel media.Selection) (media.Selected, error) {
		return s.Moderation.SetAll(c.Request().Context(), s.User(c), sel, site.DecisionOf(c, status))
	}
}

// copyLinks answers with the links of many items in one form.
func (s *Server) copyLinks(c echo.Context) error {
	chosen, err := s.seenItems(c)
	if err != nil {
		return err
	}
	p := selectionPage{Do: "links", Kinds: present.LinkKinds, Kind: c.FormValue("form")}
	if !slices.Contains(p.Kinds, p.Kind) {
		p.Kind = p.Kinds[0]
	}
	var lines []string
	for _, it := range chosen.Items {
		p.IDs = append(p.IDs, it.ID)
		for _, link := range s.View(c, it).Links() {
			if link.Kind == p.Kind {
				lines = append(lines, link.Text)
			}
		}
	}
	p.Links = strings.Join(lines, "\n")
	return s.renderSelection(c, http.StatusOK, p)
}

// downloadItems answers with a ZIP of the originals of many items, or of a whole album.
func (s *Server) downloadItems(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	if c.FormValue("all") == "whole" {
		return s.downloadAlbum(c, c.FormValue("list"))
	}
	chosen, err := s.seenItems(c)
	if err != nil {
		return err
	}
	z := s.NewZip(c, s.SiteName)
	if err := z.AddAll(c.Request().Context(), chosen.Items); err != nil {
		return err
	}
	return z.Close()
}

// downloadAlbum answers with a ZIP of an album of any size, in its order. Its items are read
// some at a time, while they are sent.
func (s *Server) downloadAlbum(c echo.Context, address string) error {
	if _, err := s.SessionCaller(c); err != nil {
		return err
	}
	list, err := s.listAt(c, address)
	if err != nil {
		return err
	}
	q := list.Query
	if q.AlbumID == 0 {
		return site.ErrNotFound
	}
	q.Limit = media.MaxSelection
	z := s.NewZip(c, list.Title)
	for {
		items, err := s.Library.Items(c.Request().Context(), list.Viewer, q)
		if err == nil {
			err = z.AddAll(c.Request().Context(), items)
		}
		if err != nil {
			return err
		}
		if len(items) < q.Limit {
			return z.Close()
		}
		q.After = items[len(items)-1].CursorIn(q.Sort)
	}
}

// seenItems returns the items of the form that the visitor may see.
func (s *Server) seenItems(c echo.Context) (media.Selected, error) {
	if _, err := s.SessionCaller(c); err != nil {
		return media.Selected{}, err
	}
	sel, err := s.selection(c)
	if err != nil {
		return media.Selected{}, err
	}
	sel.Skip = true
	chosen, err := s.Library.Selections.Find(c.Request().Context(), s.SignedIn(c), sel)
	var none *media.SelectionError
	if errors.As(err, &none) {
		err = site.ErrNotFound
	}
	return chosen, err
}
