package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

const (
	postPageItems    = 20
	postPageComments = 100
)

// postPage is the data of the template of a post.
type postPage struct {
	media.Post
	Path, URL    string // the URL with the key of a private post
	Key          string // access key in the request
	UserPath     string
	Date         time.Time
	Veiled       bool // adult, and the visitor has not asked to see it yet
	Media        []itemPage
	Cover        string // URL of an image for other sites; "" for none
	Newer, Older string // URLs of the pages of media beside this one; "" for none
	Comments     []comment
	CommentCount int
	More         string // URL of the next page of comments; "" for none
	Own, Guest   bool
	Error        string
	Typed        string // a comment that was refused
}

// Visibilities returns the choices of the form.
func (postPage) Visibilities() []media.Visibility {
	return media.Visibilities()
}

// comment is a comment on a page.
type comment struct {
	media.Comment
	UserPath string
	Date     time.Time
	Depth    int // 0 to 3, as an answer to an answer
	Own      bool
}

// viewPost shows a post and counts the visit.
func (s *Server) viewPost(c echo.Context) error {
	post, err := s.pathPost(c)
	if err != nil {
		return err
	}
	if c.Request().Method == http.MethodGet && !s.User(c).Owns(post.UserID) {
		s.ViewCounter.Post(post.ID)
		post.Views++
	}
	return s.renderPost(c, http.StatusOK, postPage{Post: post})
}

// pathPost returns the post that the path names if the visitor may see it.
func (s *Server) pathPost(c echo.Context) (media.Post, error) {
	if _, err := s.SessionCaller(c); err != nil {
		return media.Post{}, err
	}
	return s.Community.Post(c.Request().Context(), s.SignedIn(c), c.Param("post"))
}

func (s *Server) renderPost(c echo.Context, status int, p postPage) error {
	caller := s.User(c)
	p.Key, p.Own, p.Guest = site.AccessKey(c), p.UserID == caller.User.ID && p.UserID != 0, caller.User.ID == 0
	p.Path, p.UserPath = s.At(present.PostPath(p.Slug)), s.At(present.ProfilePath(p.UserName))
	p.URL = s.SiteURL(c) + present.PostPath(p.Slug) + present.KeyQuery("?", p.Key)
	if p.Own {
		p.URL = s.SiteURL(c) + present.PostPath(p.Slug) + present.KeyQuery("?", p.AccessKey)
	}
	p.Date = p.CreatedAt.In(s.Location)
	p.Veiled = p.Adult() && c.QueryParam("show") != "1" && !p.Own
	if err := s.fillMedia(c, &p); err != nil {
		return err
	}
	if err := s.fillComments(c, &p); err != nil {
		return err
	}
	if !p.InLists() {
		c.Response().Header().Set("X-Robots-Tag", "noindex")
	}
	return s.render(c, status, "post", p.DisplayTitle(), p)
}

// fillMedia reads a page of the post's media. A veiled post shows none.
func (s *Server) fillMedia(c echo.Context, p *postPage) error {
	if p.Veiled {
		return nil
	}
	at := pageNumber(c, "page")
	list, err := s.Community.PostItems(c.Request().Context(), s.SignedIn(c), p.Post, (at-1)*postPageItems, postPageItems)
	if err != nil {
		return err
	}
	for _, it := range list.Some {
		v := s.View(c, it)
		p.Media = append(p.Media, newItemPage(v))
		if p.Cover == "" && !it.Adult() && !p.IsPrivate() {
			p.Cover = v.ImageURL()
		}
	}
	if at > 1 {
		p.Newer = s.numberedPage(c, "page", at-1)
	}
	if at*postPageItems < list.Total {
		p.Older = s.numberedPage(c, "page", at+1)
	}
	return nil
}

func (s *Server) fillComments(c echo.Context, p *postPage) error {
	at := pageNumber(c, "comments")
	list, err := s.Community.PostComments(c.Request().Context(), s.SignedIn(c), p.Post, (at-1)*postPageComments, postPageComments)
	if err != nil {
		return err
	}
	p.CommentCount = list.Total
	p.Comments = s.threads(s.User(c), list.Some)
	if at*postPageComments < list.Total {
		p.More = s.numberedPage(c, "comments", at+1) + "#comments"
	}
	return nil
}

// threads orders comments so that answers follow the comment that they answer.
func (s *Server) threads(caller media.Caller, comments []media.Comment) (ordered []comment) {
	here := make(map[int64]bool)
	answers := make(map[int64][]media.Comment)
	for _, one := range comments {
		here[one.ID] = true
		parent := one.ParentID
		if !here[parent] {
			parent = 0 // on another page
		}
		answers[parent] = append(answers[parent], one)
	}
	var add func(parent int64, depth int)
	add = func(parent int64, depth int) {
		for _, one := range answers[parent] {
			ordered = append(ordered, comment{
				Comment: one, UserPath: s.At(present.ProfilePath(one.UserName)), Date: one.CreatedAt.In(s.Location), Depth: min(depth, 3),
				Own: caller.MayChange(one.UserID),
			})
			add(one.ID, depth+1)
		}
	}
	add(0, 0)
	return ordered
}

// pageNumber reads the number of a page from a parameter; 1 if it is missing or wrong.
func pageNumber(c echo.Context, name string) int {
	n, err := strconv.Atoi(c.QueryParam(name))
	if err != nil || n < 1 || n > 1e6 {
		return 1
	}
	return n
}

// numberedPage returns the request's own URL with another page number in it.
func (s *Server) numberedPage(c echo.Context, name string, n int) string {
	u := *c.Request().URL
	q := u.Query()
	q.Set(name, strconv.Itoa(n))
	u.RawQuery = q.Encode()
	return s.At(u.RequestURI())
}
