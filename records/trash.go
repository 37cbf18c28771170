package records

import (
	"context"
	"time"

	"postern/media"
)

// MoveToTrash implements media.TrashRecords.
func (db *DB) MoveToTrash(ctx context.Context, id string, until time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, moveToTrashQuery, id, unixTime{&until})
	return it, wrapErr("discard item "+id, err)
}

const moveToTrashQuery = `
	UPDATE items SET purge_at = ?2 WHERE id = ?1 AND ` + present + `
	RETURNING ` + itemColumns

// Trashed implements media.TrashRecords.
func (db *DB) Trashed(ctx context.Context, id string) (media.Item, error) {
	it, err := read(ctx, db, func(ctx context.Context, s session) (media.Item, error) {
		return queryItem(ctx, s, trashedQuery, id)
	})
	return it, wrapErr("read discarded item "+id, err)
}

const trashedQuery = `
	SELECT ` + itemColumns + ` FROM items WHERE id = ? AND state = 'live' AND purge_at IS NOT NULL`

// Restore implements media.TrashRecords.
func (db *DB) Restore(ctx context.Context, id string, now time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, restoreQuery, id, unixTime{&now})
	return it, wrapErr("restore item "+id, err)
}

const restoreQuery = `
	UPDATE items SET purge_at = NULL, asked_until = 0
	WHERE id = ?1 AND state = 'live' AND purge_at > ?2 AND (expires_at IS NULL OR expires_at > ?2)
	RETURNING ` + itemColumns

// BeginPurge implements media.TrashRecords. The items come in the order of their ends.
func (db *DB) BeginPurge(ctx context.Context, now time.Time, limit int) ([]media.Item, error) {
	items, err := db.begin(ctx, beginPurgeQuery, now, limit, func(it media.Item) time.Time { return it.PurgeAt }, nil)
	return items, wrapErr("begin to purge items", err)
}

const beginPurgeQuery = `
	UPDATE items SET state = 'deleting' WHERE number IN (
		SELECT number FROM items WHERE state = 'live' AND purge_at <= ?
		ORDER BY purge_at, number LIMIT ? FOR UPDATE SKIP LOCKED)
	RETURNING ` + itemColumns

// NextPurge implements media.TrashRecords.
func (db *DB) NextPurge(ctx context.Context) (time.Time, error) {
	next, err := read(ctx, db, func(ctx context.Context, s session) (time.Time, error) {
		return queryOne(ctx, s, scanTime, nextPurgeQuery)
	})
	return next, wrapErr("read next purge", err)
}

const nextPurgeQuery = `
	SELECT purge_at FROM items WHERE state = 'live' AND purge_at IS NOT NULL
	ORDER BY purge_at LIMIT 1`

// updateItem runs an UPDATE of at most one item that returns it.
func (db *DB) updateItem(ctx context.Context, query string, args ...any) (it media.Item, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) (err error) {
		it, err = queryItem(ctx, s, query, args...)
		return err
	})
	if err != nil {
		return media.Item{}, err
	}
	return it, nil
}
