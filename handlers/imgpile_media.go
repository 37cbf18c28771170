package handlers

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/form"
	"postern/media"
)

// media is an item as the surface shows one.
func (p *people) media(it media.Item) (object, error) {
	user, err := p.user(it.UserID)
	if err != nil {
		return nil, err
	}
	return object{
		{"id", it.Number}, {"slug", it.ID}, {"filename", it.ID},
		{"title", ownTitle(it)}, {"description", orNull(it.Description)},
		{"type", it.Original.MIME}, {"width", it.Width}, {"height", it.Height},
		{"moderation_status", it.Moderation()}, {"processed", !it.Unprocessed},
		{"created_at", imgpileTime(it.CreatedAt)},
		{"urls", p.mediaURLs(it)}, {"user", user},
	}, nil
}

// ownTitle is the title that the uploader has given, null for none: on this
// surface neither the file nor its name gives one.
func ownTitle(it media.Item) any {
	if !it.Titled {
		return nil
	}
	return orNull(it.Title)
}

// mediaURLs are the addresses of an item's files. A size that would not be
// smaller is the original.
func (p *people) mediaURLs(it media.Item) object {
	base := p.uploadHost(p.c) + "/f/" + it.ID
	original := base + "." + it.Original.Extension()
	urls := object{{"original", original}}
	extension := it.Original.Extension()
	if it.Frame.Exists() {
		extension = "jpg"
	}
	for i, role := range media.AllRenditions() {
		url := original
		if f := it.Renditions[i]; f.Exists() {
			url = base + "_" + string(role) + "." + f.Extension()
		} else if it.Unprocessed && it.Width > media.RenditionWidth(role) {
			url = base + "_" + string(role) + "." + extension
		}
		urls = append(urls, member{string(role), url})
	}
	if it.Kind == media.KindVideo {
		urls = append(urls, member{"thumb", base + "_thumb.jpg"})
	}
	return urls
}

func (p *people) mediaList(items []media.Item) ([]object, error) {
	var data []object
	for _, it := range items {
		o, err := p.media(it)
		if err != nil {
			return nil, err
		}
		data = append(data, o)
	}
	return data, nil
}

func (s *server) imgpileListMedia(c echo.Context) error {
	p := newPager(c, "page", "limit")
	q, err := s.listQuery(c, p)
	if errors.Is(err, fs.ErrNotExist) {
		return s.imgpilePage(c, p, nil, 0)
	}
	if err != nil {
		return err
	}
	return s.answerMediaList(c, p, q)
}

func (s *server) answerMediaList(c echo.Context, p pager, q media.ListQuery) error {
	ctx := c.Request().Context()
	newest, _, err := s.Imgpile.Community.Newest(ctx)
	if err != nil {
		return err
	}
	list, err := paginate(c, &p, q, newest, func(q media.ListQuery) (media.List[media.Item], error) {
		return s.Imgpile.Community.ListItems(ctx, q)
	})
	if err != nil {
		return err
	}
	data, err := s.people(c).mediaList(list.Some)
	if err != nil {
		return err
	}
	return s.imgpilePage(c, p, data, list.Total)
}

func (s *server) imgpileViewMedia(c echo.Context) error {
	it, err := s.Imgpile.Community.Item(c.Request().Context(), imgpileViewer(c), c.Param("slug"))
	if err != nil {
		return err
	}
	o, err := s.people(c).media(it)
	if err != nil {
		return err
	}
	noStore(c)
	return writeJSON(c, http.StatusOK, object{{"data", o}})
}

// imgpileUpload takes a file as the surface's clients send it.
func (s *server) imgpileUpload(c echo.Context) error {
	if s.Imgpile.CDN != "" && originOf(s.Imgpile.CDN) != originOf(s.baseURL(c)) && !s.isCDN(c) {
		return s.answerElsewhere(c)
	}
	caller, err := s.imgpileCallerOfUpload(c)
	if err != nil {
		return err
	}
	leave, err := s.acquire(c)
	if err != nil {
		return err
	}
	defer leave()
	added, err := s.imgpileReceive(c, caller)
	if err != nil {
		return err
	}
	o, err := s.people(c).media(*added.Item)
	if err != nil {
		return err
	}
	noStore(c)
	return writeJSON(c, http.StatusCreated, object{{"message", "Media created successfully"}, {"media", o}})
}

// imgpileCallerOfUpload is who uploads, if quotas leave room.
func (s *server) imgpileCallerOfUpload(c echo.Context) (media.Caller, error) {
	caller, err := imgpileUser(c)
	if err != nil {
		return caller, err
	}
	own, all := &caller.User.Quota.Daily, s.Library.Policy().Quota.Daily
	if most := s.Imgpile.MaxDaily; *own == 0 && most > 0 && (all == 0 || most < all) {
		*own = most
	}
	return caller, s.allowUpload(c, caller)
}

// isCDN reports whether a request came by the upload host.
func (s *server) isCDN(c echo.Context) bool {
	_, host, _ := strings.Cut(originOf(s.Imgpile.CDN), "://")
	return strings.EqualFold(c.Request().Host, host)
}

