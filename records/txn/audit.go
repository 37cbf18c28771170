package txn

import (
	"context"

	"postern/media"
)

// Update runs change in a transaction, as Engine.Update does, and writes the entries of
// the audit log that wait under ctx in the same one.
func (db *DB) Update(ctx context.Context, change func(context.Context, Tx) error) error {
	note := media.AuditOf(ctx)
	entries, mine := note.Take()
	if !mine {
		return db.engine.Update(ctx, func(ctx context.Context, s Session) error { return change(ctx, Tx{s}) })
	}
	err := db.engine.Update(ctx, func(ctx context.Context, s Session) error {
		if err := change(ctx, Tx{s}); err != nil {
			return err
		}
		for _, e := range entries {
			if err := writeAudit(ctx, Tx{s}, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		note.Return()
	}
	return err
}

func writeAudit(ctx context.Context, s Tx, e media.AuditEntry) error {
	_, err := s.Exec(ctx, `
		INSERT INTO audit (at, user_id, by_name, action, subject, detail) VALUES (?, nullif(CAST(? AS bigint), 0), ?, ?, ?, ?)`,
		Time(&e.At), e.UserID, e.By, e.Action, e.Subject, e.Detail)
	return err
}
