package community

import (
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/txn/plantest"
)

// Txn is the database below.
func Txn(db *Community) *txn.DB { return db.tx }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Plans are statements, by what they are for, and the indexes that they use.
func Plans() []plantest.Plan {
	albums := func(q media.AlbumQuery) []any {
		q.Now, q.Limit = noon, 60
		query, args := albumsOfQuery(q)
		return append([]any{query}, args...)
	}
	place := media.Cursor{CreatedAt: noon, Number: 7}
	return []plantest.Plan{
		{"albums", albums(media.AlbumQuery{UserID: 1}), []string{"albums_user", "items_ending (album_id=? AND expires_at<?)", "items_album (album_id=?)"}},
		{"later albums", albums(media.AlbumQuery{UserID: 1, After: place}), []string{"albums_user", "items_ending (album_id=? AND expires_at<?)", "items_album (album_id=?)"}},
		{"first items of posts", []any{firstItemsQuery, `{"1":["approved"]}`, 1}, []string{"items_position (album_id=?)", "rowid=?"}},
		{"the next of a list", []any{itemLists.lasting.next[byNone], 0, 0, 2, 0, 99, 99, 1, 7, 3}, []string{"items_listed (created_at>? AND created_at<?)"}},
		{"the next of a second", []any{itemLists.lasting.neighbour[byNone], 0, 0, 2, 0, 99, 99, 1, 7, 3}, []string{"items_listed (created_at=? AND number<?)"}},
		{"the next of a second of a user", []any{itemLists.lasting.neighbour[byUser], 1, 0, 2, 0, 99, 99, 1, 7, 3}, []string{"items_listed_user (user_id=? AND created_at=? AND number<?)"}},
		{"the next of a second of a tag", []any{itemLists.lasting.neighbour[byTag], 0, 1, 2, 0, 99, 99, 1, 7, 3}, []string{"item_tags_listed (tag=? AND created_at=? AND item<?)"}},
		{"the next of the posts", []any{postLists.lasting.next[byNone], 0, 0, 2, 0, 99, 99, 1, 7, 3}, []string{"albums_listed (created_at>? AND created_at<?)", "items_expiry (expires_at<?)"}},
		{"the front of a post", []any{frontQuery, 1}, []string{"items_position (album_id=?)"}},
		{"items of a post by ID", []any{postNumbersQuery, 1, 1, `["approved"]`, `["a"]`}, []string{"sqlite_autoindex_items_1 (id=?)"}},
	}
}
