package imgpile

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"postern/handlers/site"
	"postern/media"
	"postern/media/library"
)

// media returns the object of an item.
func (p *presenter) media(it media.Item) (site.Object, error) {
	user, err := p.user(it.UserID)
	if err != nil {
		return nil, err
	}
	return site.Object{
		{"id", it.Number}, {"slug", it.ID}, {"filename", it.ID},
		{"title", ownTitle(it)}, {"description", site.OrNull(it.Description)},
		{"type", it.Original.MIME}, {"width", it.Width}, {"height", it.Height},
		{"moderation_status", it.Moderation()}, {"processed", !it.Unprocessed},
		{"created_at", formatTime(it.CreatedAt)},
		{"urls", p.mediaURLs(it)}, {"user", user},
	}, nil
}

// ownTitle returns the title that the uploader gave, or null. This surface takes
// no title from the file or its name.
func ownTitle(it media.Item) any {
	if !it.Titled {
		return nil
	}
	return site.OrNull(it.Title)
}

// mediaURLs returns the URLs of an item's files. A rendition that would not be
// smaller has the URL of the original.
func (p *presenter) mediaURLs(it media.Item) site.Object {
	base := p.UploadHost(p.c) + "/f/" + it.ID
	original := base + "." + it.Original.Extension()
	urls := site.Object{{"original", original}}
	source := it.Original
	if it.Frame.Exists() {
		source = it.Frame
	}
	extension := media.RenditionExtension(source.MIME)
	for i, role := range media.AllRenditions() {
		url := original
		if f := it.Renditions[i]; f.Exists() {
			url = base + "_" + string(role) + "." + f.Extension()
		} else if it.Unprocessed && it.Width > media.RenditionWidth(role) {
			url = base + "_" + string(role) + "." + extension
		}
		urls = append(urls, site.Member{string(role), url})
	}
	if it.Kind == media.KindVideo {
		urls = append(urls, site.Member{"thumb", base + "_thumb." + media.RenditionExtension(it.Thumb.MIME)})
	}
	return urls
}

func (p *presenter) mediaList(items []media.Item) ([]site.Object, error) {
	var data []site.Object
	for _, it := range items {
		o, err := p.media(it)
		if err != nil {
			return nil, err
		}
		data = append(data, o)
	}
	return data, nil
}

func (s *Server) answerMediaList(c echo.Context, p pager, q media.ListQuery) error {
	ctx := c.Request().Context()
	newest, _, err := s.Community.Newest(ctx)
	if err != nil {
		return err
	}
	list, err := paginate(c, &p, q, newest, func(q media.ListQuery) (media.List[media.Item], error) {
		return s.Community.ListItems(ctx, q)
	})
	if err != nil {
		return err
	}
	data, err := s.presenter(c).mediaList(list.Some)
	if err != nil {
		return err
	}
	return s.answerPage(c, p, data, list.Total)
}

func (s *Server) viewMedia(c echo.Context) error {
	it, err := s.Community.Item(c.Request().Context(), viewerOf(c), c.Param("item"))
	if err != nil {
		return err
	}
	o, err := s.presenter(c).media(it)
	if err != nil {
		return err
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusOK, site.Object{{"data", o}})
}

// ownMedia returns an item that the caller may change.
func (s *Server) ownMedia(c echo.Context) (media.Caller, media.Item, error) {
	caller, err := requireUser(c)
	if err != nil {
		return caller, media.Item{}, err
	}
	it, err := s.Community.OwnItem(c.Request().Context(), caller, c.Param("item"))
	return caller, it, err
}

func (s *Server) editMedia(c echo.Context) error {
	caller, it, err := s.ownMedia(c)
	if err != nil {
		return err
	}
	in, err := s.readInput(c)
	if err != nil {
		return err
	}
	var v invalid
	edit := library.Edit{
		Title: in.text(&v, "title", media.MaxMediaTitle), Description: in.prose(&v, "description", media.MaxDescription),
	}
	if err := v.orNil(); err != nil {
		return err
	}
	if _, err := s.Library.EditItem(c.Request().Context(), caller, it.ID, edit); err != nil {
		return err
	}
	return answerMessage(c, http.StatusOK, "Media updated successfully")
}

func (s *Server) deleteMedia(c echo.Context) error {
	caller, it, err := s.ownMedia(c)
	if err != nil {
		return err
	}
	if err := s.Library.DeleteBy(c.Request().Context(), caller, it); err != nil {
		return err
	}
	return answerMessage(c, http.StatusOK, "Media deleted successfully.")
}

// answerMessage answers with a message and nothing else.
func answerMessage(c echo.Context, status int, message string) error {
	site.NoStore(c)
	return site.WriteJSON(c, status, site.Object{{"message", message}})
}
