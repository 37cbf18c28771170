package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
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
	"take-out":   {false, "", (*Server).takeOut},
	"tags":       {true, "", (*Server).changeTags},
	"visibility": {true, "", (*Server).changeVisibility},
	"expiry":     {true, "", (*Server).changeExpiry},
	"sensitive":  {true, "", (*Server).changeSensitive},
	"discard":    {false, "restore", (*Server).discardAll},
	"restore":    {false, "discard", (*Server).restoreAll},
	"purge":      {true, "", (*Server).purgeAll},
	"approved":   {false, "pending", setModerations(media.ModerationApproved)},
	"nsfw":       {false, "pending", setModerations(media.ModerationNSFW)},
	"rejected":   {false, "pending", setModerations(media.ModerationRejected)},
	"pending":    {false, "", setModerations(media.ModerationPending)},
}

// maxUndoIDs is how many IDs the URL of a page carries for its button that undoes.
const maxUndoIDs = 100

// changeItems does something to many items: to all or to none, unless the visitor has
// chosen to leave some out. Scripts get JSON of what was done, and the same pages as
// others where more is asked.
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
	asks := act.asks || name == "discard" && s.Library.Policy().Undo.IsZero()
	if asks && c.FormValue("sure") == "" {
		return s.renderSelection(c, http.StatusOK, selectionPage{Do: name, IDs: sel.IDs})
	}
	done, err := act.do(s, c, sel)
	var refused *media.SelectionError
	if errors.As(err, &refused) {
		s.LogRefusal(c, errSelection, err)
		return s.renderSelection(c, http.StatusUnprocessableEntity, selectionPage{Do: name, IDs: sel.IDs, Refusals: refused.Refusals})
	}
	if fault := s.ToAPIError(err); err != nil && act.asks && fault.Status == http.StatusBadRequest {
		s.LogRefusal(c, fault, err)
		return s.renderSelection(c, fault.Status, selectionPage{Do: name, IDs: sel.IDs, Error: s.Catalog(c).ErrorText(fault.Message)})
	}
	if err != nil {
		return err
	}
	if name == "discard" && asks {
		act.undo = ""
	}
	return s.tellDone(c, name, act.undo, done)
}

var errSelection = site.NewError(http.StatusUnprocessableEntity, 422, "Some files cannot be changed")

