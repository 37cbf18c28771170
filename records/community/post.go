package community

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
	"postern/records/items"
	"postern/records/txn"
	"postern/records/visibility"
)

// postColumns are the columns of albums, joined with their users, in the order
// of scanPost. The parameters are now and the user who asks.
const postColumns = `albums.id, slug, user_id, title, albums.created_at, users.name, ` + visibility.Avatar + `, description, visibility, access_key, albums.lock, arranged, users.withheld,
	views, score, ` + visibility.PostCounts + `,
	coalesce((SELECT CAST(json_group_array(tags.name ORDER BY position) AS text) FROM album_tags JOIN tags ON tags.id = tag WHERE album = albums.id), '[]'),
	coalesce((SELECT value FROM album_votes WHERE album_id = albums.id AND album_votes.user_id = ?), 0)`

const postsJoined = ` FROM albums JOIN users ON users.id = user_id`

func scanPost(scan txn.Scan) (p media.Post, err error) {
	var tags string
	var count visibility.PostCount
	to := []any{&p.ID, &p.Slug, &p.UserID, &p.Title, txn.Time(&p.CreatedAt), &p.UserName, &p.UserAvatar, &p.Description, &p.Visibility, &p.AccessKey, &p.Lock, &p.Arranged, &p.Withheld,
		&p.Views, &p.Score}
	if err := scan(append(append(to, count.Columns()...), &tags, &p.Vote)...); err != nil {
		return p, err
	}
	items, status, err := count.Left()
	if err != nil {
		return p, err
	}
	p.NSFW, p.Items, p.OwnItems, p.Moderation = count.NSFW, items.All, items.Own, status
	return p, json.Unmarshal([]byte(tags), &p.Tags)
}

// InsertPost implements media.CommunityRecords.
func (db *Community) InsertPost(ctx context.Context, p *media.Post, items []int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		id, err := txn.InsertRow(ctx, s, `
			INSERT INTO albums (slug, user_id, title, created_at, description, visibility, access_key, nsfw, lock, arranged)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			p.Slug, p.UserID, p.Title, txn.Time(&p.CreatedAt), p.Description, p.Visibility, p.AccessKey, p.NSFW, p.Lock, len(items) > 0)
		if err != nil {
			return txn.Conflict(err, media.ErrIDTaken)
		}
		p.ID, p.Arranged = id, len(items) > 0
		if err := TagPost(ctx, s, p.ID, p.Tags); err != nil {
			return err
		}
		return attach(ctx, s, p.ID, items)
	})
	return txn.Wrap("insert post "+p.Slug, err)
}

// attach gives a post items of its owner's, behind those that it has. They are
// not any more what their uploads asked for, and so shared by no further one.
func attach(ctx context.Context, s txn.Tx, post int64, items []int64) error {
	if len(items) == 0 {
		return nil
	}
	if err := refusePosted(ctx, s, post, items); err != nil {
		return err
	}
	for _, number := range items {
		err := txn.RequireRow(s.Exec(ctx, `
			UPDATE items SET album_id = ?1, treatment = ''
			WHERE number = ?2 AND `+visibility.Present+` AND user_id = (SELECT user_id FROM albums WHERE id = ?1)`, post, number))
		if err != nil {
			return fmt.Errorf("item %d: %w", number, err)
		}
	}
	return nil
}

// refusePosted keeps items of other posts of the same owner's where they are.
func refusePosted(ctx context.Context, s txn.Tx, post int64, items []int64) error {
	list, err := txn.Numbers(items)
	if err != nil {
		return err
	}
	elsewhere := &media.InPostError{Posts: make(map[int64]string)}
	err = s.Each(ctx, func(scan txn.Scan) error {
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
	WHERE number IN (numbers_of(?2)) AND album_id <> ?1 AND ` + visibility.Present + `
		AND items.user_id = (SELECT user_id FROM albums WHERE id = ?1)`

// TagPost gives a post these tags and no others.
func TagPost(ctx context.Context, s txn.Tx, post int64, tags []string) error {
	if _, err := s.Exec(ctx, `DELETE FROM album_tags WHERE album = ?`, post); err != nil {
		return err
	}
	for i, name := range tags {
		if err := items.InsertTag(ctx, s, name); err != nil {
			return err
		}
		_, err := s.Exec(ctx, `
			INSERT INTO album_tags (album, position, tag, created_at, user_id)
			SELECT albums.id, ?, tags.id, created_at, user_id FROM albums, tags WHERE albums.id = ? AND name = ?`, i, post, name)
		if err != nil {
			return err
		}
	}
	return nil
}

// PostBySlug implements media.CommunityRecords.
func (db *Community) PostBySlug(ctx context.Context, slug string, viewer int64, now time.Time) (media.Post, error) {
	p, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Post, error) {
		return txn.QueryOne(ctx, s, scanPost, postBySlugQuery, txn.Time(&now), viewer, slug)
	})
	return p, txn.Wrap("read post "+slug, err)
}

const postBySlugQuery = `SELECT ` + postColumns + postsJoined + ` WHERE slug = ?`

// PostByID implements media.CommunityRecords.
func (db *Community) PostByID(ctx context.Context, id, viewer int64, now time.Time) (media.Post, error) {
	p, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Post, error) {
		return txn.QueryOne(ctx, s, scanPost, postByIDQuery, txn.Time(&now), viewer, id)
	})
	return p, txn.Wrap("read post", err)
}

