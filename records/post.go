package records

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"postern/media"
)

// postColumns are the columns of albums, joined with their users, in the order
// of scanPost. The parameters are now and the user who asks.
const postColumns = `albums.id, slug, user_id, title, albums.created_at, users.name, description, visibility, access_key, albums.lock,
	views, score, ` + postCounts + `,
	coalesce((SELECT CAST(json_group_array(tags.name ORDER BY position) AS text) FROM album_tags JOIN tags ON tags.id = tag WHERE album = albums.id), '[]'),
	coalesce((SELECT value FROM album_votes WHERE album_id = albums.id AND album_votes.user_id = ?), 0)`

const postsJoined = ` FROM albums JOIN users ON users.id = user_id`

func scanPost(scan Scan) (p media.Post, err error) {
	var tags string
	var count postCount
	to := []any{&p.ID, &p.Slug, &p.UserID, &p.Title, unixTime{&p.CreatedAt}, &p.UserName, &p.Description, &p.Visibility, &p.AccessKey, &p.Lock,
		&p.Views, &p.Score}
	if err := scan(append(append(to, count.columns()...), &tags, &p.Vote)...); err != nil {
		return p, err
	}
	items, status, err := count.left()
	if err != nil {
		return p, err
	}
	p.NSFW, p.Items, p.OwnItems, p.Moderation = count.nsfw, items.All, items.Own, status
	return p, json.Unmarshal([]byte(tags), &p.Tags)
}

