package records

import (
	"context"
	"time"

	"postern/media"
)

// PendingItems implements media.ModerationRecords.
func (db *DB) PendingItems(ctx context.Context, now time.Time, after int64, limit int) ([]media.Item, error) {
	items, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Item, error) {
		return queryItems(ctx, s, pendingItemsQuery, unixTime{&now}, after, limit)
	})
	return items, wrapErr("read pending items", err)
}

// CountPending implements media.ModerationRecords.
func (db *DB) CountPending(ctx context.Context, now time.Time) (int, error) {
	n, err := read(ctx, db, func(ctx context.Context, s session) (int, error) {
		return queryOne(ctx, s, scanCount, countPendingQuery, unixTime{&now})
	})
	return n, wrapErr("count pending items", err)
}

const (
	pending           = ` FROM items WHERE moderation = 'pending' AND ` + present + ` AND (expires_at IS NULL OR expires_at > ?)`
	countPendingQuery = `SELECT count(*)` + pending
	pendingItemsQuery = `SELECT ` + cardColumns + pending + ` AND number > ? ORDER BY number LIMIT ?`
)

// SetModeration implements media.ModerationRecords.
func (db *DB) SetModeration(ctx context.Context, id string, verdict media.Moderation) (media.Item, error) {
	held, nsfw := verdict.Stored()
	it, err := db.updateItem(ctx, setModerationQuery, held, nsfw, id)
	return it, wrapErr("moderate item "+id, err)
}

const setModerationQuery = `
	UPDATE items SET moderation = ?, judged_nsfw = ? WHERE id = ? AND ` + present + `
	RETURNING ` + itemColumns
