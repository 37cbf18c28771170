package items

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// ItemsNamed implements media.SelectionRecords.
func (db *ItemRecords) ItemsNamed(ctx context.Context, ids []string) ([]media.Item, error) {
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		list, err := txn.Texts(ids)
		if err != nil {
			return nil, err
		}
		found, err := Query(ctx, s, itemsNamedQuery, list)
		byID := make(map[string]media.Item, len(found))
		for _, it := range found {
			byID[it.ID] = it
		}
		found = found[:0]
		for _, id := range ids {
			if it, ok := byID[id]; ok {
				found = append(found, it)
				delete(byID, id) // an ID may stand twice
			}
		}
		return found, err
	})
	return items, txn.Wrap("read items", err)
}

const itemsNamedQuery = `SELECT ` + cardColumns + ` FROM items WHERE id IN (texts_of(?)) AND state = 'live'`

// UpdateItems implements media.SelectionRecords.
func (db *ItemRecords) UpdateItems(ctx context.Context, numbers []int64, change media.ItemsChange, now time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s txn.Tx, list string) (int64, error) {
		statement, args := updateItemsStatement(list, change, now)
		changed, err := s.Exec(ctx, statement, args...)
		if err != nil || len(change.AddTags) == 0 && len(change.RemoveTags) == 0 {
			return changed, txn.Conflict(err, media.ErrIDTaken)
		}
		if err := Retag(ctx, s, list, change); err != nil {
			return 0, err
		}
		return changed, db.index.Changed(ctx, s.Session, numbers...)
	})
	return txn.Wrap("update items", err)
}

// updateItemsStatement changes what stands in the rows of items. A changed item is not
// any more what its uploader asked for.
func updateItemsStatement(list string, change media.ItemsChange, now time.Time) (statement string, args []any) {
	columns := []string{"treatment = ''"}
	set := func(wanted bool, column string, value any) {
		if wanted {
			columns, args = append(columns, column), append(args, value)
		}
	}
	if id := change.AlbumID; id != nil {
		set(true, "album_id = nullif(CAST(? AS bigint), 0)", *id)
		if change.Visibility == nil {
			columns = append(columns, visibility.StayClosedByOthers)
			args = append(args, *id, change.By)
		}
	}
	if at := change.ExpiresAt; at != nil {
		set(true, "expires_at = ?", txn.Time(at))
	}
	if v := change.Visibility; v != nil {
		columns = append(columns, visibility.SetOfItem)
		args = append(args, *v, *v, *v)
	}
	if nsfw := change.NSFW; nsfw != nil {
		set(true, "nsfw = ?", *nsfw)
	}
	return `UPDATE items SET ` + strings.Join(columns, ", ") + `
		WHERE number IN (numbers_of(?)) AND ` + visibility.Present + ` AND (expires_at IS NULL OR expires_at > ?)`, append(args, list, txn.Time(&now))
}

// Retag removes tags of the items of a list, which txn.Numbers made, in all spellings, then
// adds others behind those that are left.
func Retag(ctx context.Context, s txn.Tx, list string, change media.ItemsChange) error {
	if len(change.RemoveTags) > 0 {
		var folded []string
		for _, name := range change.RemoveTags {
			folded = append(folded, media.FoldTag(name))
		}
		tags, err := txn.Texts(folded)
		if err != nil {
			return err
		}
		if _, err := s.Exec(ctx, untagItemsStatement, list, tags); err != nil {
			return err
		}
	}
	for _, name := range change.AddTags {
		if err := InsertTag(ctx, s, name); err != nil {
			return err
		}
		added, err := s.Exec(ctx, tagItemsStatement, name, list, media.FoldTag(name))
		if err == nil && added == 0 { // all have it in another spelling
			_, err = s.Exec(ctx, forgetTagStatement, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	untagItemsStatement = `
		DELETE FROM item_tags WHERE item IN (numbers_of(?)) AND tag IN (SELECT id FROM tags WHERE folded IN (texts_of(?)))`
	forgetTagStatement = `
		DELETE FROM tags WHERE name = ? AND NOT EXISTS (SELECT 1 FROM item_tags WHERE tag = tags.id)
			AND NOT EXISTS (SELECT 1 FROM album_tags WHERE tag = tags.id)`
	tagItemsStatement = `
		INSERT INTO item_tags (item, position, tag)
		SELECT number, coalesce((SELECT max(position) + 1 FROM item_tags WHERE item = number), 0), (SELECT id FROM tags WHERE name = ?1)
		FROM items WHERE number IN (numbers_of(?2))
			AND NOT EXISTS (SELECT 1 FROM item_tags JOIN tags ON tags.id = tag WHERE item = number AND folded = ?3)`
)

// MoveItemsToTrash implements media.SelectionRecords.
func (db *ItemRecords) MoveItemsToTrash(ctx context.Context, numbers []int64, until time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s txn.Tx, list string) (int64, error) {
		return s.Exec(ctx, `UPDATE items SET purge_at = ? WHERE number IN (numbers_of(?)) AND `+visibility.Present, txn.Time(&until), list)
	})
	return txn.Wrap("move items to trash", err)
}

// RestoreItems implements media.SelectionRecords.
func (db *ItemRecords) RestoreItems(ctx context.Context, numbers []int64, now time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s txn.Tx, list string) (int64, error) {
		return s.Exec(ctx, restoreItemsStatement, list, txn.Time(&now))
	})
	return txn.Wrap("restore items", err)
}

