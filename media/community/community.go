// Package community has posts, comments, votes and follows.
package community

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"postern/media"
	"postern/media/library"
)

// Community has posts, comments, votes and follows. It applies the rule of
// media/visibility.go: a viewer who must not know of something gets fs.ErrNotExist. It is
// safe for concurrent use.
type Community struct {
	database media.CommunityRecords
	accounts media.Accounts
	library  *library.Library
}

// New returns the community around a library's items.
func New(database media.CommunityRecords, accounts media.Accounts, library *library.Library) *Community {
	return &Community{database: database, accounts: accounts, library: library}
}

// Item returns an item that the viewer may see. An item of a private post needs the
// post's key.
func (m *Community) Item(ctx context.Context, v media.Viewer, id string) (media.Item, error) {
	it, err := m.library.Item(ctx, v, id)
	if err != nil || it.AlbumID == 0 {
		return it, err
	}
	a, err := m.accounts.Album(ctx, it.AlbumID)
	if err == nil {
		err = m.library.Rule().ItemOf(v, &it, a)
	}
	if err != nil {
		return media.Item{}, fmt.Errorf("item %s: %w", id, err)
	}
	return it, nil
}

// OwnItem returns an item that belongs to the caller. The error wraps ErrForbidden if it
// belongs to another user and the caller may see it.
func (m *Community) OwnItem(ctx context.Context, by media.Caller, id string) (media.Item, error) {
	it, err := m.Item(ctx, media.Viewer{Caller: by}, id)
	if err == nil && !by.Owns(it.UserID) {
		err = fmt.Errorf("item %s: %w", id, media.ErrForbidden)
	}
	return it, err
}

// Post returns the post with a slug, or a number in decimal, if the viewer may see it.
// The error wraps ErrForbidden for the slug of a private post without its key. With
// ErrLocked, the post has its slug alone, so that somebody can ask for the password.
func (m *Community) Post(ctx context.Context, v media.Viewer, name string) (media.Post, error) {
	r := m.library.Rule()
	p, err := m.database.PostBySlug(ctx, name, v.User.ID, r.Now)
	if err == nil {
		err = r.Album(v, p.Album, p.Moderation)
	} else if errors.Is(err, fs.ErrNotExist) {
		p, err = m.numberedPost(ctx, r, v, name, err)
	}
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, media.ErrLocked):
		p = media.Post{Album: media.Album{Slug: p.Slug}}
	default:
		p = media.Post{}
	}
	return p, fmt.Errorf("post %s: %w", name, err)
}

// numberedPost is Post for a number; what is none keeps the error.
func (m *Community) numberedPost(ctx context.Context, r media.Rule, v media.Viewer, name string, none error) (media.Post, error) {
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return media.Post{}, none
	}
	p, err := m.database.PostByID(ctx, id, v.User.ID, r.Now)
	if err == nil {
		err = r.NumberedPost(v, &p)
	}
	return p, err
}

// OwnPost returns a post that the caller may change.
func (m *Community) OwnPost(ctx context.Context, by media.Caller, name string) (media.Post, error) {
	p, err := m.Post(ctx, media.Viewer{Caller: by}, name)
	if err == nil && !by.Owns(p.UserID) {
		err = fmt.Errorf("post %s: %w", name, media.ErrForbidden)
	}
	return p, err
}

// NewPost creates a public post with items of the caller.
func (m *Community) NewPost(ctx context.Context, caller media.Caller, items []int64) (media.Post, error) {
	p := media.Post{
		Album:    media.Album{UserID: caller.User.ID, CreatedAt: m.library.Now().UTC().Truncate(time.Second), Visibility: media.Public},
		UserName: caller.User.Name,
	}
	for {
		p.Slug = media.NewID()
		err := m.database.InsertPost(ctx, &p, items)
		if !errors.Is(err, media.ErrIDTaken) {
			return p, err
		}
	}
}

