package sqlite

import (
	"context"

	"postern/media"
)

// PendingItems implements media.ModerationIndex.
func (db *DB) PendingItems(ctx context.Context, after int64, limit int) ([]media.Item, error) {
	items, err := view(ctx, db, func(ctx context.Context, s *session) ([]media.Item, error) {
		return queryItems(ctx, s, pendingItemsQuery, after, limit)
	})
	return items, failed("read pending items", err)
}

// CountPending implements media.ModerationIndex.
func (db *DB) CountPending(ctx context.Context) (int, error) {
	n, err := view(ctx, db, func(ctx context.Context, s *session) (int, error) {
		return queryOne(ctx, s, scanCount, countPendingQuery)
	})
	return n, failed("count pending items", err)
}

const (
	pending           = ` FROM items WHERE moderation = 'pending' AND ` + present
	countPendingQuery = `SELECT count(*)` + pending
	pendingItemsQuery = `SELECT ` + itemColumns + pending + ` AND number > ? ORDER BY number LIMIT ?`
)

// Judge implements media.ModerationIndex.
func (db *DB) Judge(ctx context.Context, id string, verdict media.Moderation) error {
	state, nsfw := verdict, false
	if verdict == media.ModerationNSFW {
		state, nsfw = media.ModerationApproved, true
	}
	err := db.update(ctx, func(ctx context.Context, s *session) error {
		return affected(s.exec(ctx, `
			UPDATE items SET moderation = ?, nsfw = nsfw OR ? WHERE id = ? AND `+present, state, nsfw, id))
	})
	return failed("judge item "+id, err)
}
