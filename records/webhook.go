package records

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
)

// InsertWebhook implements media.WebhookRecords.
func (db *DB) InsertWebhook(ctx context.Context, w media.Webhook, most int) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `
			INSERT INTO webhooks (target, event, body, tries, due, created_at) VALUES (?, ?, ?, 0, ?, ?)`,
			w.Target, w.Event, w.Body, txn.Time(&w.CreatedAt), txn.Time(&w.CreatedAt))
		if err != nil {
			return err
		}
		_, err = s.Exec(ctx, `
			DELETE FROM webhooks WHERE target = ?1 AND id <= (
				SELECT id FROM webhooks WHERE target = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, w.Target, most)
		return err
	})
	return txn.Wrap("insert webhook", err)
}

// ClaimWebhook implements media.WebhookRecords.
func (db *DB) ClaimWebhook(ctx context.Context, target string, now, again time.Time) (w media.Webhook, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		w, err = txn.QueryOne(ctx, s, scanWebhook, claimWebhookQuery, target, txn.Time(&now), txn.Time(&again))
		return err
	})
	return w, txn.Wrap("claim webhook", err)
}

const claimWebhookQuery = `
	UPDATE webhooks SET due = ?3, tries = tries + 1 WHERE id IN (
		SELECT id FROM webhooks WHERE target = ?1 AND due <= ?2 ORDER BY due, id LIMIT 1 FOR UPDATE SKIP LOCKED)
	RETURNING id, target, event, body, tries, created_at`

func scanWebhook(scan txn.Scan) (w media.Webhook, err error) {
	err = scan(&w.ID, &w.Target, &w.Event, &w.Body, &w.Tries, txn.Time(&w.CreatedAt))
	return w, err
}

// DeferWebhook implements media.WebhookRecords.
func (db *DB) DeferWebhook(ctx context.Context, id int64, until time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `UPDATE webhooks SET due = ? WHERE id = ?`, txn.Time(&until), id)
		return err
	})
	return txn.Wrap("defer webhook", err)
}

// DeleteWebhook implements media.WebhookRecords.
func (db *DB) DeleteWebhook(ctx context.Context, id int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `DELETE FROM webhooks WHERE id = ?`, id)
		return err
	})
	return txn.Wrap("delete webhook", err)
}