// ChangePost changes a post of the caller. A private post gets an access key; any other
// visibility removes the key.
func (m *Community) ChangePost(ctx context.Context, caller media.Caller, name string, change media.PostChange) (media.Post, error) {
	p, err := m.OwnPost(ctx, caller, name)
	if err != nil {
		return media.Post{}, err
	}
	if d := change.Description; d != nil && len(*d) > media.MaxDescription {
		return media.Post{}, media.ErrLongDescription
	}
	change.AccessKey = media.AccessKeyFor(p.Album, change.Visibility)
	if err := m.database.UpdatePost(ctx, p.ID, change); err != nil {
		return media.Post{}, err
	}
	return m.database.PostByID(ctx, p.ID, caller.User.ID, m.library.Now())
}

// DeletePost deletes a post of the caller with its comments and votes. Its items stay,
// and what its password closed becomes private.
// Items of a post that was not public stay out of lists.
func (m *Community) DeletePost(ctx context.Context, caller media.Caller, name string) error {
	p, err := m.OwnPost(ctx, caller, name)
	if err != nil {
		return err
	}
	return m.accounts.DeleteAlbum(ctx, p.ID)
}

// PostItems returns a part of the list of a post's items that the viewer may see.
func (m *Community) PostItems(ctx context.Context, v media.Viewer, p media.Post, offset, limit int) (media.List[media.Item], error) {
	return m.database.PostItems(ctx, p.ID, m.library.Rule().Filter(v, p.UserID), offset, limit)
}

// PostNumbers returns the numbers of a post's items with these IDs, by ID, without items
// that the viewer may not see.
func (m *Community) PostNumbers(ctx context.Context, v media.Viewer, p media.Post, ids []string) (map[string]int64, error) {
	return m.database.PostNumbers(ctx, p.ID, m.library.Rule().Filter(v, p.UserID), ids)
}

// FirstItems returns the first item of each post that the viewer may see, by the post's
// ID. Some posts may have none.
func (m *Community) FirstItems(ctx context.Context, v media.Viewer, posts []media.Post) (map[int64]media.Item, error) {
	r := m.library.Rule()
	filters := make(map[int64]media.Filter, len(posts))
	for _, p := range posts {
		filters[p.ID] = r.Filter(v, p.UserID)
	}
	return m.database.FirstItems(ctx, filters, r.Now)
}

// ListItems returns a part of the public list of items.
func (m *Community) ListItems(ctx context.Context, q media.ListQuery) (media.List[media.Item], error) {
	q.Now = m.library.Now()
	return m.database.ListItems(ctx, q)
}

// ListPosts returns a part of the public list of posts.
func (m *Community) ListPosts(ctx context.Context, v media.Viewer, q media.ListQuery) (media.List[media.Post], error) {
	q.Now = m.library.Now()
	return m.database.ListPosts(ctx, q, v.User.ID)
}

// Newest returns the largest numbers so far, 0 if there are none.
func (m *Community) Newest(ctx context.Context) (item, post int64, err error) {
	return m.database.Newest(ctx)
}

// PostComments returns a part of the comments of a post, which must come from Post.
func (m *Community) PostComments(ctx context.Context, v media.Viewer, p media.Post, offset, limit int) (media.List[media.Comment], error) {
	return m.database.PostComments(ctx, p.ID, v.User.ID, offset, limit)
}

// UserComments returns a part of a user's comments on posts in public lists.
func (m *Community) UserComments(ctx context.Context, v media.Viewer, u media.User, offset, limit int) (media.List[media.Comment], error) {
	return m.database.UserComments(ctx, u.ID, v.User.ID, m.library.Now(), offset, limit)
}

// AddComment adds a comment to a post, which must come from Post. parent is the comment
// that it answers, 0 for none. The error wraps fs.ErrNotExist if the post has no such
// comment.
func (m *Community) AddComment(ctx context.Context, caller media.Caller, p media.Post, content string, parent int64) (media.Comment, error) {
	c := media.Comment{
		PostID: p.ID, UserID: caller.User.ID, UserName: caller.User.Name, UserAvatar: caller.User.Avatar, ParentID: parent,
		Content: content, CreatedAt: m.library.Now().UTC().Truncate(time.Second),
	}
	return c, m.database.InsertComment(ctx, &c)
}

