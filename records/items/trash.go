package items

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// MoveToTrash implements media.TrashRecords.
func (db *ItemRecords) MoveToTrash(ctx context.Context, id string, until time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, moveToTrashQuery, id, txn.Time(&until))
	return it, txn.Wrap("discard item "+id, err)
}

const moveToTrashQuery = `
	UPDATE items SET purge_at = ?2 WHERE id = ?1 AND ` + visibility.Present + `
	RETURNING ` + itemColumns

// Trashed implements media.TrashRecords.
func (db *ItemRecords) Trashed(ctx context.Context, id string) (media.Item, error) {
	it, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Item, error) {
		return QueryOne(ctx, s, trashedQuery, id)
	})
	return it, txn.Wrap("read discarded item "+id, err)
}

const trashedQuery = `
	SELECT ` + itemColumns + ` FROM items WHERE id = ? AND state = 'live' AND purge_at IS NOT NULL`

// Restore implements media.TrashRecords.
func (db *ItemRecords) Restore(ctx context.Context, id string, now time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, restoreQuery, id, txn.Time(&now))
	return it, txn.Wrap("restore item "+id, err)
}

const restoreQuery = `
	UPDATE items SET purge_at = NULL, asked_until = 0
	WHERE id = ?1 AND state = 'live' AND purge_at > ?2 AND (expires_at IS NULL OR expires_at > ?2)
	RETURNING ` + itemColumns

// BeginPurge implements media.TrashRecords. The items come in the order of their ends.
func (db *ItemRecords) BeginPurge(ctx context.Context, now time.Time, limit int) ([]media.Item, error) {
	items, err := db.begin(ctx, beginPurgeQuery, now, limit, func(it media.Item) time.Time { return it.PurgeAt }, nil)
	return items, txn.Wrap("begin to purge items", err)
}

const beginPurgeQuery = `
	UPDATE items SET state = 'deleting' WHERE number IN (
		SELECT number FROM items WHERE state = 'live' AND purge_at <= ?
		ORDER BY purge_at, number LIMIT ? FOR UPDATE SKIP LOCKED)
	RETURNING ` + itemColumns

// NextPurge implements media.TrashRecords.
func (db *ItemRecords) NextPurge(ctx context.Context) (time.Time, error) {
	next, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (time.Time, error) {
		return txn.QueryOne(ctx, s, scanTime, nextPurgeQuery)
	})
	return next, txn.Wrap("read next purge", err)
}

const nextPurgeQuery = `
	SELECT purge_at FROM items WHERE state = 'live' AND purge_at IS NOT NULL
	ORDER BY purge_at LIMIT 1`

// updateItem runs an UPDATE of at most one item that returns it.
func (db *ItemRecords) updateItem(ctx context.Context, query string, args ...any) (it media.Item, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		it, err = QueryOne(ctx, s, query, args...)
		return err
	})
	if err != nil {
		return media.Item{}, err
	}
	return it, nil
}
