package sqlite

import (
	"context"
	"time"

	"postern/media"
)

// Discard implements media.Bin.
func (db *DB) Discard(ctx context.Context, id string, until time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, discardQuery, id, moment{&until})
	return it, failed("discard item "+id, err)
}

const discardQuery = `
	UPDATE items SET purge_at = ?2 WHERE id = ?1 AND ` + present + `
	RETURNING ` + itemColumns

// Discarded implements media.Bin.
func (db *DB) Discarded(ctx context.Context, id string) (media.Item, error) {
	it, err := view(ctx, db, func(ctx context.Context, s *session) (media.Item, error) {
		return queryItem(ctx, s, discardedQuery, id)
	})
	return it, failed("read discarded item "+id, err)
}

const discardedQuery = `
	SELECT ` + itemColumns + ` FROM items WHERE id = ? AND state = 'live' AND purge_at IS NOT NULL`

// Restore implements media.Bin.
func (db *DB) Restore(ctx context.Context, id string, now time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, restoreQuery, id, moment{&now})
	return it, failed("restore item "+id, err)
}

const restoreQuery = `
	UPDATE items SET purge_at = NULL
	WHERE id = ?1 AND state = 'live' AND purge_at > ?2 AND (expires_at IS NULL OR expires_at > ?2)
	RETURNING ` + itemColumns

// BeginPurge implements media.Bin. The items come in the order of their ends.
func (db *DB) BeginPurge(ctx context.Context, now time.Time, limit int) ([]media.Item, error) {
	items, err := db.begin(ctx, beginPurgeQuery, now, limit, func(it media.Item) time.Time { return it.PurgeAt }, nil)
	return items, failed("begin to purge items", err)
}

const beginPurgeQuery = `
	UPDATE items SET state = 'deleting' WHERE number IN (
		SELECT number FROM items WHERE state = 'live' AND purge_at <= ?
		ORDER BY purge_at, number LIMIT ?)
	RETURNING ` + itemColumns

// NextPurge implements media.Bin.
func (db *DB) NextPurge(ctx context.Context) (time.Time, error) {
	next, err := view(ctx, db, func(ctx context.Context, s *session) (time.Time, error) {
		return queryOne(ctx, s, scanTime, nextPurgeQuery)
	})
	return next, failed("read next purge", err)
}

const nextPurgeQuery = `
	SELECT purge_at FROM items WHERE state = 'live' AND purge_at IS NOT NULL
	ORDER BY purge_at LIMIT 1`

// updateItem runs an UPDATE of at most one item that returns it.
func (db *DB) updateItem(ctx context.Context, query string, args ...any) (it media.Item, err error) {
	err = db.update(ctx, func(ctx context.Context, s *session) (err error) {
		it, err = queryItem(ctx, s, query, args...)
		return err
	})
	if err != nil {
		return media.Item{}, err
	}
	return it, nil
}
