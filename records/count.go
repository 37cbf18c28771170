package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"postern/media"
)

// CountItems implements media.ItemLists. Triggers count what a page shows the
// length of: galleries, the trash and albums.
func (db *DB) CountItems(ctx context.Context, q media.ItemQuery) (int, error) {
	q.After, q.Before, q.Sort = media.Cursor{}, media.Cursor{}, media.SortNewest
	n, err := read(ctx, db, func(ctx context.Context, s session) (int, error) {
		switch {
		case isGallery(q):
			return countOfUser(ctx, s, q)
		case isAlbum(q):
			return countOfAlbum(ctx, s, q.AlbumID, q.UserID, q.Filter)
		}
		return db.countAnew(ctx, s, q)
	})
	return n, wrapErr("count items", err)
}

// isGallery reports whether a query is for a user's gallery or trash, of one kind
// or whole.
func isGallery(q media.ItemQuery) bool {
	return q.UserID != 0 && q.AlbumID == 0 && !narrowed(q)
}

// isAlbum reports whether a query is for all of an album.
func isAlbum(q media.ItemQuery) bool {
	return q.AlbumID != 0 && q.Kind == "" && !q.InTrash && !narrowed(q)
}

// narrowed reports whether a query asks for what no trigger counts.
func narrowed(q media.ItemQuery) bool {
	return q.CategoryID != 0 || q.Tag != "" || q.Listed || q.NoAlbum || q.Ending || q.Visibility != "" || SearchWords(q.Search) != ""
}

func (db *DB) countAnew(ctx context.Context, s session, q media.ItemQuery) (int, error) {
	l, err := newItemList(ctx, s, q)
	if err != nil || l.empty() {
		return 0, err
	}
	most := math.MaxInt
	if SearchWords(q.Search) != "" {
		most = media.MaxSearchCount
	}
	if found, ok, err := db.search(ctx, s, l, most); err != nil || ok {
		return len(found), err
	}
	from, args := l.from()
	return queryOne(ctx, s, scanInt, `SELECT count(*) FROM (SELECT 1`+from+` LIMIT ?) AS found`, append(args, most)...)
}

func countOfUser(ctx context.Context, s session, q media.ItemQuery) (int, error) {
	query := galleryCountQuery
	if q.InTrash {
		query = trashCountQuery
	}
	return queryOne(ctx, s, scanInt, query, q.UserID, string(q.Kind), statusList(q.Statuses), unixTime{&q.Now})
}

const (
	userCount = `
	SELECT (SELECT CAST(coalesce(sum(items), 0) AS bigint) FROM item_counts WHERE user_id = ?1 AND trashed = %t AND ` + ofKindAndStatus + `)
		- (SELECT count(*) FROM items WHERE (%s) AND +user_id = ?1 AND ` + ofKindAndStatus + `)`

	// What has ended counts until the reaper has marked it.
	galleryEnded = `state = 'live' AND expires_at <= ?4 AND purge_at IS NULL`
	trashEnded   = `state = 'live' AND purge_at <= ?4 OR state = 'live' AND expires_at <= ?4 AND purge_at IS NOT NULL`
)

var (
	galleryCountQuery = fmt.Sprintf(userCount, false, galleryEnded)
	trashCountQuery   = fmt.Sprintf(userCount, true, trashEnded)
)

// countOfAlbum tells how much of an album a filter lets through: 0 where the
// album is not there or, unless owner is 0, another user's.
func countOfAlbum(ctx context.Context, s session, album, owner int64, f media.Filter) (int, error) {
	n, err := queryOne(ctx, s, func(scan Scan) (int64, error) {
		var c postCount
		if err := scan(c.columns()...); err != nil {
			return 0, err
		}
		left, _, err := c.left()
		return left.Of(f.Statuses), err
	}, albumCountQuery, unixTime{&f.Now}, album, owner)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return int(n), err
}

const albumCountQuery = `SELECT ` + postCounts + ` FROM albums WHERE id = ?2 AND (?3 = 0 OR user_id = ?3)`
