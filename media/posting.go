package media

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// Community is what people do with items: posts, comments, votes, follows. It
// decides who may see and do what, and is safe for concurrent use. A caller
// who must not know that something is there gets fs.ErrNotExist.
type Community struct {
	Index    CommunityIndex
	Accounts Accounts
	Library  *Library
	Now      func() time.Time
}

// Sentinels of the community's rules.
var (
	ErrForbidden = errors.New("not allowed to this caller")
	ErrSelf      = errors.New("users cannot follow themselves")
	ErrFollowing = errors.New("user is followed already")
)

// MaxCommentDepth is how many comments a comment can have above it. An answer to
// one that has as many stands beside it.
const MaxCommentDepth = 50

// Limits of what people write, in characters.
const (
	MaxPostTitle = 255
	MaxComment   = 500
)

// owns reports whether the caller may change what a user has made.
func (c Caller) owns(userID int64) bool { return userID != 0 && c.User.ID == userID }

// sees reports whether the caller sees what is kept from others.
func (c Caller) sees(userID int64) bool { return c.owns(userID) || c.User.Admin }

// Item returns a live item that the caller may see. Media of a private post
// wants the post's key; what moderators have rejected is there for its owner
// and for admins only.
func (m *Community) Item(ctx context.Context, caller Caller, id, key string) (Item, error) {
	it, err := m.Library.Item(ctx, id)
	if err != nil {
		return Item{}, err
	}
	if it.Expired(m.Now()) || !it.ShownTo(caller) {
		return Item{}, fmt.Errorf("item %s: %w", id, fs.ErrNotExist)
	}
	if it.AlbumID != 0 {
		post, err := m.Index.PostByID(ctx, it.AlbumID, caller.User.ID)
		if err != nil {
			return Item{}, err
		}
		if err := mayOpen(caller, post, key); err != nil {
			return Item{}, err
		}
	}
	return it, nil
}

// OpenTo reports whether a caller who shows a key may see the album: others
// than its owner and admins need the key of a private one.
func (a *Album) OpenTo(caller Caller, key string) bool {
	return a.Visibility != Private || caller.sees(a.UserID) ||
		a.AccessKey != "" && subtle.ConstantTimeCompare([]byte(key), []byte(a.AccessKey)) == 1
}

// mayOpen is OpenTo as an error.
func mayOpen(caller Caller, p Post, key string) error {
	if p.OpenTo(caller, key) {
		return nil
	}
	return fmt.Errorf("post %s: %w", p.Slug, ErrForbidden)
}

// Post returns the post of a slug, or of a number in decimal, that the caller
// may see. The error wraps ErrForbidden for a private one without its key.
func (m *Community) Post(ctx context.Context, caller Caller, name, key string) (Post, error) {
	p, err := m.Index.PostBySlug(ctx, name, caller.User.ID)
	if errors.Is(err, fs.ErrNotExist) {
		if id, parseErr := strconv.ParseInt(name, 10, 64); parseErr == nil {
			p, err = m.Index.PostByID(ctx, id, caller.User.ID)
		}
	}
	if err != nil {
		return Post{}, err
	}
	if p.Moderation == ModerationRejected && !caller.sees(p.UserID) {
		return Post{}, fmt.Errorf("post %s: %w", name, fs.ErrNotExist)
	}
	return p, mayOpen(caller, p, key)
}

// OwnPost returns a post that the caller may change.
func (m *Community) OwnPost(ctx context.Context, caller Caller, name string) (Post, error) {
	p, err := m.Post(ctx, caller, name, "")
	if err == nil && !caller.owns(p.UserID) {
		err = fmt.Errorf("post %s: %w", name, ErrForbidden)
	}
	return p, err
}

// NewPost makes a public post of items of the caller's.
func (m *Community) NewPost(ctx context.Context, caller Caller, items []int64) (Post, error) {
	p := Post{
		Album:    Album{UserID: caller.User.ID, CreatedAt: m.Now().UTC().Truncate(time.Second), Visibility: Public},
		UserName: caller.User.Name,
	}
	for {
		p.Slug = NewID()
		err := m.Index.InsertPost(ctx, &p, items)
		if !errors.Is(err, ErrIDTaken) {
			return p, err
		}
	}
}

