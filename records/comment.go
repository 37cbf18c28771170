package records

import (
	"context"
	"io/fs"
	"strings"
	"time"

	"postern/media"
)

// commentColumns are the columns of comments, joined with their users, in the
// order of scanComment. The one parameter is the user who asks.
const commentColumns = `comments.id, album_id, user_id, users.name, coalesce(parent_id, 0), content, comments.score, comments.created_at,
	coalesce((SELECT value FROM comment_votes WHERE comment_id = comments.id AND comment_votes.user_id = ?), 0)`

const commentsJoined = ` FROM comments JOIN users ON users.id = user_id`

func scanComment(scan Scan) (c media.Comment, err error) {
	err = scan(&c.ID, &c.PostID, &c.UserID, &c.UserName, &c.ParentID, &c.Content, &c.Score, unixTime{&c.CreatedAt}, &c.Vote)
	return c, err
}

// InsertComment implements media.CommunityRecords.
func (db *DB) InsertComment(ctx context.Context, c *media.Comment) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if c.ParentID != 0 {
			parent, err := queryOne(ctx, s, scanNumber, parentQuery, c.ParentID, c.PostID, media.MaxCommentDepth)
			if err != nil {
				return err
			}
			c.ParentID = parent
		}
		id, err := insertRow(ctx, s, `
			INSERT INTO comments (album_id, user_id, parent_id, content, created_at)
			VALUES (?, ?, nullif(CAST(? AS bigint), 0), ?, ?) RETURNING id`,
			c.PostID, c.UserID, c.ParentID, c.Content, unixTime{&c.CreatedAt})
		if err != nil {
			return constraintErr(err, fs.ErrExist)
		}
		c.ID = id
		return nil
	})
	return wrapErr("insert comment", err)
}

// parentQuery selects what an answer to comment ?1 of post ?2 is put below: the
// comment itself, or what that answers when it has ?3 others above it. The walk
// up ends there, since older databases hold deeper threads.
const parentQuery = `
	SELECT CASE WHEN (WITH RECURSIVE up(id, depth) AS (
			SELECT ?1, 1 UNION ALL
			SELECT parent_id, depth + 1 FROM up JOIN comments ON comments.id = up.id
			WHERE parent_id IS NOT NULL AND depth <= ?3)
		SELECT count(*) FROM up) > ?3 THEN parent_id ELSE id END
	FROM comments WHERE id = ?1 AND album_id = ?2`

// Comment implements media.CommunityRecords.
func (db *DB) Comment(ctx context.Context, id, viewer int64) (media.Comment, error) {
	c, err := read(ctx, db, func(ctx context.Context, s session) (media.Comment, error) {
		return queryOne(ctx, s, scanComment, `SELECT `+commentColumns+commentsJoined+` WHERE comments.id = ?`, viewer, id)
	})
	return c, wrapErr("read comment", err)
}

// DeleteComment implements media.CommunityRecords.
func (db *DB) DeleteComment(ctx context.Context, id int64) error {
	found, err := db.deleteThreads(ctx, `id = ?`, id)
	if err == nil && found == 0 {
		err = fs.ErrNotExist
	}
	return wrapErr("delete comment", err)
}

// PostComments implements media.CommunityRecords. The oldest comes first.
func (db *DB) PostComments(ctx context.Context, post, viewer int64, offset, limit int) (media.List[media.Comment], error) {
	return listOf(ctx, db, "list comments", scanComment, `SELECT count(*) FROM comments WHERE album_id = ?`,
		`SELECT `+commentColumns+commentsJoined+` WHERE album_id = ? ORDER BY comments.id LIMIT ? OFFSET ?`,
		[]any{post}, []any{viewer, post, limit, offset})
}

// UserComments implements media.CommunityRecords. The newest comes first.
func (db *DB) UserComments(ctx context.Context, user, viewer int64, now time.Time, offset, limit int) (media.List[media.Comment], error) {
	return listOf(ctx, db, "list comments of a user", scanComment, userCommentsCount, userCommentsQuery,
		[]any{user, nil, nil, nil, nil, nil, unixTime{&now}}, []any{user, viewer, limit, offset, nil, nil, unixTime{&now}})
}

// The parameters are ?1 the user, ?2 the one who asks, ?3 and ?4 the stretch,
// and ?7 now.
const (
	ofUser            = ` WHERE user_id = ?1 AND EXISTS (SELECT 1 FROM albums WHERE albums.id = album_id AND listed > 0 AND albums.id NOT IN (` + spent + `))`
	userCommentsCount = `SELECT count(*) FROM comments` + ofUser
)

