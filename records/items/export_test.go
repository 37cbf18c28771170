package items

import (
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/txn/plantest"
)

// Txn is the database below.
func Txn(db *ItemRecords) *txn.DB { return db.tx }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Plans are statements, by what they are for, and the indexes that they use.
func Plans() []plantest.Plan {
	duplicates := func(q media.DuplicateQuery) []any {
		query, args := duplicatesQuery(q)
		return append([]any{query}, args...)
	}
	items := func(q media.ItemQuery) []any {
		q.Filter, q.Limit = media.Everything(noon), 60
		l := itemList{ItemQuery: q}
		if q.Tag != "" {
			l.tags = []int64{1}
		}
		query, args := l.items()
		return append([]any{query}, args...)
	}
	place := media.Cursor{CreatedAt: noon, Number: 7}
	return []plantest.Plan{
		{"item by ID", []any{itemQuery, "a"}, []string{"sqlite_autoindex_items_1"}},
		{"item by key", []any{itemAtQuery, "a"}, []string{"sqlite_autoindex_files_1"}},
		{"deletion", []any{beginDeleteQuery, "a"}, []string{"sqlite_autoindex_items_1"}},
		{"expiry", []any{beginExpireQuery, 1, 100}, []string{"items_expiry"}},
		{"next expiry", []any{nextExpiryQuery}, []string{"items_expiry"}},
		{"deleting items", []any{deletingQuery, 100}, []string{"items_deleting"}},
		{"end of deletion", []any{finishDeleteQuery, "[1]"}, []string{"items_deleting (state=? AND rowid=?)"}},
		{"duplicates", duplicates(media.DuplicateQuery{MD5: "a"}), []string{"items_source_md5", "items_md5"}},
		{"duplicates of a user", duplicates(media.DuplicateQuery{MD5: "a", Size: 1, UserID: 1, RequestDigest: "t", Lasting: true}),
			[]string{"items_source_md5", "items_md5"}},
		{"recent duplicates", duplicates(media.DuplicateQuery{MD5: "a", AddressHash: "u", Since: noon}),
			[]string{"items_source_md5", "items_md5"}},
		{"a user's items", items(media.ItemQuery{UserID: 1}), []string{"items_gallery (user_id=?)"}},
		{"a user's later items", items(media.ItemQuery{UserID: 1, After: place, Kind: "image", Search: "a"}),
			[]string{"items_gallery (user_id=? AND created_at<?)"}},
		{"a user's earlier items", items(media.ItemQuery{UserID: 1, Before: place}),
			[]string{"items_gallery (user_id=? AND created_at>?)"}},
		{"a user's listed items", items(media.ItemQuery{UserID: 1, Listed: true, After: place}),
			[]string{"items_listed_user (user_id=? AND created_at<?)"}},
		{"what a search has found", []any{foundItemsQuery, "[1]"}, []string{"INTEGER PRIMARY KEY (rowid=?)"}},
		{"a user's trashed items", items(media.ItemQuery{UserID: 1, InTrash: true, After: place}),
			[]string{"items_trash (user_id=? AND created_at<?)"}},
		{"the length of a gallery", []any{galleryCountQuery, 1, "", "[]", 1}, []string{"PRIMARY KEY (user_id=? AND trashed=?)", "items_expiry (expires_at<?)"}},
		{"the length of the trash", []any{trashCountQuery, 1, "", "[]", 1},
			[]string{"PRIMARY KEY (user_id=? AND trashed=?)", "items_purge (purge_at<?)", "items_expiry (expires_at<?)"}},
		{"the length of an album", []any{albumCountQuery, 1, 1, 0}, []string{"INTEGER PRIMARY KEY (rowid=?)", "items_ending (album_id=? AND expires_at<?)"}},
		{"an album's items", items(media.ItemQuery{AlbumID: 1, After: place}),
			[]string{"items_album (album_id=? AND created_at<?)"}},
		{"a user's items in an album", items(media.ItemQuery{UserID: 1, AlbumID: 1, After: place}),
			[]string{"items_album (album_id=? AND created_at<?)"}},
		{"everyone's items", items(media.ItemQuery{After: place}), []string{"items_date (created_at<?)"}},
		{"the first of everyone's items", items(media.ItemQuery{}), []string{"items_date"}},
		{"a tag's items", items(media.ItemQuery{Tag: "a", Listed: true}), []string{"item_tags_listed (tag=?)", "rowid=?"}},
		{"a tag's later items", items(media.ItemQuery{Tag: "a", Listed: true, After: place}),
			[]string{"item_tags_listed (tag=? AND (created_at,item)<(?,?))"}},
		{"a tag's earlier items", items(media.ItemQuery{Tag: "a", Listed: true, Before: place}),
			[]string{"item_tags_listed (tag=? AND (created_at,item)>(?,?))"}},
		{"a user's items of a tag", items(media.ItemQuery{Tag: "a", UserID: 1, After: place}),
			[]string{"item_tags_user (user_id=? AND tag=? AND (created_at,item)<(?,?))"}},
		{"spellings of a tag", []any{spellingsQuery, "a"}, []string{"tags_folded (folded=?)"}},
		{"an album's items in its order", items(media.ItemQuery{AlbumID: 1, Sort: media.SortAlbum, After: place}), []string{"items_position (album_id=? AND position>?)"}},
		{"a category's items", items(media.ItemQuery{CategoryID: 1, Listed: true, After: place}),
			[]string{"items_category_listed (category_id=? AND created_at<?)"}},
		{"a category's earlier items", items(media.ItemQuery{CategoryID: 1, Listed: true, Before: place}),
			[]string{"items_category_listed (category_id=? AND created_at>?)"}},
		{"a user's items of a category", items(media.ItemQuery{CategoryID: 1, UserID: 1, After: place}),
			[]string{"items_category_user (user_id=? AND category_id=? AND created_at<?)"}},
		{"discarding", []any{moveToTrashQuery, "a", 1}, []string{"sqlite_autoindex_items_1"}},
		{"restoring", []any{restoreQuery, "a", 1}, []string{"sqlite_autoindex_items_1"}},
		{"purge", []any{beginPurgeQuery, 1, 100}, []string{"items_purge"}},
		{"next purge", []any{nextPurgeQuery}, []string{"items_purge"}},
		{"jobs of sizes", []any{renditionJobsQuery, 17}, []string{"size_jobs_due", "INTEGER PRIMARY KEY (rowid=?)"}},
		{"files", []any{filesQuery, "[1]"}, []string{"PRIMARY KEY (item=?)"}},
		{"tags", []any{tagsQuery, "[1]"}, []string{"PRIMARY KEY (item=?)"}},
	}
}