// comment returns a comment that the viewer may see; slug is that of its post,
// or "" if the viewer has not named it.
func (m *Community) comment(ctx context.Context, v media.Viewer, slug string, id int64) (media.Comment, error) {
	c, err := m.database.Comment(ctx, id, v.User.ID)
	if err != nil {
		return media.Comment{}, err
	}
	r := m.library.Rule()
	p, err := m.database.PostByID(ctx, c.PostID, v.User.ID, r.Now)
	if err == nil {
		err = r.Comment(v, &p, slug)
	}
	if err != nil {
		return media.Comment{}, fmt.Errorf("comment %d: %w", id, err)
	}
	return c, nil
}

// DeleteComment deletes a comment of the caller with its answers. Admins may delete any.
// The error wraps ErrForbidden for another user's comment that the viewer may see.
func (m *Community) DeleteComment(ctx context.Context, v media.Viewer, slug string, id int64) error {
	c, err := m.database.Comment(ctx, id, v.User.ID)
	if err == nil && !v.MayChange(c.UserID) {
		if _, err = m.comment(ctx, v, slug, id); err == nil {
			err = fmt.Errorf("comment %d: %w", id, media.ErrForbidden)
		}
	}
	if err != nil {
		return err
	}
	if v.ActsFor(c.UserID) {
		ctx = media.AuditEach(ctx, v.Caller, m.library.Now(), "comment.delete", strconv.FormatInt(id, 10))
	}
	return m.database.DeleteComment(ctx, id)
}

// VotePost sets the viewer's vote, 1 or -1, takes it back if it is set already, and
// returns the score.
func (m *Community) VotePost(ctx context.Context, v media.Viewer, name string, value int) (int64, error) {
	p, err := m.Post(ctx, v, name)
	if err != nil {
		return 0, err
	}
	return m.database.VotePost(ctx, p.ID, v.User.ID, value)
}

// VoteComment is VotePost for a comment. slug is that of its post, "" if the viewer did
// not name it.
func (m *Community) VoteComment(ctx context.Context, v media.Viewer, slug string, id int64, value int) (int64, error) {
	c, err := m.comment(ctx, v, slug, id)
	if err != nil {
		return 0, err
	}
	return m.database.VoteComment(ctx, c.ID, v.User.ID, value)
}

// User returns a user.
func (m *Community) User(ctx context.Context, id int64) (media.User, error) {
	return m.accounts.User(ctx, id)
}

// UserNamed returns the user with a name. Who waits for an admin's approval is none yet.
func (m *Community) UserNamed(ctx context.Context, name string) (media.User, error) {
	u, err := m.accounts.UserNamed(ctx, name)
	if err == nil && !u.Public() {
		return media.User{}, fmt.Errorf("user %s waits for approval: %w", name, fs.ErrNotExist)
	}
	return u, err
}

// Followers returns a part of the list of a user's followers.
func (m *Community) Followers(ctx context.Context, u media.User, offset, limit int) (media.List[media.User], error) {
	return m.database.Followers(ctx, u.ID, offset, limit)
}

// Following returns a part of the list of users whom a user follows.
func (m *Community) Following(ctx context.Context, u media.User, offset, limit int) (media.List[media.User], error) {
	return m.database.Following(ctx, u.ID, offset, limit)
}

// Follows reports whether the caller follows a user.
func (m *Community) Follows(ctx context.Context, by media.Caller, u media.User) (bool, error) {
	return m.database.Follows(ctx, by.User.ID, u.ID)
}

// Follow lets the caller follow a user. The error wraps ErrSelf or
// ErrFollowing.
func (m *Community) Follow(ctx context.Context, caller media.Caller, name string) error {
	u, err := m.UserNamed(ctx, name)
	if err != nil {
		return err
	}
	if caller.Owns(u.ID) {
		return media.ErrSelf
	}
	err = m.database.Follow(ctx, caller.User.ID, u.ID, m.library.Now())
	if errors.Is(err, media.ErrNameTaken) {
		return media.ErrFollowing
	}
	return err
}

// Unfollow is the inverse of Follow. It succeeds if the caller does not follow the user.
func (m *Community) Unfollow(ctx context.Context, caller media.Caller, name string) error {
	u, err := m.accounts.UserNamed(ctx, name)
	if err != nil {
		return err
	}
	err = m.database.Unfollow(ctx, caller.User.ID, u.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
