package records

import (
	"context"
	"slices"

	"postern/media"
	"postern/records/community"
	"postern/records/items"
	"postern/records/txn"
)

// TagsOf implements media.TagRecords.
func (db *DB) TagsOf(ctx context.Context, userID int64, limit int) ([]string, error) {
	names, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]string, error) {
		return txn.QueryAll(ctx, s, txn.Value[string], ownTagsQuery, userID, limit)
	})
	names = slices.CompactFunc(names, func(a, b string) bool { return media.FoldTag(a) == media.FoldTag(b) })
	return names[:min(len(names), max(limit, 0))], txn.Wrap("read tags", err)
}

// ownTagsQuery steps from tag to tag of an index, past the items and albums that bear one.
const ownTagsQuery = `
	WITH RECURSIVE of_items(tag, n) AS (
		SELECT (SELECT min(tag) FROM item_tags WHERE user_id = ?1 AND user_id > 0), 1
		UNION ALL
		SELECT (SELECT min(tag) FROM item_tags WHERE user_id = ?1 AND user_id > 0 AND tag > of_items.tag), n + 1
		FROM of_items WHERE of_items.tag IS NOT NULL AND n < ?2),
	of_albums(tag, n) AS (
		SELECT (SELECT min(tag) FROM album_tags WHERE user_id = ?1), 1
		UNION ALL
		SELECT (SELECT min(tag) FROM album_tags WHERE user_id = ?1 AND tag > of_albums.tag), n + 1
		FROM of_albums WHERE of_albums.tag IS NOT NULL AND n < ?2)
	SELECT name FROM tags WHERE id IN (SELECT tag FROM of_items UNION SELECT tag FROM of_albums)
	ORDER BY folded, name`

// Retag implements media.TagRecords.
func (db *DB) Retag(ctx context.Context, userID int64, from []string, to string) error {
	folded := make([]string, len(from))
	for i, name := range from {
		folded[i] = media.FoldTag(name)
	}
	old, err := txn.Texts(folded)
	if err != nil {
		return txn.Wrap("retag", err)
	}
	err = db.tx.InBatches(ctx, func(ctx context.Context, s txn.Tx) (int64, error) {
		numbers, err := txn.QueryAll(ctx, s, txn.Value[int64], taggedItemsQuery, userID, old, to, txn.Batch)
		if err != nil || len(numbers) == 0 {
			return 0, err
		}
		list, err := txn.Numbers(numbers)
		if err == nil {
			err = items.Retag(ctx, s, list, media.ItemsChange{AddTags: []string{to}, RemoveTags: from})
		}
		if err == nil {
			_, err = s.Exec(ctx, `UPDATE items SET treatment = '' WHERE number IN (numbers_of(?))`, list)
		}
		if err == nil {
			err = db.index.Changed(ctx, s.Session, numbers...)
		}
		return int64(len(numbers)), err
	})
	if err == nil {
		err = db.tx.InBatches(ctx, func(ctx context.Context, s txn.Tx) (int64, error) {
			albums, err := txn.QueryAll(ctx, s, txn.Value[int64], taggedAlbumsQuery, userID, old, to, txn.Batch)
			for _, id := range albums {
				if err == nil {
					err = retagAlbum(ctx, s, id, folded, to)
				}
			}
			return int64(len(albums)), err
		})
	}
	return txn.Wrap("retag", err)
}

func retagAlbum(ctx context.Context, s txn.Tx, id int64, folded []string, to string) error {
	tags, err := txn.QueryAll(ctx, s, txn.Value[string], `
		SELECT name FROM album_tags JOIN tags ON tags.id = tag WHERE album = ? ORDER BY position`, id)
	if err != nil {
		return err
	}
	return community.TagPost(ctx, s, id, media.ReplaceTags(tags, folded, to))
}

// The items and albums of user ?1 that have one of the tags ?2 in another spelling than ?3.
const (
	taggedItemsQuery = `
		SELECT DISTINCT item FROM item_tags
		WHERE user_id = ?1 AND user_id > 0 AND tag IN (` + otherSpellings + `) LIMIT ?4`
	taggedAlbumsQuery = `
		SELECT DISTINCT album FROM album_tags WHERE user_id = ?1 AND tag IN (` + otherSpellings + `) LIMIT ?4`
	otherSpellings = `SELECT id FROM tags WHERE folded IN (texts_of(?2)) AND name <> ?3`
)
