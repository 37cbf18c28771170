package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Visibility says who can find an album, a post or an item.
type Visibility string

// A public post stands in lists, a hidden one answers to those who know its
// slug, a private one to those who have its access key as well. A public item
// stands in lists, a hidden one answers to those who have its link, a private one
// to its owner and admins. People read unlisted for hidden.
const (
	Public  Visibility = "public"
	Hidden  Visibility = "hidden"
	Private Visibility = "private"
)

// Moderation is the moderation status of an item or a post.
type Moderation string

// Of the four, items hold all but ModerationNSFW, which follows from
// Item.Adult.
const (
	ModerationApproved Moderation = "approved"
	ModerationPending  Moderation = "pending"
	ModerationNSFW     Moderation = "nsfw"
	ModerationRejected Moderation = "rejected"
)

// Post is an album with its score, votes and moderation status.
type Post struct {
	Album
	UserName    string
	UserAvatar  string // as User.Avatar
	Description string
	NSFW        bool // said by its owner; never falls back by itself
	Moderation  Moderation
	Views       int64
	Score       int64 // upvotes less downvotes
	Items       int64 // that it holds and that have not expired, whatever moderators think of them
	OwnItems    int64 // of them: those that its owner and admins alone see
	Tags        []string
	Vote        int // of the one who asks: 1, -1, or 0 for none
}

// DisplayTitle returns the title, or the slug if there is none.
func (p *Post) DisplayTitle() string { return cmp.Or(p.Title, p.Slug) }

// Comment is a comment on a post, or an answer to another one.
type Comment struct {
	ID         int64
	PostID     int64
	UserID     int64
	UserName   string
	UserAvatar string // as User.Avatar
	ParentID   int64  // 0 for none
	Content    string
	Score      int64
	CreatedAt  time.Time
	Vote       int // of the one who asks
}

// ListQuery asks for a part of a list, newest first. Zero fields do not restrict it.
type ListQuery struct {
	Now    time.Time // what has expired then is not there; must be set
	UserID int64
	Tag    string
	Since  time.Time // created at this time or later
	Until  int64     // records up to this number, so that a walk meets each once
	NSFW   bool      // adult content, too

	Offset, Limit int
	Ranks         []int // places of the wanted records in the list, from 0, instead of Offset and Limit
}

// List is a part of a list, with the length of the whole.
type List[T any] struct {
	Some  []T
	Total int
}

// PostChange is a change of a post. nil fields stay as they are.
type PostChange struct {
	Title       *string
	Description *string
	Visibility  *Visibility
	AccessKey   *string
	NSFW        *bool
	Lock        *Lock // the password that it opens by; "" for none
	Tags        *[]string
	Order       []int64 // numbers of items of the post, in the wanted order; others follow. It sets Arranged
	Unarranged  bool    // its items have no order of their own any more
	Add         []int64 // numbers of items to add
}

// Arranged tells what becomes of Album.Arranged; nil for no change.
func (c *PostChange) Arranged() *bool {
	if len(c.Order) == 0 && !c.Unarranged {
		return nil
	}
	arranged := !c.Unarranged
	return &arranged
}

// InPostError reports items that cannot be added to a post, since another one
// has them.
type InPostError struct{ Posts map[int64]string } // slugs of the posts by the numbers of the items

func (e *InPostError) Error() string { return fmt.Sprintf("%d items are in other posts", len(e.Posts)) }

// CommunityRecords is the part of a database for posts, comments, votes and follows. The same rules hold. Viewer is the user who asks, 0 for a
// guest; it decides about Post.Vote and Comment.Vote and nothing else. What a
// post holds, and what moderators think of it, is as of now.
type CommunityRecords interface {
	// InsertPost adds a post, gives it the items of its owner with these
	// numbers in their order, and sets its ID. The error is ErrIDTaken when
	// its slug is another's, an *InPostError when an item is in another post,
	// and wraps fs.ErrNotExist when one is not there or not the owner's.
	InsertPost(ctx context.Context, p *Post, items []int64) error
	PostBySlug(ctx context.Context, slug string, viewer int64, now time.Time) (Post, error)
	PostByID(ctx context.Context, id, viewer int64, now time.Time) (Post, error)
	// UpdatePost changes a post. The error is an *InPostError when an item to
	// add is in another post, and wraps fs.ErrNotExist when the post or one of
	// the items is not there, or an item is not the owner's.
	UpdatePost(ctx context.Context, id int64, change PostChange) error
	// AddPostView counts visits of a post's page.
	AddPostView(ctx context.Context, id, visits int64) error
	// PostItems returns live items of a post in its order, as far as the filter
	// lets them through.
	PostItems(ctx context.Context, id int64, f Filter, offset, limit int) (List[Item], error)
	// PostNumbers returns the numbers of those items of a post that have these
	// IDs, by ID, as far as PostItems would return them.
	PostNumbers(ctx context.Context, id int64, f Filter, ids []string) (map[string]int64, error)
	// FirstItems returns the first of each post's items, by the post's ID; of
	// an empty one none. The posts are given with the filters of PostItems, all
	// of which are of now.
	FirstItems(ctx context.Context, posts map[int64]Filter, now time.Time) (map[int64]Item, error)

	// Newest returns the largest numbers given so far, 0 for none.
	Newest(ctx context.Context) (item, post int64, err error)
	// ListItems and ListPosts return what stands in public lists.
	ListItems(ctx context.Context, q ListQuery) (List[Item], error)
	ListPosts(ctx context.Context, q ListQuery, viewer int64) (List[Post], error)

	// InsertComment adds a comment and sets its ID. An answer to a comment that
	// has MaxCommentDepth others above it becomes an answer to its parent, and
	// ParentID says so. The error wraps fs.ErrNotExist when its post, or its
	// parent in that post, is not there.
	InsertComment(ctx context.Context, c *Comment) error
	Comment(ctx context.Context, id, viewer int64) (Comment, error)
	// DeleteComment removes a comment with all that answer it, however deep. What
	// has many answers goes in parts, the answers first.
	DeleteComment(ctx context.Context, id int64) error
	PostComments(ctx context.Context, post, viewer int64, offset, limit int) (List[Comment], error)
	// UserComments returns a user's comments on posts that stand in public lists.
	UserComments(ctx context.Context, user, viewer int64, now time.Time, offset, limit int) (List[Comment], error)

	// VotePost and VoteComment set a user's vote, 1 or -1, or take it back
	// when it is that already, and return the score.
	VotePost(ctx context.Context, id, user int64, value int) (score int64, err error)
	VoteComment(ctx context.Context, id, user int64, value int) (score int64, err error)

	// Follow fails with ErrNameTaken when the one follows the other already.
	Follow(ctx context.Context, follower, followed int64, at time.Time) error
	// Unfollow fails with fs.ErrNotExist when the one does not.
	Unfollow(ctx context.Context, follower, followed int64) error
	// Follows reports whether the one follows the other.
	Follows(ctx context.Context, follower, followed int64) (bool, error)
	Followers(ctx context.Context, user int64, offset, limit int) (List[User], error)
	Following(ctx context.Context, user int64, offset, limit int) (List[User], error)
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

// Bounds of one request, which a single transaction carries out, and of one
// search.
const (
	MaxPostItems   = 1000 // that a post is given, or that are put in order
	MaxSearchWords = 16   // others are not looked for
	MaxSearchCount = 200  // of items found; more are not counted
)
