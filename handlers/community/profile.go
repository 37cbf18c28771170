package community

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"postern/handlers/pages"
	"postern/handlers/present"
	"postern/media"
)

const profilePageItems = 30

// profilePage is the data of the template of a user's page.
type profilePage struct {
	Name, Path, URL              string
	Avatar                       string // URL; "" for none
	Since                        time.Time
	Tab                          string // posts, media, followers or following
	Posts                        []postCard
	Items                        []pages.Card
	Bar                          pages.Bar
	People                       []person
	Newer, Older                 string // URLs of the pages beside this one; "" for none
	PostCount, MediaCount        int
	FollowerCount, FollowedCount int
	Self, Guest, Followed        bool // the visitor is the user, is a guest, follows the user
}

// postCard is a post in a list.
type postCard struct {
	Title, Path, Cover string
	Score              int64
	Items              int64
	NSFW               bool
}

// person is a user in a list.
type person struct{ Name, Path string }

// viewProfile shows what a user has published.
func (s *Server) viewProfile(c echo.Context) error {
	u, err := s.Community.UserNamed(c.Request().Context(), c.Param("user"))
	if err != nil {
		return err
	}
	caller := s.User(c)
	p := profilePage{
		Name: u.Name, Avatar: s.AvatarURL(c, u.Avatar), Path: s.At(present.ProfilePath(u.Name)), URL: s.SiteURL(c) + present.ProfilePath(u.Name), Since: u.CreatedAt.In(s.Location),
		Tab: c.QueryParam("tab"), Self: u.ID == caller.User.ID, Guest: caller.User.ID == 0,
	}
	if err := s.fillProfile(c, u, &p); err != nil {
		return err
	}
	return s.Render(c, http.StatusOK, "profile", u.Name, p)
}

// fillProfile counts all four lists and reads a page of the chosen one.
func (s *Server) fillProfile(c echo.Context, u media.User, p *profilePage) (err error) {
	ctx, community, v := c.Request().Context(), s.Community, s.SignedIn(c)
	at := pages.PageNumber(c, "page")
	offset := func(tab string) (int, int) {
		if p.Tab == tab {
			return (at - 1) * profilePageItems, profilePageItems
		}
		return 0, 0
	}
	total := &p.PostCount
	switch p.Tab {
	case "media":
		total = &p.MediaCount
	case "followers":
		total = &p.FollowerCount
	case "following":
		total = &p.FollowedCount
	default:
		p.Tab = "posts"
	}
	q := media.ListQuery{UserID: u.ID, NSFW: true}
	q.Offset, q.Limit = offset("posts")
	posts, err := community.ListPosts(ctx, v, q)
	if err != nil {
		return err
	}
	q.Offset, q.Limit = offset("media")
	items, err := community.ListItems(ctx, q)
	if err != nil {
		return err
	}
	start, limit := offset("followers")
	followers, err := community.Followers(ctx, u, start, limit)
	if err != nil {
		return err
	}
	start, limit = offset("following")
	followed, err := community.Following(ctx, u, start, limit)
	if err != nil {
		return err
	}
	p.PostCount, p.MediaCount, p.FollowerCount, p.FollowedCount = posts.Total, items.Total, followers.Total, followed.Total
	for _, it := range items.Some {
		one := pages.NewCard(s.View(c, it))
		one.Page += "?list=" + url.QueryEscape(pages.Here(c))
		p.Items = append(p.Items, one)
	}
	if p.Tab == "media" {
		p.Bar = pages.Bar{
			Kind: "seen", List: c.Request().URL.EscapedPath() + "?tab=media", Back: pages.Here(c), Total: min(items.Total, media.MaxSelection), Most: items.Total > media.MaxSelection,
		}
	}
	for _, other := range append(followers.Some, followed.Some...) {
		p.People = append(p.People, person{other.Name, s.At(present.ProfilePath(other.Name))})
	}
	if p.Posts, err = s.postCards(c, v, posts.Some); err != nil {
		return err
	}
	if at > 1 {
		p.Newer = s.NumberedPage(c, "page", at-1)
	}
	if at*profilePageItems < *total {
		p.Older = s.NumberedPage(c, "page", at+1)
	}
	p.Followed, err = community.Follows(ctx, v.Caller, u)
	return err
}

func (s *Server) postCards(c echo.Context, v media.Viewer, posts []media.Post) (cards []postCard, err error) {
	items, err := s.Community.FirstItems(c.Request().Context(), v, posts)
	if err != nil {
		return nil, err
	}
	for _, post := range posts {
		one := postCard{
			Title: post.DisplayTitle(), Path: s.At(present.AlbumPath(post.Album)), Score: post.Score, Items: post.Items,
			NSFW: post.Adult(),
		}
		if it, ok := items[post.ID]; ok {
			one.Cover = s.View(c, it).URL(it.Thumb)
		}
		cards = append(cards, one)
	}
	return cards, nil
}

// follow follows or unfollows a user.
func (s *Server) follow(c echo.Context) error {
	if err := s.ParseForm(c); err != nil {
		return err
	}
	change := s.Community.Follow
	if c.FormValue("follow") == "0" {
		change = s.Community.Unfollow
	}
	err := change(c.Request().Context(), s.User(c), c.Param("user"))
	if err != nil && !errors.Is(err, media.ErrFollowing) && !errors.Is(err, media.ErrSelf) {
		return err
	}
	return s.Redirect(c, http.StatusSeeOther, present.ProfilePath(c.Param("user")))
}