// ChangePost changes a post of the caller's. Making it private gives it an
// access key; making it anything else takes the key away.
func (m *Community) ChangePost(ctx context.Context, caller Caller, name string, change PostChange) (Post, error) {
	p, err := m.OwnPost(ctx, caller, name)
	if err != nil {
		return Post{}, err
	}
	if v := change.Visibility; v != nil && *v != p.Visibility {
		key := ""
		if *v == Private {
			key = strings.ToLower(rand.Text())
		}
		change.AccessKey = &key
	}
	if err := m.Index.UpdatePost(ctx, p.ID, change); err != nil {
		return Post{}, err
	}
	return m.Index.PostByID(ctx, p.ID, caller.User.ID)
}

// DeletePost removes a post of the caller's with its comments and votes. Its
// items stay; those of a post that was not public stay out of lists.
func (m *Community) DeletePost(ctx context.Context, caller Caller, name string) error {
	p, err := m.OwnPost(ctx, caller, name)
	if err != nil {
		return err
	}
	return m.Accounts.DeleteAlbum(ctx, p.ID)
}

// PostItems returns a stretch of a post's items, as far as the caller may see
// them.
func (m *Community) PostItems(ctx context.Context, caller Caller, p Post, offset, limit int) (List[Item], error) {
	return m.Index.PostItems(ctx, p.ID, caller.sees(p.UserID), offset, limit)
}

// FirstItems returns the first item that the caller may see of each post, by
// the post's ID; of some there is none.
func (m *Community) FirstItems(ctx context.Context, caller Caller, posts []Post) (map[int64]Item, error) {
	rejected := make(map[int64]bool, len(posts))
	for _, p := range posts {
		rejected[p.ID] = caller.sees(p.UserID)
	}
	return m.Index.FirstItems(ctx, rejected)
}

// Say adds a comment to a post, which Post has returned to the caller. The error wraps
// fs.ErrNotExist when parent, unless 0, is no comment of it.
func (m *Community) Say(ctx context.Context, caller Caller, p Post, content string, parent int64) (Comment, error) {
	c := Comment{
		PostID: p.ID, UserID: caller.User.ID, UserName: caller.User.Name, ParentID: parent,
		Content: content, CreatedAt: m.Now().UTC().Truncate(time.Second),
	}
	return c, m.Index.InsertComment(ctx, &c)
}

// comment returns a comment whose post the caller may see.
func (m *Community) comment(ctx context.Context, caller Caller, id int64, key string) (Comment, error) {
	c, err := m.Index.Comment(ctx, id, caller.User.ID)
	if err != nil {
		return Comment{}, err
	}
	_, err = m.Post(ctx, caller, strconv.FormatInt(c.PostID, 10), key)
	return c, err
}

// Unsay removes a comment of the caller's, with all that answer it. Admins may
// remove any.
func (m *Community) Unsay(ctx context.Context, caller Caller, id int64) error {
	c, err := m.Index.Comment(ctx, id, caller.User.ID)
	if err != nil {
		return err
	}
	if !caller.sees(c.UserID) {
		return fmt.Errorf("comment %d: %w", id, ErrForbidden)
	}
	return m.Index.DeleteComment(ctx, id)
}

// VotePost sets or takes back the caller's vote, 1 or -1, and returns the
// score.
func (m *Community) VotePost(ctx context.Context, caller Caller, name, key string, value int) (int64, error) {
	p, err := m.Post(ctx, caller, name, key)
	if err != nil {
		return 0, err
	}
	return m.Index.VotePost(ctx, p.ID, caller.User.ID, value)
}

// VoteComment is VotePost for a comment.
func (m *Community) VoteComment(ctx context.Context, caller Caller, id int64, key string, value int) (int64, error) {
	c, err := m.comment(ctx, caller, id, key)
	if err != nil {
		return 0, err
	}
	return m.Index.VoteComment(ctx, c.ID, caller.User.ID, value)
}

// Follow lets the caller follow a user. The error wraps ErrSelf or
// ErrFollowing.
func (m *Community) Follow(ctx context.Context, caller Caller, name string) error {
	u, err := m.Accounts.UserNamed(ctx, name)
	if err != nil {
		return err
	}
	if caller.owns(u.ID) {
		return ErrSelf
	}
	err = m.Index.Follow(ctx, caller.User.ID, u.ID, m.Now())
	if errors.Is(err, ErrNameTaken) {
		return ErrFollowing
	}
	return err
}

// Unfollow is its inverse; the error wraps fs.ErrNotExist when the caller does
// not follow the user.
func (m *Community) Unfollow(ctx context.Context, caller Caller, name string) error {
	u, err := m.Accounts.UserNamed(ctx, name)
	if err != nil {
		return err
	}
	return m.Index.Unfollow(ctx, caller.User.ID, u.ID)
}