func (s *server) answerElsewhere(c echo.Context) error {
	noStore(c)
	return writeJSON(c, http.StatusNotFound, object{{"message", "Upload to " + s.Imgpile.CDN + imgpilePath + "/media."}})
}

func (s *server) imgpileReceive(c echo.Context, caller media.Caller) (media.Added, error) {
	up := media.Upload{Caller: caller, Address: network(c), Apart: true}
	defer func() {
		if up.Staged != nil {
			up.Staged.Abort()
		}
	}()
	post, err := s.readImgpileUpload(c, &up)
	if err != nil {
		return media.Added{}, err
	}
	if up.Staged == nil {
		return media.Added{}, invalidField("file", "The file field is required.")
	}
	if post != "" {
		p, err := s.Imgpile.Community.OwnPost(c.Request().Context(), caller, post)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, media.ErrForbidden) {
			return media.Added{}, invalidField("post_id", "The selected post id is invalid.")
		}
		if err != nil {
			return media.Added{}, err
		}
		up.Album = p.Slug
	}
	return s.store(c, up)
}

// readImgpileUpload reads the form; the draft is the caller's to discard, also
// with an error.
func (s *server) readImgpileUpload(c echo.Context, up *media.Upload) (post string, err error) {
	fields := form.NewReader(c.Request(), s.Form)
	defer fields.Close()
	for {
		field, err := fields.Next()
		if err == io.EOF {
			return post, nil
		}
		switch {
		case err != nil:
		case field.Name == "file" && field.IsFile && field.Filename != "":
			if up.Staged != nil {
				up.Staged.Abort()
			}
			up.Filename = media.ClientFilename(field.Filename)
			up.Staged, err = s.Library.Spool(c.Request().Context(), field, s.Imgpile.MaxFile)
		case field.Name == "post_id" && !field.IsFile:
			post, err = field.String(s.MaxField)
			post = strings.TrimFunc(post, isBlank)
		}
		if err != nil {
			return "", err
		}
	}
}

// ownMedia returns an item that the caller may change.
func (s *server) ownMedia(c echo.Context) (media.Caller, media.Item, error) {
	caller, err := imgpileUser(c)
	if err != nil {
		return caller, media.Item{}, err
	}
	it, err := s.Imgpile.Community.OwnItem(c.Request().Context(), caller, c.Param("slug"))
	return caller, it, err
}

func (s *server) imgpileEditMedia(c echo.Context) error {
	caller, it, err := s.ownMedia(c)
	if err != nil {
		return err
	}
	in, err := s.readInput(c)
	if err != nil {
		return err
	}
	var v invalid
	edit := media.Edit{
		Title: in.text(&v, "title", media.MaxMediaTitle), Description: in.prose(&v, "description", media.MaxDescription),
	}
	if err := v.orNil(); err != nil {
		return err
	}
	if _, err := s.Library.EditItem(c.Request().Context(), caller, it.ID, edit); err != nil {
		return err
	}
	return say(c, http.StatusOK, "Media updated successfully")
}

func (s *server) imgpileDeleteMedia(c echo.Context) error {
	_, it, err := s.ownMedia(c)
	if err != nil {
		return err
	}
	if err := s.Library.Delete(c.Request().Context(), it.ID); err != nil {
		return err
	}
	return say(c, http.StatusOK, "Media deleted successfully.")
}

// say answers with a message alone.
func say(c echo.Context, status int, message string) error {
	noStore(c)
	return writeJSON(c, status, object{{"message", message}})
}

// imgpileFile serves an item's file by the surface's name for it.
func (s *server) imgpileFile(c echo.Context) error {
	name, _, _ := strings.Cut(c.Param("name"), ".")
	id, size, _ := strings.Cut(name, "_")
	if !media.ValidID(id) {
		return errNotFound
	}
	v, err := s.viewer(c)
	if err != nil {
		return err
	}
	it, err := s.Library.Item(c.Request().Context(), v, id)
	if err != nil {
		return err
	}
	role, lasting, err := sizedFile(it, size)
	if err != nil {
		return err
	}
	caching := uncached
	if lasting {
		caching = cacheControl(it, s.Library.Now())
	}
	return s.serveItemFile(c, it, role, caching)
}

// sizedFile returns the role of the file that answers for a size of an item, ""
// for the original, and whether it always will. Until a size is made, what is
// larger stands in for it.
func sizedFile(it media.Item, size string) (role media.Role, lasting bool, err error) {
	wanted := media.Role(size)
	switch {
	case size == "thumb" && it.Frame.Exists():
		return media.RoleThumb, true, nil
	case size == "", size == "thumb":
		return media.RoleOriginal, true, nil
	case media.RenditionWidth(wanted) == 0:
		return "", false, errNotFound
	case it.File(wanted).Exists():
		return wanted, true, nil
	}
	lasting = !it.Unprocessed || it.Width <= media.RenditionWidth(wanted)
	if it.Frame.Exists() {
		return media.RoleFrame, lasting, nil
	}
	return media.RoleOriginal, lasting, nil
}
