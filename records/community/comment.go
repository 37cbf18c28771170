package community

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// commentColumns are the columns of comments, joined with their users, in the
// order of scanComment. The one parameter is the user who asks.
const commentColumns = `comments.id, album_id, user_id, users.name, ` + visibility.Avatar + `, coalesce(parent_id, 0), content, comments.score, comments.created_at,
	coalesce((SELECT value FROM comment_votes WHERE comment_id = comments.id AND comment_votes.user_id = ?), 0)`

const commentsJoined = ` FROM comments JOIN users ON users.id = user_id`

func scanComment(scan txn.Scan) (c media.Comment, err error) {
	err = scan(&c.ID, &c.PostID, &c.UserID, &c.UserName, &c.UserAvatar, &c.ParentID, &c.Content, &c.Score, txn.Time(&c.CreatedAt), &c.Vote)
	return c, err
}

// InsertComment implements media.CommunityRecords.
func (db *Community) InsertComment(ctx context.Context, c *media.Comment) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if c.ParentID != 0 {
			parent, err := txn.QueryOne(ctx, s, txn.Value[int64], parentQuery, c.ParentID, c.PostID, media.MaxCommentDepth)
			if err != nil {
				return err
			}
			c.ParentID = parent
		}
		id, err := txn.InsertRow(ctx, s, `
			INSERT INTO comments (album_id, user_id, parent_id, content, created_at)
			VALUES (?, ?, nullif(CAST(? AS bigint), 0), ?, ?) RETURNING id`,
			c.PostID, c.UserID, c.ParentID, c.Content, txn.Time(&c.CreatedAt))
		if err != nil {
			return txn.Conflict(err, fs.ErrExist)
		}
		c.ID = id
		return nil
	})
	return txn.Wrap("insert comment", err)
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
func (db *Community) Comment(ctx context.Context, id, viewer int64) (media.Comment, error) {
	c, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Comment, error) {
		return txn.QueryOne(ctx, s, scanComment, `SELECT `+commentColumns+commentsJoined+` WHERE comments.id = ?`, viewer, id)
	})
	return c, txn.Wrap("read comment", err)
}

// DeleteComment implements media.CommunityRecords.
func (db *Community) DeleteComment(ctx context.Context, id int64) error {
	found, err := DeleteThreads(ctx, db.tx, `id = ?`, id)
	if err == nil && found == 0 {
		err = fs.ErrNotExist
	}
	return txn.Wrap("delete comment", err)
}

// PostComments implements media.CommunityRecords. The oldest comes first.
func (db *Community) PostComments(ctx context.Context, post, viewer int64, offset, limit int) (media.List[media.Comment], error) {
	return txn.ReadList(ctx, db.tx, "list comments", scanComment, `SELECT count(*) FROM comments WHERE album_id = ?`,
		`SELECT `+commentColumns+commentsJoined+` WHERE album_id = ? ORDER BY comments.id LIMIT ? OFFSET ?`,
		[]any{post}, []any{viewer, post, limit, offset})
}

// UserComments implements media.CommunityRecords. The newest comes first.
func (db *Community) UserComments(ctx context.Context, user, viewer int64, now time.Time, offset, limit int) (media.List[media.Comment], error) {
	return txn.ReadList(ctx, db.tx, "list comments of a user", scanComment, userCommentsCount, userCommentsQuery,
		[]any{user, nil, nil, nil, nil, nil, txn.Time(&now)}, []any{user, viewer, limit, offset, nil, nil, txn.Time(&now)})
}

// The parameters are ?1 the user, ?2 the one who asks, ?3 and ?4 the stretch,
// and ?7 now.
const (
	ofUser            = ` WHERE user_id = ?1 AND EXISTS (SELECT 1 FROM albums WHERE albums.id = album_id AND listed > 0 AND albums.id NOT IN (` + visibility.Spent + `))`
	userCommentsCount = `SELECT count(*) FROM comments` + ofUser
)

var userCommentsQuery = `SELECT ` + strings.Replace(commentColumns, "?", "?2", 1) + commentsJoined + ofUser + `
	ORDER BY comments.id DESC LIMIT ?3 OFFSET ?4`

// VotePost implements media.CommunityRecords.
func (db *Community) VotePost(ctx context.Context, id, user int64, value int) (score int64, err error) {
	return db.vote(ctx, "vote on a post", id, user, value,
		`DELETE FROM album_votes WHERE album_id = ? AND user_id = ? AND value = ?`,
		`INSERT INTO album_votes (album_id, user_id, value) VALUES (?, ?, ?) ON CONFLICT (album_id, user_id) DO UPDATE SET value = excluded.value`,
		`SELECT score FROM albums WHERE id = ?`)
}

// VoteComment implements media.CommunityRecords.
func (db *Community) VoteComment(ctx context.Context, id, user int64, value int) (score int64, err error) {
	return db.vote(ctx, "vote on a comment", id, user, value,
		`DELETE FROM comment_votes WHERE comment_id = ? AND user_id = ? AND value = ?`,
		`INSERT INTO comment_votes (comment_id, user_id, value) VALUES (?, ?, ?) ON CONFLICT (comment_id, user_id) DO UPDATE SET value = excluded.value`,
		`SELECT score FROM comments WHERE id = ?`)
}

func (db *Community) vote(ctx context.Context, step string, id, user int64, value int, takeBack, cast, score string) (sum int64, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		taken, err := s.Exec(ctx, takeBack, id, user, value)
		if err == nil && taken == 0 {
			_, err = s.Exec(ctx, cast, id, user, value)
		}
		if err != nil {
			return txn.Conflict(err, fs.ErrExist)
		}
		sum, err = txn.QueryOne(ctx, s, txn.Value[int64], score, id)
		return err
	})
	return sum, txn.Wrap(step, err)
}

// DeleteThreads removes the comments that start, a condition on comments with args,
// selects, with all that answer them, in several transactions, and returns how many it found. Answers have higher numbers than what
// they answer and go first, since SQLite bounds the depth of cascades.
func DeleteThreads(ctx context.Context, db *txn.DB, start string, args ...any) (found int, err error) {
	ids, err := txn.Read(ctx, db, func(ctx context.Context, s txn.Tx) ([]int64, error) {
		return txn.QueryAll(ctx, s, txn.Value[int64], fmt.Sprintf(threadsQuery, start), args...)
	})
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(ids, txn.Batch) {
		began := time.Now()
		err := db.Update(ctx, func(ctx context.Context, s txn.Tx) error {
			for _, id := range some {
				if _, err := s.Exec(ctx, `DELETE FROM comments WHERE id = ?`, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil && len(some) == txn.Batch {
			err = txn.Rest(ctx, time.Since(began))
		}
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

const threadsQuery = `
	WITH RECURSIVE thread(id) AS (
		SELECT id FROM comments WHERE %s
		UNION SELECT comments.id FROM thread JOIN comments ON parent_id = thread.id)
	SELECT id FROM thread ORDER BY id DESC`
