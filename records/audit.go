package records

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"postern/media"
	"postern/records/txn"
)

// Audit implements media.AuditRecords.
func (db *DB) Audit(ctx context.Context, q media.AuditQuery) ([]media.AuditEntry, error) {
	conditions, args := []string{"TRUE"}, []any(nil)
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	restrict(q.Before != 0, "id < ?", q.Before)
	restrict(q.After != 0, "id > ?", q.After)
	restrict(q.Subject != "", "subject = ?", q.Subject)
	subjects, err := txn.Texts(q.Subjects)
	if err != nil {
		return nil, txn.Wrap("read audit log", err)
	}
	restrict(len(q.Subjects) > 0, "subject IN (texts_of(?))", subjects)
	restrict(q.By != "", "by_name = ?", q.By)
	restrict(q.Kind != "", "action LIKE ? ESCAPE '!'", txn.Likely.Replace(q.Kind)+".%")
	part := "%" + txn.Likely.Replace(strings.ToLower(q.Search)) + "%"
	restrict(q.Search != "", `(nocase(subject) LIKE ? ESCAPE '!' OR nocase(by_name) LIKE ? ESCAPE '!' OR nocase(detail) LIKE ? ESCAPE '!')`, part, part, part)
	entries, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.AuditEntry, error) {
		return txn.QueryAll(ctx, s, scanAudit, `
			SELECT id, at, coalesce(user_id, 0), by_name, action, subject, detail FROM audit
			WHERE `+strings.Join(conditions, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, max(q.Limit, 0))...)
	})
	return entries, txn.Wrap("read audit log", err)
}

func scanAudit(scan txn.Scan) (e media.AuditEntry, err error) {
	err = scan(&e.ID, txn.Time(&e.At), &e.UserID, &e.By, &e.Action, &e.Subject, &e.Detail)
	return e, err
}

// hourOf numbers the hours since 1970.
func hourOf(at time.Time) int64 { return at.Unix() / (60 * 60) }

// KeepCounts implements media.AuditRecords. Rows are written in one order, since other
// gateways write them, too.
func (db *DB) KeepCounts(ctx context.Context, at time.Time, sums, levels map[string]int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		for _, counts := range []struct {
			of    map[string]int64
			again string
		}{{sums, "counters.n + excluded.n"}, {levels, "excluded.n"}} {
			for _, what := range slices.Sorted(maps.Keys(counts.of)) {
				_, err := s.Exec(ctx, `
					INSERT INTO counters (hour, what, n) VALUES (?, ?, ?)
					ON CONFLICT (hour, what) DO UPDATE SET n = `+counts.again, hourOf(at), what, counts.of[what])
				if err != nil {
					return err
				}
			}
		}
		_, err := s.Exec(ctx, `DELETE FROM counters WHERE hour < ?`, hourOf(at.Add(-media.CountsKept)))
		return err
	})
	return txn.Wrap("keep counts", err)
}

// Counts implements media.AuditRecords.
func (db *DB) Counts(ctx context.Context, since time.Time) ([]media.HourCount, error) {
	counts, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.HourCount, error) {
		return txn.QueryAll(ctx, s, scanHourCount, `SELECT hour, what, n FROM counters WHERE hour >= ?`, hourOf(since))
	})
	slices.SortFunc(counts, func(a, b media.HourCount) int { return cmp.Or(a.Hour.Compare(b.Hour), cmp.Compare(a.What, b.What)) })
	return counts, txn.Wrap("read counts", err)
}

func scanHourCount(scan txn.Scan) (c media.HourCount, err error) {
	var hour int64
	err = scan(&hour, &c.What, &c.N)
	c.Hour = time.Unix(hour*60*60, 0).UTC()
	return c, err
}