// tellDone answers a change: with JSON, or with the page that the visitor comes from.
func (s *Server) tellDone(c echo.Context, name, undo string, done media.Selected) error {
	var ids []string
	for _, it := range done.Items {
		if undo == "restore" && !s.Library.CanUndo(s.User(c), it) {
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
			forms = append(forms, f.object())
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
	to, err := url.Parse(localPath(back))
	if err != nil {
		return err
	}
	query := to.Query()
	query.Set("done", name)
	query.Set("n", strconv.Itoa(len(ids)))
	query.Del("ids")
	if undo != "" && len(ids) <= maxUndoIDs {
		query.Set("ids", strings.Join(ids, "."))
	}
	to.RawQuery = query.Encode()
	return s.Redirect(c, http.StatusSeeOther, to.String())
}

func wantsJSON(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get("Accept"), "application/json")
}

// news is what was done just now, which a list says above its items.
type news struct {
	Text, Undo, Back string
	IDs              []string
}

// news returns what the request's URL says was done, nil for nothing.
func (s *Server) news(c echo.Context) *news {
	name := c.QueryParam("done")
	act, ok := actions[name]
	n, err := strconv.Atoi(c.QueryParam("n"))
	if !ok || err != nil || n < 1 || n > media.MaxSelection {
		return nil
	}
	said := &news{Text: s.Catalog(c).T("select.done."+name, "n", n), Back: here(c)}
	for id := range strings.SplitSeq(c.QueryParam("ids"), ".") {
		if media.ValidID(id) && len(said.IDs) < maxUndoIDs {
			said.IDs, said.Undo = append(said.IDs, id), act.undo
		}
	}
	return said
}

// here is the request's own path below the root and query, without news.
func here(c echo.Context) string {
	query := maps.Clone(c.QueryParams())
	for _, name := range []string{"done", "n", "ids"} {
		delete(query, name)
	}
	if len(query) == 0 {
		return c.Request().URL.EscapedPath()
	}
	return c.Request().URL.EscapedPath() + "?" + query.Encode()
}

// selection reads which items a form names: by their IDs, or as the first of a list.
func (s *Server) selection(c echo.Context) (media.Selection, error) {
	if err := s.parseForm(c); err != nil {
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
	Rest     int // items that could be changed without the refused ones
	Expiries []expiryChoice
	Error    string
	albumField

	Kinds []string // of links
	Kind  string   // the chosen one
	Links string   // of all items, one a line
}

// Visibilities returns the choices of the items' owner.
func (selectionPage) Visibilities() []string { return visibilityChoices(false) }

// Visibility returns the one that the form offers first.
func (selectionPage) Visibility() string { return string(media.Hidden) }

// Reasons counts the refusals by what they are for.
func (p selectionPage) Reasons() map[media.Reason]int {
	n := make(map[media.Reason]int)
	for _, r := range p.Refusals {
		n[r.Why]++
	}
	return n
}

func (s *Server) renderSelection(c echo.Context, status int, p selectionPage) error {
	site.NoStore(c)
	form := c.Request().Form
	p.Back = localPath(form.Get("back"))
	p.Rest = len(p.IDs) - len(p.Refusals)
	p.Given = url.Values{}
	for name, values := range form {
		if !slices.Contains([]string{"id", "do", "back", "skip", "all", "list", "count"}, name) {
			p.Given[name] = values
		}
	}
	var err error
	switch p.Do {
	case "album":
		p.albumField, err = s.albumField(c, s.User(c).User.ID)
		p.Album = p.Given.Get("album_id")
	case "expiry":
		for _, choice := range expiryChoices(s.Library.Policy(), false, s.Library.Now()) {
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
	return s.render(c, status, "selection", title, p)
}

func (s *Server) moveToAlbum(c echo.Context, sel media.Selection) (media.Selected, error) {
	slug := formText(c, "album_id")
	edit := library.SelectionEdit{NewAlbum: strings.TrimSpace(formText(c, "title"))}
	if edit.NewAlbum == "" {
		if slug == "" {
			return media.Selected{}, media.ErrNoTitle
		}
		edit.Album = &slug
	}
	return s.Library.EditItems(c.Request().Context(), s.User(c), sel, edit)
}

func (s *Server) takeOut(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.EditItems(c.Request().Context(), s.User(c), sel, library.SelectionEdit{Album: new(string)})
}

func (s *Server) setCover(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.SetCover(c.Request().Context(), s.User(c), sel)
}

func (s *Server) changeTags(c echo.Context, sel media.Selection) (media.Selected, error) {
	edit := library.SelectionEdit{AddTags: intake.ParseTags(formText(c, "add")), RemoveTags: intake.ParseTags(formText(c, "remove"))}
	return s.Library.EditItems(c.Request().Context(), s.User(c), sel, edit)
}

func (s *Server) changeVisibility(c echo.Context, sel media.Selection) (media.Selected, error) {
	visibility, ok := media.ParseVisibility(formText(c, "visibility"))
	if !ok {
		return media.Selected{}, media.ErrVisibility
	}
	return s.Library.EditItems(c.Request().Context(), s.User(c), sel, library.SelectionEdit{Visibility: &visibility})
}

func (s *Server) changeExpiry(c echo.Context, sel media.Selection) (media.Selected, error) {
	expiration := formText(c, "expiration")
	return s.Library.EditItems(c.Request().Context(), s.User(c), sel, library.SelectionEdit{Expiration: &expiration})
}

func (s *Server) changeSensitive(c echo.Context, sel media.Selection) (media.Selected, error) {
	nsfw := c.FormValue("nsfw") == "1"
	return s.Library.EditItems(c.Request().Context(), s.User(c), sel, library.SelectionEdit{NSFW: &nsfw})
}

func (s *Server) discardAll(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.MoveItemsToTrash(c.Request().Context(), s.User(c), sel)
}

func (s *Server) restoreAll(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.RestoreItems(c.Request().Context(), s.User(c), sel)
}

func (s *Server) purgeAll(c echo.Context, sel media.Selection) (media.Selected, error) {
	return s.Library.PurgeItems(c.Request().Context(), s.User(c), sel)
}

func setModerations(status media.Moderation) func(*Server, echo.Context, media.Selection) (media.Selected, error) {
	return func(s *Server, c echo.Context, sel media.Selection) (media.Selected, error) {
		return s.Moderation.SetAll(c.Request().Context(), s.User(c), sel, status)
	}
}

// copyLinks answers with the links of many items in one form.
func (s *Server) copyLinks(c echo.Context) error {
	chosen, err := s.seenItems(c)
	if err != nil {
		return err
	}
	p := selectionPage{Do: "links", Kinds: linkKinds(), Kind: c.FormValue("form")}
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

// downloadItems answers with a ZIP of the originals of many items.
func (s *Server) downloadItems(c echo.Context) error {
	chosen, err := s.seenItems(c)
	if err != nil {
		return err
	}
	return s.serveZip(c, s.SiteName, chosen.Items)
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
	chosen, err := s.Library.ItemsOf(c.Request().Context(), s.SignedIn(c), sel)
	var none *media.SelectionError
	if errors.As(err, &none) {
		err = site.ErrNotFound
	}
	return chosen, err
}