const postByIDQuery = `SELECT ` + postColumns + postsJoined + ` WHERE albums.id = ?`

// UpdatePost implements media.CommunityRecords.
func (db *Community) UpdatePost(ctx context.Context, id int64, change media.PostChange) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		err := txn.RequireRow(s.Exec(ctx, `
			UPDATE albums SET title = coalesce(?, title), description = coalesce(?, description),
				visibility = coalesce(?, visibility), access_key = coalesce(?, access_key), nsfw = coalesce(?, nsfw), lock = coalesce(?, lock),
				arranged = coalesce(?, arranged)
			WHERE id = ?`, change.Title, change.Description, change.Visibility, change.AccessKey, change.NSFW, change.Lock, change.Arranged(), id))
		if err != nil {
			return err
		}
		if change.Tags != nil {
			if err := TagPost(ctx, s, id, *change.Tags); err != nil {
				return err
			}
		}
		if err := attach(ctx, s, id, change.Add); err != nil {
			return err
		}
		return order(ctx, s, id, change.Order)
	})
	return txn.Wrap("update post", err)
}

// order puts items of a post in front, in this order. The others stay where they
// are.
func order(ctx context.Context, s txn.Tx, post int64, items []int64) error {
	if len(items) == 0 {
		return nil
	}
	front, err := txn.QueryOne(ctx, s, txn.Value[int64], frontQuery, post)
	if err != nil {
		return err
	}
	list, err := txn.Numbers(items)
	if err != nil {
		return err
	}
	n, err := s.Exec(ctx, orderStatement, front-int64(len(items))-1, list, post)
	if err == nil && n < int64(len(items)) {
		err = fmt.Errorf("%d items: %w", int64(len(items))-n, fs.ErrNotExist)
	}
	return err
}

// Places begin at 0 in SQLite, and at 1 in PostgreSQL. The plus keeps SQLite from reading
// all items of the post for each of them.
const orderStatement = `
	UPDATE items SET position = ?1 + place FROM (places_of(?2)) AS wishes
	WHERE number = wanted AND +album_id = ?3`

const frontQuery = `SELECT coalesce(min(position), 0) FROM items WHERE album_id = ?`

// PostNumbers implements media.CommunityRecords.
func (db *Community) PostNumbers(ctx context.Context, post int64, f media.Filter, ids []string) (map[string]int64, error) {
	list, err := txn.Texts(ids)
	if err != nil {
		return nil, txn.Wrap("read numbers", err)
	}
	args := append(append([]any{post}, visibility.SeenBy(f)...), list)
	numbers, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (map[string]int64, error) {
		numbers := make(map[string]int64, len(ids))
		return numbers, s.Each(ctx, func(scan txn.Scan) error {
			var id string
			var number int64
			err := scan(&id, &number)
			numbers[id] = number
			return err
		}, postNumbersQuery, args...)
	})
	return numbers, txn.Wrap("read numbers", err)
}

// AddPostView implements media.CommunityRecords.
func (db *Community) AddPostView(ctx context.Context, id, visits int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `UPDATE albums SET views = views + ? WHERE id = ?`, visits, id))
	})
	return txn.Wrap("add view of a post", err)
}

// PostItems implements media.CommunityRecords.
func (db *Community) PostItems(ctx context.Context, id int64, f media.Filter, offset, limit int) (media.List[media.Item], error) {
	args := append([]any{id}, visibility.SeenBy(f)...)
	list, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (list media.List[media.Item], err error) {
		list.Total, err = items.CountOfAlbum(ctx, s, id, 0, f)
		if err == nil {
			list.Some, err = items.Query(ctx, s, postItemsQuery, append(args, limit, offset)...)
		}
		return list, err
	})
	return list, txn.Wrap("read items of a post", err)
}

const (
	// The plus keeps SQLite from reading all items of the post instead.
	postNumbersQuery = `
	SELECT id, number FROM items WHERE +album_id = ? AND ` + visibility.Present + ` AND ` + visibility.Seen + `
		AND id IN (texts_of(?))`
	postItemsQuery = `
	SELECT ` + items.ListColumns + ` FROM items WHERE album_id = ? AND ` + visibility.Present + ` AND ` + visibility.Seen + `
	ORDER BY position, number LIMIT ? OFFSET ?`
)

// FirstItems implements media.CommunityRecords.
func (db *Community) FirstItems(ctx context.Context, posts map[int64]media.Filter, now time.Time) (map[int64]media.Item, error) {
	statuses := make(map[int64][]media.Moderation, len(posts))
	for id, f := range posts {
		statuses[id] = f.Statuses
	}
	wanted, err := json.Marshal(statuses)
	if err != nil {
		return nil, txn.Wrap("read first items", err)
	}
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		return items.Query(ctx, s, firstItemsQuery, string(wanted), txn.Time(&now))
	})
	first := make(map[int64]media.Item, len(items))
	for _, it := range items {
		first[it.AlbumID] = it
	}
	return first, txn.Wrap("read first items", err)
}

// The parameters are a JSON object, of each post which statuses count, and now.
const firstItemsQuery = `
	SELECT ` + items.ListColumns + ` FROM (statuses_of(?)) AS wishes
	CROSS JOIN items ON number = (
		SELECT number FROM items WHERE album_id = post AND ` + visibility.Present + ` AND (expires_at IS NULL OR expires_at > ?)
			AND status IN (texts_of(statuses))
		ORDER BY position, number LIMIT 1)`