var userCommentsQuery = `SELECT ` + strings.Replace(commentColumns, "?", "?2", 1) + commentsJoined + ofUser + `
	ORDER BY comments.id DESC LIMIT ?3 OFFSET ?4`

// listOf reads a stretch of a list and how long the whole is, as of one moment.
func listOf[T any](ctx context.Context, db *DB, step string, scan func(Scan) (T, error), count, query string, countArgs, args []any) (media.List[T], error) {
	list, err := read(ctx, db, func(ctx context.Context, s session) (list media.List[T], err error) {
		list.Total, err = queryOne(ctx, s, scanCount, count, countArgs...)
		if err == nil {
			list.Some, err = queryAll(ctx, s, scan, query, args...)
		}
		return list, err
	})
	return list, wrapErr(step, err)
}

// VotePost implements media.CommunityRecords.
func (db *DB) VotePost(ctx context.Context, id, user int64, value int) (score int64, err error) {
	return db.vote(ctx, "vote on a post", id, user, value,
		`DELETE FROM album_votes WHERE album_id = ? AND user_id = ? AND value = ?`,
		`INSERT INTO album_votes (album_id, user_id, value) VALUES (?, ?, ?) ON CONFLICT (album_id, user_id) DO UPDATE SET value = excluded.value`,
		`SELECT score FROM albums WHERE id = ?`)
}

// VoteComment implements media.CommunityRecords.
func (db *DB) VoteComment(ctx context.Context, id, user int64, value int) (score int64, err error) {
	return db.vote(ctx, "vote on a comment", id, user, value,
		`DELETE FROM comment_votes WHERE comment_id = ? AND user_id = ? AND value = ?`,
		`INSERT INTO comment_votes (comment_id, user_id, value) VALUES (?, ?, ?) ON CONFLICT (comment_id, user_id) DO UPDATE SET value = excluded.value`,
		`SELECT score FROM comments WHERE id = ?`)
}

func (db *DB) vote(ctx context.Context, step string, id, user int64, value int, takeBack, cast, score string) (sum int64, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) error {
		taken, err := s.exec(ctx, takeBack, id, user, value)
		if err == nil && taken == 0 {
			_, err = s.exec(ctx, cast, id, user, value)
		}
		if err != nil {
			return constraintErr(err, fs.ErrExist)
		}
		sum, err = queryOne(ctx, s, scanNumber, score, id)
		return err
	})
	return sum, wrapErr(step, err)
}

// Follow implements media.CommunityRecords.
func (db *DB) Follow(ctx context.Context, follower, followed int64, at time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `INSERT INTO follows (follower, followed, created_at) VALUES (?, ?, ?)`, follower, followed, unixTime{&at})
		return constraintErr(err, media.ErrNameTaken)
	})
	return wrapErr("follow", err)
}

// Unfollow implements media.CommunityRecords.
func (db *DB) Unfollow(ctx context.Context, follower, followed int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `DELETE FROM follows WHERE follower = ? AND followed = ?`, follower, followed))
	})
	return wrapErr("unfollow", err)
}

// Follows implements media.CommunityRecords.
func (db *DB) Follows(ctx context.Context, follower, followed int64) (bool, error) {
	n, err := read(ctx, db, func(ctx context.Context, s session) (int, error) {
		return queryOne(ctx, s, scanCount, `SELECT count(*) FROM follows WHERE follower = ? AND followed = ?`, follower, followed)
	})
	return n > 0, wrapErr("read follower", err)
}

// Followers implements media.CommunityRecords. The latest comes first.
func (db *DB) Followers(ctx context.Context, user int64, offset, limit int) (media.List[media.User], error) {
	return listOf(ctx, db, "list followers", scanUser, `SELECT count(*) FROM follows WHERE followed = ?`, `
		SELECT `+userColumns+` FROM (SELECT follows.created_at AS since, users.* FROM follows JOIN users ON id = follower
			WHERE followed = ?) AS users ORDER BY since DESC, id DESC LIMIT ? OFFSET ?`,
		[]any{user}, []any{user, limit, offset})
}

// Following implements media.CommunityRecords. The latest comes first.
func (db *DB) Following(ctx context.Context, user int64, offset, limit int) (media.List[media.User], error) {
	return listOf(ctx, db, "list followed users", scanUser, `SELECT count(*) FROM follows WHERE follower = ?`, `
		SELECT `+userColumns+` FROM (SELECT follows.created_at AS since, users.* FROM follows JOIN users ON id = followed
			WHERE follower = ?) AS users ORDER BY since DESC, id DESC LIMIT ? OFFSET ?`,
		[]any{user}, []any{user, limit, offset})
}
