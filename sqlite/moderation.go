package sqlite

import (
	"context"
	"time"

	"postern/media"
)

// PendingItems implements media.ModerationIndex.
func (db *DB) PendingItems(ctx context.Context, now time.Time, after int64, limit int) ([]media.Item, error) {
	items, err := view(ctx, db, func(ctx context.Context, s *session) ([]media.Item, error) {
		return queryItems(ctx, s, pendingItemsQuery, moment{&now}, after, limit)
	})
	return items, failed("read pending items", err)
}

// CountPending implements media.ModerationIndex.
func (db *DB) CountPending(ctx context.Context, now time.Time) (int, error) {
	n, err := view(ctx, db, func(ctx context.Context, s *session) (int, error) {
		return queryOne(ctx, s, scanCount, countPendingQuery, moment{&now})
	})
	return n, failed("count pending items", err)
}

const (
	pending           = ` FROM items WHERE moderation = 'pending' AND ` + present + ` AND (expires_at IS NULL OR expires_at > ?)`
	countPendingQuery = `SELECT count(*)` + pending
	pendingItemsQuery = `SELECT ` + cardColumns + pending + ` AND number > ? ORDER BY number LIMIT ?`
)

// Judge implements media.ModerationIndex.
func (db *DB) Judge(ctx context.Context, id string, verdict media.Moderation) (media.Item, error) {
	held, nsfw := verdict.Judged()
	it, err := db.updateItem(ctx, judgeQuery, held, nsfw, id)
	return it, failed("judge item "+id, err)
}

const judgeQuery = `
	UPDATE items SET moderation = ?, judged_nsfw = ? WHERE id = ? AND ` + present + `
	RETURNING ` + itemColumns
