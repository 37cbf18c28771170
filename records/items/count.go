package items

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// CountItems implements media.ItemLists. Triggers count what a page shows the
// length of: galleries, the trash and albums.
func (db *ItemRecords) CountItems(ctx context.Context, q media.ItemQuery) (int, error) {
	q.After, q.Before, q.Sort = media.Cursor{}, media.Cursor{}, media.SortNewest
	n, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (int, error) {
		switch {
		case isGallery(q):
			return countOfUser(ctx, s, q)
		case isAlbum(q):
			return CountOfAlbum(ctx, s, q.AlbumID, q.UserID, q.Filter)
		}
		return db.countAnew(ctx, s, q)
	})
	return n, txn.Wrap("count items", err)
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

func (db *ItemRecords) countAnew(ctx context.Context, s txn.Tx, q media.ItemQuery) (int, error) {
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
	if most < math.MaxInt && l.Tag == "" {
		// In this order, an index gives them one by one until there are enough.
		from += ` ORDER BY created_at DESC, number DESC`
	}
	return txn.QueryOne(ctx, s, txn.Value[int], `SELECT count(*) FROM (SELECT 1`+from+` LIMIT ?) AS found`, append(args, most)...)
}

func countOfUser(ctx context.Context, s txn.Tx, q media.ItemQuery) (int, error) {
	query := galleryCountQuery
	if q.InTrash {
		query = trashCountQuery
	}
	return txn.QueryOne(ctx, s, txn.Value[int], query, q.UserID, string(q.Kind), visibility.Statuses(q.Statuses), txn.Time(&q.Now))
}

const (
	// The sum keeps both engines from looking for what has ended among all of the user's items:
	// PostgreSQL would, as soon as it plans for any user, since most have few.
	userCount = `
	SELECT (SELECT CAST(coalesce(sum(items), 0) AS bigint) FROM item_counts WHERE user_id = ?1 AND trashed = %t AND ` + visibility.OfKindAndStatus + `)
		- (SELECT count(*) FROM items WHERE (%s) AND user_id + 0 = ?1 AND ` + visibility.OfKindAndStatus + `)`

	// What has ended counts until the reaper has marked it.
	galleryEnded = `state = 'live' AND expires_at <= ?4 AND purge_at IS NULL`
	trashEnded   = `state = 'live' AND purge_at <= ?4 OR state = 'live' AND expires_at <= ?4 AND purge_at IS NOT NULL`
)

var (
	galleryCountQuery = fmt.Sprintf(userCount, false, galleryEnded)
	trashCountQuery   = fmt.Sprintf(userCount, true, trashEnded)
)

// CountOfAlbum tells how much of an album a filter lets through: 0 where the
// album is not there or, unless owner is 0, another user's.
func CountOfAlbum(ctx context.Context, s txn.Tx, album, owner int64, f media.Filter) (int, error) {
	n, err := txn.QueryOne(ctx, s, func(scan txn.Scan) (int64, error) {
		var c visibility.PostCount
		if err := scan(c.Columns()...); err != nil {
			return 0, err
		}
		left, _, err := c.Left()
		return left.Of(f.Statuses), err
	}, albumCountQuery, txn.Time(&f.Now), album, owner)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return int(n), err
}

const albumCountQuery = `SELECT ` + visibility.PostCounts + ` FROM albums WHERE id = ?2 AND (?3 = 0 OR user_id = ?3)`