const restoreItemsStatement = `
	UPDATE items SET purge_at = NULL
	WHERE number IN (numbers_of(?1)) AND state = 'live' AND +purge_at > ?2 AND (expires_at IS NULL OR expires_at > ?2)`

// PurgeItems implements media.SelectionRecords.
func (db *ItemRecords) PurgeItems(ctx context.Context, numbers []int64, now time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s txn.Tx, list string) (int64, error) {
		return s.Exec(ctx, purgeItemsStatement, txn.Time(&now), list)
	})
	return txn.Wrap("purge items", err)
}

const purgeItemsStatement = `
	UPDATE items SET purge_at = ? WHERE number IN (numbers_of(?)) AND state = 'live' AND +purge_at IS NOT NULL`

// SetModerations implements media.SelectionRecords.
func (db *ItemRecords) SetModerations(ctx context.Context, items []media.Item, r media.Ruling) (answered []int64, err error) {
	list, err := txn.Numbers(media.Selected{Items: items}.Numbers())
	if err != nil {
		return nil, txn.Wrap("moderate items", err)
	}
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if err := setVerdicts(ctx, s, items, r); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, `DELETE FROM reports WHERE answered_at < ?`, r.At.Add(-media.AnsweredReportsKept).Unix()); err != nil {
			return err
		}
		answered, err = txn.QueryAll(ctx, s, txn.Value[int64], `
			UPDATE reports SET answered_at = ?
			WHERE item IN (numbers_of(?)) AND answered_at IS NULL AND created_at < ? RETURNING item`,
			txn.Time(&r.At), list, r.Before.Unix())
		if err != nil || r.Reopen.IsZero() {
			return err
		}
		_, err = s.Exec(ctx, `UPDATE reports SET answered_at = NULL WHERE item IN (numbers_of(?)) AND answered_at = ?`, list, txn.Time(&r.Reopen))
		return err
	})
	slices.Sort(answered)
	return slices.Compact(answered), txn.Wrap("moderate items", err)
}

// setVerdicts sets the verdicts of items, which must have those that they are given with.
func setVerdicts(ctx context.Context, s txn.Tx, items []media.Item, r media.Ruling) error {
	groups := make(map[media.Moderation][]media.Item)
	for _, it := range items {
		groups[it.Verdict()] = append(groups[it.Verdict()], it)
	}
	for _, before := range slices.Sorted(maps.Keys(groups)) {
		group := groups[before]
		list, err := txn.Numbers(media.Selected{Items: group}.Numbers())
		if err != nil {
			return err
		}
		held, nsfw := r.On(&group[0]).Stored()
		was, adult := before.Stored()
		changed, err := s.Exec(ctx, setVerdictsStatement, held, nsfw, list, was, adult)
		if err == nil && changed != int64(len(group)) {
			err = fs.ErrNotExist
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// The mark of a moderator counts only for what is approved.
const setVerdictsStatement = `
	UPDATE items SET moderation = ?1, judged_nsfw = ?2
	WHERE number IN (numbers_of(?3)) AND moderation = ?4 AND (judged_nsfw = ?5 OR moderation <> 'approved') AND ` + visibility.Present

// updateAll runs a change of items in a transaction, and undoes it unless it has
// changed them all. No number may stand twice.
func (db *ItemRecords) updateAll(ctx context.Context, numbers []int64, change func(ctx context.Context, s txn.Tx, list string) (int64, error)) error {
	list, err := txn.Numbers(numbers)
	if err != nil {
		return err
	}
	return db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		changed, err := change(ctx, s, list)
		if err == nil && changed != int64(len(numbers)) {
			err = fs.ErrNotExist
		}
		return err
	})
}
