package imgpile

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"postern/handlers/intake"
	"postern/handlers/site"
	"postern/media"
)

// post returns the object of a post, without its media. Only the owner sees the
// visibility and the access key.
func (p *presenter) post(caller media.Caller, post media.Post) site.Object {
	o := site.Object{
		{"id", post.ID}, {"slug", post.Slug},
		{"title", site.OrNull(post.Title)}, {"description", site.OrNull(post.Description)},
		{"score", post.Score}, {"view_count", post.Views}, {"media_count", post.ItemsFor(media.Viewer{Caller: caller})},
		{"moderation_status", post.Moderation},
		{"isUpvotedByUser", post.Vote > 0}, {"isDownvotedByUser", post.Vote < 0},
		{"tags", orEmpty(post.Tags)},
		{"created_at", formatTime(post.CreatedAt)}, {"user", p.userObject(p.c, post.UserName, post.UserAvatar)},
	}
	if caller.User.ID == post.UserID {
		o = append(o, site.Member{"visibility", post.Visibility}, site.Member{"access_key", site.OrNull(post.AccessKey)})
	}
	return o
}

func (p *presenter) postList(v media.Viewer, posts []media.Post) ([]site.Object, error) {
	items, err := p.Community.FirstItems(p.c.Request().Context(), v, posts)
	if err != nil {
		return nil, err
	}
	var data []site.Object
	for _, post := range posts {
		var first any
		if it, ok := items[post.ID]; ok {
			if first, err = p.media(it); err != nil {
				return nil, err
			}
		}
		data = append(data, append(p.post(v.Caller, post), site.Member{"first_media", first}))
	}
	return data, nil
}

func (s *Server) answerPostList(c echo.Context, p pager, q media.ListQuery) error {
	ctx := c.Request().Context()
	v := viewerOf(c)
	_, newest, err := s.Community.Newest(ctx)
	if err != nil {
		return err
	}
	list, err := paginate(c, &p, q, newest, func(q media.ListQuery) (media.List[media.Post], error) {
		return s.Community.ListPosts(ctx, v, q)
	})
	if err != nil {
		return err
	}
	data, err := s.presenter(c).postList(v, list.Some)
	if err != nil {
		return err
	}
	return s.answerPage(c, p, data, list.Total)
}

func (s *Server) viewPost(c echo.Context) error {
	ctx := c.Request().Context()
	v := viewerOf(c)
	post, err := s.Community.Post(ctx, v, c.Param("post"))
	if err != nil {
		return err
	}
	at := newPager(c, "mediaPage", "perPage")
	items, err := s.Community.PostItems(ctx, v, post, at.offset(), at.limit)
	if err != nil {
		return err
	}
	present := s.presenter(c)
	data, err := present.mediaList(items.Some)
	if err != nil {
		return err
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusOK, site.Object{
		{"data", append(present.post(v.Caller, post), site.Member{"media", orEmpty(data)})},
	})
}

// ownItems reads the numbers of media in a list. A number that comes twice counts once.
func (s *Server) ownItems(c echo.Context, caller media.Caller, v *invalid, name string, list []any) (numbers []int64) {
	if tooMany(v, name, len(list), media.MaxPostItems) {
		return nil
	}
	seen := make(map[int64]bool)
	for i, value := range list {
		field := fmt.Sprintf("%s.%d", name, i)
		number, ok := wholeNumber(value)
		if !ok {
			v.add(field, "The "+field+" field must be an integer.")
			continue
		}
		if !seen[number] {
			numbers = append(numbers, number)
		}
		seen[number] = true
	}
	return numbers
}

// mediaError translates the error of adding media to a post: it names the fields of
// those that cannot be added.
func mediaError(err error, numbers []int64) error {
	var elsewhere *media.InPostError
	if errors.As(err, &elsewhere) {
		var v invalid
		for i, number := range numbers {
			if slug, ok := elsewhere.Posts[number]; ok {
				v.add(fmt.Sprintf("media_ids.%d", i), fmt.Sprintf("The media %d is in another post, %s.", number, slug))
			}
		}
		return &v
	}
	if errors.Is(err, fs.ErrNotExist) {
		return invalidField("media_ids", "The selected media ids is invalid.")
	}
	return err
}

