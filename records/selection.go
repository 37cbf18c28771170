package records

import (
	"context"
	"io/fs"
	"strings"
	"time"

	"postern/media"
)

// ItemsNamed implements media.SelectionRecords.
func (db *DB) ItemsNamed(ctx context.Context, ids []string) ([]media.Item, error) {
	items, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Item, error) {
		list, err := textList(ids)
		if err != nil {
			return nil, err
		}
		found, err := queryItems(ctx, s, itemsNamedQuery, list)
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
	return items, wrapErr("read items", err)
}

const itemsNamedQuery = `SELECT ` + cardColumns + ` FROM items WHERE id IN (texts_of(?)) AND state = 'live'`

// UpdateItems implements media.SelectionRecords.
func (db *DB) UpdateItems(ctx context.Context, numbers []int64, change media.ItemsChange, now time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s session, list string) (int64, error) {
		statement, args := updateItemsStatement(list, change, now)
		changed, err := s.exec(ctx, statement, args...)
		if err != nil || len(change.AddTags) == 0 && len(change.RemoveTags) == 0 {
			return changed, constraintErr(err, media.ErrIDTaken)
		}
		if err := retag(ctx, s, list, change); err != nil {
			return 0, err
		}
		return changed, db.index.Changed(ctx, s.Session, numbers...)
	})
	return wrapErr("update items", err)
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
	}
	if at := change.ExpiresAt; at != nil {
		set(true, "expires_at = ?", unixTime{at})
	}
	if v := change.Visibility; v != nil {
		columns = append(columns, setVisibility)
		args = append(args, *v, *v, *v)
	}
	if nsfw := change.NSFW; nsfw != nil {
		set(true, "nsfw = ?", *nsfw)
	}
	return `UPDATE items SET ` + strings.Join(columns, ", ") + `
		WHERE number IN (numbers_of(?)) AND ` + present + ` AND (expires_at IS NULL OR expires_at > ?)`, append(args, list, unixTime{&now})
}

// retag removes tags of items in all spellings, then adds others behind those that are left.
func retag(ctx context.Context, s session, list string, change media.ItemsChange) error {
	if len(change.RemoveTags) > 0 {
		var folded []string
		for _, name := range change.RemoveTags {
			folded = append(folded, media.FoldTag(name))
		}
		tags, err := textList(folded)
		if err != nil {
			return err
		}
		if _, err := s.exec(ctx, untagItemsStatement, list, tags); err != nil {
			return err
		}
	}
	for _, name := range change.AddTags {
		if err := insertTag(ctx, s, name); err != nil {
			return err
		}
		if _, err := s.exec(ctx, tagItemsStatement, name, list, media.FoldTag(name)); err != nil {
			return err
		}
	}
	return nil
}

const (
	untagItemsStatement = `
		DELETE FROM item_tags WHERE item IN (numbers_of(?)) AND tag IN (SELECT id FROM tags WHERE folded IN (texts_of(?)))`
	tagItemsStatement = `
		INSERT INTO item_tags (item, position, tag)
		SELECT number, coalesce((SELECT max(position) + 1 FROM item_tags WHERE item = number), 0), (SELECT id FROM tags WHERE name = ?1)
		FROM items WHERE number IN (numbers_of(?2))
			AND NOT EXISTS (SELECT 1 FROM item_tags JOIN tags ON tags.id = tag WHERE item = number AND folded = ?3)`
)

// MoveItemsToTrash implements media.SelectionRecords.
func (db *DB) MoveItemsToTrash(ctx context.Context, numbers []int64, until time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s session, list string) (int64, error) {
		return s.exec(ctx, `UPDATE items SET purge_at = ? WHERE number IN (numbers_of(?)) AND `+present, unixTime{&until}, list)
	})
	return wrapErr("move items to trash", err)
}

// RestoreItems implements media.SelectionRecords.
func (db *DB) RestoreItems(ctx context.Context, numbers []int64, now time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s session, list string) (int64, error) {
		return s.exec(ctx, restoreItemsStatement, list, unixTime{&now})
	})
	return wrapErr("restore items", err)
}

const restoreItemsStatement = `
	UPDATE items SET purge_at = NULL
	WHERE number IN (numbers_of(?1)) AND state = 'live' AND +purge_at > ?2 AND (expires_at IS NULL OR expires_at > ?2)`

// PurgeItems implements media.SelectionRecords.
func (db *DB) PurgeItems(ctx context.Context, numbers []int64, now time.Time) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s session, list string) (int64, error) {
		return s.exec(ctx, purgeItemsStatement, unixTime{&now}, list)
	})
	return wrapErr("purge items", err)
}

const purgeItemsStatement = `
	UPDATE items SET purge_at = ? WHERE number IN (numbers_of(?)) AND state = 'live' AND +purge_at IS NOT NULL`

// SetModerations implements media.SelectionRecords.
func (db *DB) SetModerations(ctx context.Context, numbers []int64, verdict media.Moderation) error {
	held, nsfw := verdict.Stored()
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s session, list string) (int64, error) {
		if _, err := s.exec(ctx, `DELETE FROM reports WHERE item IN (numbers_of(?))`, list); err != nil {
			return 0, err
		}
		return s.exec(ctx, `
			UPDATE items SET moderation = ?, judged_nsfw = ? WHERE number IN (numbers_of(?)) AND `+present, held, nsfw, list)
	})
	return wrapErr("moderate items", err)
}

// updateAll runs a change of items in a transaction, and undoes it unless it has
// changed them all. No number may stand twice.
func (db *DB) updateAll(ctx context.Context, numbers []int64, change func(ctx context.Context, s session, list string) (int64, error)) error {
	list, err := numberList(numbers)
	if err != nil {
		return err
	}
	return db.update(ctx, func(ctx context.Context, s session) error {
		changed, err := change(ctx, s, list)
		if err == nil && changed != int64(len(numbers)) {
			err = fs.ErrNotExist
		}
		return err
	})
}
