package records

import (
	"context"
	"time"

	"postern/media"
)

// InsertWebhook implements media.WebhookRecords.
func (db *DB) InsertWebhook(ctx context.Context, w media.Webhook, most int) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `
			INSERT INTO webhooks (target, event, body, tries, due, created_at) VALUES (?, ?, ?, 0, ?, ?)`,
			w.Target, w.Event, w.Body, unixTime{&w.CreatedAt}, unixTime{&w.CreatedAt})
		if err != nil {
			return err
		}
		_, err = s.exec(ctx, `
			DELETE FROM webhooks WHERE target = ?1 AND id <= (
				SELECT id FROM webhooks WHERE target = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, w.Target, most)
		return err
	})
	return wrapErr("insert webhook", err)
}

// ClaimWebhook implements media.WebhookRecords.
func (db *DB) ClaimWebhook(ctx context.Context, target string, now, again time.Time) (w media.Webhook, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) (err error) {
		w, err = queryOne(ctx, s, scanWebhook, claimWebhookQuery, target, unixTime{&now}, unixTime{&again})
		return err
	})
	return w, wrapErr("claim webhook", err)
}

const claimWebhookQuery = `
	UPDATE webhooks SET due = ?3, tries = tries + 1 WHERE id IN (
		SELECT id FROM webhooks WHERE target = ?1 AND due <= ?2 ORDER BY due, id LIMIT 1 FOR UPDATE SKIP LOCKED)
	RETURNING id, target, event, body, tries, created_at`

func scanWebhook(scan Scan) (w media.Webhook, err error) {
	err = scan(&w.ID, &w.Target, &w.Event, &w.Body, &w.Tries, unixTime{&w.CreatedAt})
	return w, err
}

// DeferWebhook implements media.WebhookRecords.
func (db *DB) DeferWebhook(ctx context.Context, id int64, until time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `UPDATE webhooks SET due = ? WHERE id = ?`, unixTime{&until}, id)
		return err
	})
	return wrapErr("defer webhook", err)
}

// DeleteWebhook implements media.WebhookRecords.
func (db *DB) DeleteWebhook(ctx context.Context, id int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `DELETE FROM webhooks WHERE id = ?`, id)
		return err
	})
	return wrapErr("delete webhook", err)
}
