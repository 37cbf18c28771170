package records

import (
	"context"
	"time"

	"postern/media"
)

// PendingItems implements media.ModerationRecords.
func (db *DB) PendingItems(ctx context.Context, from media.Sender, now time.Time, after int64, limit int) ([]media.Item, error) {
	items, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Item, error) {
		return queryItems(ctx, s, pendingItemsQuery, unixTime{&now}, from.UserID, from.AddressHash, after, limit)
	})
	return items, wrapErr("read pending items", err)
}

// CountPending implements media.ModerationRecords.
func (db *DB) CountPending(ctx context.Context, from media.Sender, now time.Time) (int, error) {
	n, err := read(ctx, db, func(ctx context.Context, s session) (int, error) {
		return queryOne(ctx, s, scanCount, countPendingQuery, unixTime{&now}, from.UserID, from.AddressHash)
	})
	return n, wrapErr("count pending items", err)
}

const (
	pending = ` FROM items WHERE number IN (
			SELECT number FROM items WHERE moderation = 'pending' AND ` + present + ` UNION SELECT item FROM reports)
		AND ` + present + ` AND (expires_at IS NULL OR expires_at > ?1)
		AND (CAST(?2 AS bigint) = 0 OR user_id = ?2) AND (CAST(?3 AS text) = '' OR user_id IS NULL AND uploader = ?3)`
	countPendingQuery = `SELECT count(*)` + pending
	pendingItemsQuery = `SELECT ` + cardColumns + pending + ` AND number > ?4 ORDER BY number LIMIT ?5`
)

// SetModeration implements media.ModerationRecords.
func (db *DB) SetModeration(ctx context.Context, id string, verdict media.Moderation) (media.Item, error) {
	held, nsfw := verdict.Stored()
	var it media.Item
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		if it, err = queryItem(ctx, s, setModerationQuery, held, nsfw, id); err == nil {
			_, err = s.exec(ctx, `DELETE FROM reports WHERE item = ?`, it.Number)
		}
		return err
	})
	if err != nil {
		return media.Item{}, wrapErr("moderate item "+id, err)
	}
	return it, nil
}

const (
	setModerationQuery = `
	UPDATE items SET moderation = ?, judged_nsfw = ? WHERE id = ? AND ` + present + `
	RETURNING ` + itemColumns
	settlePendingQuery = `
	UPDATE items SET moderation = ?, judged_nsfw = ? WHERE id = ? AND moderation = 'pending' AND ` + present + `
	RETURNING ` + itemColumns
	claimPendingQuery = `
	UPDATE items SET asked_until = ?2 WHERE number IN (
		SELECT number FROM items WHERE moderation = 'pending' AND ` + present + `
			AND (expires_at IS NULL OR expires_at > ?1) AND asked_until <= ?1
		ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)
	RETURNING ` + itemColumns
)

// ClaimPending implements media.ModerationRecords.
func (db *DB) ClaimPending(ctx context.Context, now, until time.Time) (media.Item, error) {
	it, err := db.updateItem(ctx, claimPendingQuery, unixTime{&now}, unixTime{&until})
	return it, wrapErr("claim a pending item", err)
}

// ExtendClaim implements media.ModerationRecords.
func (db *DB) ExtendClaim(ctx context.Context, number int64, until time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `UPDATE items SET asked_until = ? WHERE number = ? AND moderation = 'pending'`, unixTime{&until}, number)
		return err
	})
	return wrapErr("extend the claim of a pending item", err)
}

// SettlePending implements media.ModerationRecords.
func (db *DB) SettlePending(ctx context.Context, id string, verdict media.Moderation) (media.Item, error) {
	held, nsfw := verdict.Stored()
	it, err := db.updateItem(ctx, settlePendingQuery, held, nsfw, id)
	return it, wrapErr("moderate item "+id, err)
}