func (s *Server) createPost(c echo.Context) error {
	caller, err := requireUser(c)
	if err != nil {
		return err
	}
	in, err := s.readInput(c)
	if err != nil {
		return err
	}
	var v invalid
	list, _ := in.list(&v, "media_ids")
	if len(list) == 0 && len(v.fields) == 0 {
		v.add("media_ids", "The media ids field is required.")
	}
	numbers := s.ownItems(c, caller, &v, "media_ids", list)
	if err := v.orNil(); err != nil {
		return err
	}
	post, err := s.Community.NewPost(c.Request().Context(), caller, numbers)
	if err != nil {
		return mediaError(err, numbers)
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusCreated, site.Object{
		{"message", "Post created successfully"}, {"post", site.Object{{"id", post.ID}, {"slug", post.Slug}}},
	})
}

func (s *Server) editPost(c echo.Context) error {
	ctx := c.Request().Context()
	caller, err := requireUser(c)
	if err != nil {
		return err
	}
	post, err := s.Community.OwnPost(ctx, caller, c.Param("post"))
	if err != nil {
		return err
	}
	in, err := s.readInput(c)
	if err != nil {
		return err
	}
	change, err := s.readPostChange(c, caller, post, in)
	if err != nil {
		return err
	}
	post, err = s.Community.ChangePost(ctx, caller, post.Slug, change)
	if err != nil {
		return mediaError(err, change.Add)
	}
	answer := site.Object{{"message", "Post updated successfully"}}
	if change.Visibility != nil {
		answer = append(answer, site.Member{"visibility", post.Visibility}, site.Member{"access_key", site.OrNull(post.AccessKey)})
	}
	site.NoStore(c)
	return site.WriteJSON(c, http.StatusOK, answer)
}

// maxPostTag is the longest tag of a post, in characters.
const maxPostTag = 32

func (s *Server) readPostChange(c echo.Context, caller media.Caller, post media.Post, in input) (media.PostChange, error) {
	var v invalid
	change := media.PostChange{
		Title: in.text(&v, "title", media.MaxPostTitle), Description: in.prose(&v, "description", media.MaxDescription),
		NSFW: in.boolean(&v, "is_nsfw"), Tags: in.texts(&v, "tags", maxPostTag),
	}
	if change.Tags != nil {
		*change.Tags = intake.ParseTags(strings.Join(*change.Tags, ","))
	}
	if change.Tags != nil {
		tooMany(&v, "tags", len(*change.Tags), intake.MaxPostTags)
	}
	if text := in.text(&v, "visibility", 16); text != nil {
		visibility := media.Visibility(*text)
		if !slices.Contains(media.Visibilities(), visibility) {
			v.add("visibility", "The selected visibility is invalid.")
		}
		change.Visibility = &visibility
	}
	list, _ := in.list(&v, "media_ids")
	change.Add = s.ownItems(c, caller, &v, "media_ids", list)
	order, err := s.readOrder(c, caller, post, in, &v)
	change.Order = order
	if err == nil {
		err = v.orNil()
	}
	return change, err
}

// readOrder returns the numbers of the media whose slugs media_order lists.
func (s *Server) readOrder(c echo.Context, caller media.Caller, post media.Post, in input, v *invalid) ([]int64, error) {
	slugs := in.texts(v, "media_order", 16)
	if slugs == nil {
		return nil, nil
	}
	if tooMany(v, "media_order", len(*slugs), media.MaxPostItems) {
		return nil, nil
	}
	numbers, err := s.Community.PostNumbers(c.Request().Context(), media.Viewer{Caller: caller}, post, *slugs)
	if err != nil {
		return nil, err
	}
	var order []int64
	for i, slug := range *slugs {
		number, ok := numbers[slug]
		if !ok {
			v.add("media_order."+strconv.Itoa(i), fmt.Sprintf("The selected media_order.%d is invalid.", i))
		}
		delete(numbers, slug) // given twice it is invalid
		order = append(order, number)
	}
	return order, nil
}

func (s *Server) deletePost(c echo.Context) error {
	caller, err := requireUser(c)
	if err != nil {
		return err
	}
	if err := s.Community.DeletePost(c.Request().Context(), caller, c.Param("post")); err != nil {
		return err
	}
	return answerMessage(c, http.StatusOK, "Post deleted successfully")
}

// votes are the words for votes in messages.
var votes = map[int]string{1: "upvoted", -1: "downvoted"}

func (s *Server) votePost(value int) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := requireUser(c); err != nil {
			return err
		}
		score, err := s.Community.VotePost(c.Request().Context(), viewerOf(c), c.Param("post"), value)
		if err != nil {
			return err
		}
		site.NoStore(c)
		return site.WriteJSON(c, http.StatusOK, site.Object{{"message", "Post " + votes[value] + " successfully"}, {"score", score}})
	}
}
