package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/pages"
	"postern/media"
	"postern/media/library"
)

// editPage is the data of the template that edits an item.
type editPage struct {
	Item                     pages.Card
	Title, Description, Tags string
	Expiration               string // the chosen one
	Category                 int64  // the chosen one; 0 for none
	NSFW                     bool
	Expires                  time.Time
	Categories               []media.Category
	Expiries                 []pages.ExpiryChoice
	Undo                     bool
	Visibility               string // the chosen one
	Locked                   bool   // it has a password
	Error                    string
	Back                     string // address of the list that the visitor comes from; "" for none
	pages.AlbumField
}

// keepExpiry is the choice that does not change when an item expires.
const keepExpiry = "keep"

// viewEdit shows the form that edits an item.
func (s *Server) viewEdit(c echo.Context) error {
	it, err := s.ownItem(c)
	if err != nil {
		return err
	}
	return s.renderEdit(c, http.StatusOK, it, editPage{
		Title: it.Title, Description: it.Description, Tags: strings.Join(it.Tags, ", "), NSFW: it.NSFW, Expiration: keepExpiry,
		Category: it.CategoryID, Visibility: string(it.Visibility),
	})
}

// ownItem returns the item that the path names if the visitor may change it.
func (s *Server) ownItem(c echo.Context) (media.Item, error) {
	it, err := s.pathItem(c)
	if err == nil && !s.User(c).MayChange(it.UserID) {
		err = errNotFoundItem
	}
	return it, err
}

// fromList is the part of the request's URL that says which list the visitor comes from.
func fromList(c echo.Context) string {
	if list := c.QueryParam("list"); list != "" {
		return "?list=" + url.QueryEscape(list)
	}
	return ""
}

func (s *Server) renderEdit(c echo.Context, status int, it media.Item, p editPage) error {
	policy := s.Library.Policy()
	p.Back = c.QueryParam("list")
	p.Locked = it.Lock != ""
	p.Item, p.Expires, p.Undo = pages.NewCard(s.View(c, it)), it.ExpiresAt, s.Library.Trash.CanUndo(s.User(c), it)
	p.Item.Page += fromList(c)
	p.Expiries = append(p.Expiries, pages.ExpiryChoice{Value: keepExpiry, Key: "edit.expiry.keep"})
	for _, choice := range pages.ExpiryChoices(policy, false, s.Library.Now()) {
		if choice.Key == "upload.expiry.never" {
			choice.Value = media.NeverExpires
		}
		if choice.Value != "" {
			p.Expiries = append(p.Expiries, choice)
		}
	}
	typed := p.Album
	var err error
	if p.Categories, err = s.Library.Categories.All(c.Request().Context()); err != nil {
		return err
	}
	if p.AlbumField, err = s.AlbumField(c, it.UserID); err != nil {
		return err
	}
	p.Album = typed
	if a, err := s.Library.Albums.Of(c.Request().Context(), s.SignedIn(c), it); err == nil && p.Error == "" {
		p.Album, p.AlbumTitle = a.Slug, a.Title
	}
	return s.Render(c, status, "edit", s.Catalog(c).T("edit.title"), p)
}

// editItem changes an item, or shows the form again with the error.
func (s *Server) editItem(c echo.Context) error {
	it, err := s.ownItem(c)
	if err == nil {
		err = s.ParseForm(c)
	}
	if err != nil {
		return err
	}
	p := editPage{
		Title: pages.FormText(c, "title"), Description: pages.FormText(c, "description"), Tags: pages.FormText(c, "tags"),
		Expiration: pages.FormText(c, "expiration"), NSFW: c.FormValue("nsfw") == "1",
	}
	p.Album = pages.FormText(c, "album_id")
	tags := intake.ParseTags(p.Tags)
	edit := library.Edit{Description: &p.Description, Tags: &tags, Album: &p.Album, NSFW: &p.NSFW}
	edit.NewAlbum = strings.TrimSpace(pages.FormText(c, "new_album"))
	if p.Title != it.Title { // an unchanged title may still come from the file
		edit.Title = &p.Title
	}
	if p.Expiration != keepExpiry {
		edit.Expiration = &p.Expiration
	}
	// The form has no field for the category if there are no categories.
	p.Category = it.CategoryID
	if c.Request().Form.Has("category_id") {
		edit.Category = &p.Category
		p.Category, err = intake.ParseCategory(pages.FormText(c, "category_id"))
	}
	p.Visibility = pages.FormText(c, "visibility")
	visibility, visibilityErr := intake.ParseVisibility(p.Visibility)
	if visibility != "" {
		edit.Visibility = &visibility
	}
	err = errors.Join(err, visibilityErr)
	if err == nil {
		edit.Lock, err = s.newLock(c)
	}
	changed := it
	if err == nil {
		changed, err = s.Library.EditItem(c.Request().Context(), s.User(c), it.ID, edit)
	}
	if fault := s.ToAPIError(err); err != nil && fault.Status == http.StatusBadRequest {
		s.LogRefusal(c, fault, err)
		p.Error = s.Catalog(c).ErrorText(fault.Message)
		return s.renderEdit(c, fault.Status, it, p)
	}
	if err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, s.View(c, changed).PathViewer()+fromList(c))
}

// newLock returns the lock that a form asks for: nil for no change.
func (s *Server) newLock(c echo.Context) (*media.Lock, error) {
	password := c.FormValue("password")
	if password == "" && c.FormValue("unlock") != "1" {
		return nil, nil
	}
	l, err := s.Keyring.NewLock(c.Request().Context(), password)
	return &l, err
}

// Visibilities returns the choices of an item's owner.
func (editPage) Visibilities() []string { return visibilityChoices(false) }

// visibilityChoices are the words of the choices, with that of the server or without.
func visibilityChoices(usual bool) (words []string) {
	if usual {
		words = append(words, "")
	}
	for _, v := range media.Visibilities() {
		words = append(words, string(v))
	}
	return words
}

// moveItemToTrash moves an item to the trash, and redirects to the list that the visitor
// comes from, which offers to undo that.
func (s *Server) moveItemToTrash(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	it, err := s.Library.Trash.Move(c.Request().Context(), s.User(c), c.Param("item"))
	if err != nil {
		return err
	}
	return s.tellDone(c, "discard", "restore", media.Selected{Items: []media.Item{it}})
}

func (s *Server) restoreItem(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	it, err := s.Library.Trash.Restore(c.Request().Context(), s.User(c), c.Param("item"))
	if err != nil {
		return err
	}
	return s.tellDone(c, "restore", "discard", media.Selected{Items: []media.Item{it}})
}

// purgeItem deletes an item from the trash for good.
func (s *Server) purgeItem(c echo.Context) error {
	if err := s.Library.Trash.Purge(c.Request().Context(), s.User(c), c.Param("item")); err != nil {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, "/gallery/bin")
}