// InsertPost implements media.CommunityRecords.
func (db *DB) InsertPost(ctx context.Context, p *media.Post, items []int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		id, err := insertRow(ctx, s, `
			INSERT INTO albums (slug, user_id, title, created_at, description, visibility, access_key, nsfw, lock)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			p.Slug, p.UserID, p.Title, unixTime{&p.CreatedAt}, p.Description, p.Visibility, p.AccessKey, p.NSFW, p.Lock)
		if err != nil {
			return constraintErr(err, media.ErrIDTaken)
		}
		p.ID = id
		if err := tagPost(ctx, s, p.ID, p.Tags); err != nil {
			return err
		}
		return attach(ctx, s, p.ID, items)
	})
	return wrapErr("insert post "+p.Slug, err)
}

// attach gives a post items of its owner's, behind those that it has. They are
// not any more what their uploads asked for, and so shared by no further one.
func attach(ctx context.Context, s session, post int64, items []int64) error {
	if len(items) == 0 {
		return nil
	}
	if err := refusePosted(ctx, s, post, items); err != nil {
		return err
	}
	for _, number := range items {
		err := requireRow(s.exec(ctx, `
			UPDATE items SET album_id = ?1, treatment = ''
			WHERE number = ?2 AND `+present+` AND user_id = (SELECT user_id FROM albums WHERE id = ?1)`, post, number))
		if err != nil {
			return fmt.Errorf("item %d: %w", number, err)
		}
	}
	return nil
}

// refusePosted keeps items of other posts of the same owner's where they are.
func refusePosted(ctx context.Context, s session, post int64, items []int64) error {
	list, err := numberList(items)
	if err != nil {
		return err
	}
	elsewhere := &media.InPostError{Posts: make(map[int64]string)}
	err = s.each(ctx, func(scan Scan) error {
		var number int64
		var slug string
		err := scan(&number, &slug)
		elsewhere.Posts[number] = slug
		return err
	}, postedQuery, post, list)
	if err == nil && len(elsewhere.Posts) > 0 {
		err = elsewhere
	}
	return err
}

const postedQuery = `
	SELECT number, slug FROM items JOIN albums ON albums.id = album_id
	WHERE number IN (numbers_of(?2)) AND album_id <> ?1 AND ` + present + `
		AND items.user_id = (SELECT user_id FROM albums WHERE id = ?1)`

// tagPost gives a post these tags and no others.
func tagPost(ctx context.Context, s session, post int64, tags []string) error {
	if _, err := s.exec(ctx, `DELETE FROM album_tags WHERE album = ?`, post); err != nil {
		return err
	}
	for i, name := range tags {
		if err := insertTag(ctx, s, name); err != nil {
			return err
		}
		_, err := s.exec(ctx, `
			INSERT INTO album_tags (album, position, tag, created_at, user_id)
			SELECT albums.id, ?, tags.id, created_at, user_id FROM albums, tags WHERE albums.id = ? AND name = ?`, i, post, name)
		if err != nil {
			return err
		}
	}
	return nil
}

// PostBySlug implements media.CommunityRecords.
func (db *DB) PostBySlug(ctx context.Context, slug string, viewer int64, now time.Time) (media.Post, error) {
	p, err := read(ctx, db, func(ctx context.Context, s session) (media.Post, error) {
		return queryOne(ctx, s, scanPost, postBySlugQuery, unixTime{&now}, viewer, slug)
	})
	return p, wrapErr("read post "+slug, err)
}

const postBySlugQuery = `SELECT ` + postColumns + postsJoined + ` WHERE slug = ?`

// PostByID implements media.CommunityRecords.
func (db *DB) PostByID(ctx context.Context, id, viewer int64, now time.Time) (media.Post, error) {
	p, err := read(ctx, db, func(ctx context.Context, s session) (media.Post, error) {
		return queryOne(ctx, s, scanPost, postByIDQuery, unixTime{&now}, viewer, id)
	})
	return p, wrapErr("read post", err)
}

const postByIDQuery = `SELECT ` + postColumns + postsJoined + ` WHERE albums.id = ?`

// UpdatePost implements media.CommunityRecords.
func (db *DB) UpdatePost(ctx context.Context, id int64, change media.PostChange) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		err := requireRow(s.exec(ctx, `
			UPDATE albums SET title = coalesce(?, title), description = coalesce(?, description),
				visibility = coalesce(?, visibility), access_key = coalesce(?, access_key), nsfw = coalesce(?, nsfw), lock = coalesce(?, lock)
			WHERE id = ?`, change.Title, change.Description, change.Visibility, change.AccessKey, change.NSFW, change.Lock, id))
		if err != nil {
			return err
		}
		if change.Tags != nil {
			if err := tagPost(ctx, s, id, *change.Tags); err != nil {
				return err
			}
		}
		if err := attach(ctx, s, id, change.Add); err != nil {
			return err
		}
		return order(ctx, s, id, change.Order)
	})
	return wrapErr("update post", err)
}

// order puts items of a post in front, in this order. The others stay where they
// are.
func order(ctx context.Context, s session, post int64, items []int64) error {
	if len(items) == 0 {
		return nil
	}
	front, err := queryOne(ctx, s, scanNumber, frontQuery, post)
	if err != nil {
		return err
	}
	front -= int64(len(items))
	for i, number := range items {
		err := requireRow(s.exec(ctx, `UPDATE items SET position = ? WHERE number = ? AND album_id = ?`, front+int64(i), number, post))
		if err != nil {
			return fmt.Errorf("item %d: %w", number, err)
		}
	}
	return nil
}

const frontQuery = `SELECT coalesce(min(position), 0) FROM items WHERE album_id = ?`

// PostNumbers implements media.CommunityRecords.
func (db *DB) PostNumbers(ctx context.Context, post int64, f media.Filter, ids []string) (map[string]int64, error) {
	list, err := json.Marshal(cleanTexts(ids))
	if err != nil {
		return nil, wrapErr("read numbers", err)
	}
	args := append(append([]any{post}, seenBy(f)...), string(list))
	numbers, err := read(ctx, db, func(ctx context.Context, s session) (map[string]int64, error) {
		numbers := make(map[string]int64, len(ids))
		return numbers, s.each(ctx, func(scan Scan) error {
			var id string
			var number int64
			err := scan(&id, &number)
			numbers[id] = number
			return err
		}, postNumbersQuery, args...)
	})
	return numbers, wrapErr("read numbers", err)
}

// AddPostView implements media.CommunityRecords.
func (db *DB) AddPostView(ctx context.Context, id, visits int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `UPDATE albums SET views = views + ? WHERE id = ?`, visits, id))
	})
	return wrapErr("add view of a post", err)
}

// PostItems implements media.CommunityRecords.
func (db *DB) PostItems(ctx context.Context, id int64, f media.Filter, offset, limit int) (media.List[media.Item], error) {
	args := append([]any{id}, seenBy(f)...)
	list, err := read(ctx, db, func(ctx context.Context, s session) (list media.List[media.Item], err error) {
		list.Total, err = countOfAlbum(ctx, s, id, 0, f)
		if err == nil {
			list.Some, err = queryItems(ctx, s, postItemsQuery, append(args, limit, offset)...)
		}
		return list, err
	})
	return list, wrapErr("read items of a post", err)
}

const (
	// The plus keeps SQLite from reading all items of the post instead.
	postNumbersQuery = `
	SELECT id, number FROM items WHERE +album_id = ? AND ` + present + ` AND ` + seen + `
		AND id IN (texts_of(?))`
	postItemsQuery = `
	SELECT ` + listColumns + ` FROM items WHERE album_id = ? AND ` + present + ` AND ` + seen + `
	ORDER BY position, number LIMIT ? OFFSET ?`
)

// FirstItems implements media.CommunityRecords.
func (db *DB) FirstItems(ctx context.Context, posts map[int64]media.Filter, now time.Time) (map[int64]media.Item, error) {
	statuses := make(map[int64][]media.Moderation, len(posts))
	for id, f := range posts {
		statuses[id] = f.Statuses
	}
	wanted, err := json.Marshal(statuses)
	if err != nil {
		return nil, wrapErr("read first items", err)
	}
	items, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Item, error) {
		return queryItems(ctx, s, firstItemsQuery, string(wanted), unixTime{&now})
	})
	first := make(map[int64]media.Item, len(items))
	for _, it := range items {
		first[it.AlbumID] = it
	}
	return first, wrapErr("read first items", err)
}

// The parameters are a JSON object, of each post which statuses count, and now.
const firstItemsQuery = `
	SELECT ` + listColumns + ` FROM (statuses_of(?)) AS wishes
	CROSS JOIN items ON number = (
		SELECT number FROM items WHERE album_id = post AND ` + present + ` AND (expires_at IS NULL OR expires_at > ?)
			AND status IN (texts_of(statuses))
		ORDER BY position, number LIMIT 1)`

func scanCount(scan Scan) (n int, err error) {
	err = scan(&n)
	return n, err
}
