package records

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"postern/media"
)

// audited runs change and writes the entries that wait under ctx, in one transaction.
func (db *DB) audited(ctx context.Context, change func(context.Context, session) error) error {
	note := media.AuditOf(ctx)
	entries, mine := note.Take()
	if !mine {
		return db.engine.Update(ctx, func(ctx context.Context, s Session) error { return change(ctx, session{s}) })
	}
	err := db.engine.Update(ctx, func(ctx context.Context, s Session) error {
		if err := change(ctx, session{s}); err != nil {
			return err
		}
		for _, e := range entries {
			if err := writeAudit(ctx, session{s}, e); err != nil {
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

func writeAudit(ctx context.Context, s session, e media.AuditEntry) error {
	_, err := s.exec(ctx, `
		INSERT INTO audit (at, user_id, by_name, action, subject, detail) VALUES (?, nullif(CAST(? AS bigint), 0), ?, ?, ?, ?)`,
		unixTime{&e.At}, e.UserID, e.By, e.Action, e.Subject, e.Detail)
	return err
}

// Audit implements media.AuditRecords.
func (db *DB) Audit(ctx context.Context, q media.AuditQuery) ([]media.AuditEntry, error) {
	conditions, args := []string{"TRUE"}, []any(nil)
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	restrict(q.Before != 0, "id < ?", q.Before)
	restrict(q.Subject != "", "subject = ?", q.Subject)
	subjects, err := textList(q.Subjects)
	if err != nil {
		return nil, wrapErr("read audit log", err)
	}
	restrict(len(q.Subjects) > 0, "subject IN (texts_of(?))", subjects)
	restrict(q.By != "", "by_name = ?", q.By)
	restrict(q.Kind != "", "action LIKE ? ESCAPE '!'", likely.Replace(q.Kind)+".%")
	part := "%" + likely.Replace(strings.ToLower(q.Search)) + "%"
	restrict(q.Search != "", `(nocase(subject) LIKE ? ESCAPE '!' OR nocase(by_name) LIKE ? ESCAPE '!' OR nocase(detail) LIKE ? ESCAPE '!')`, part, part, part)
	entries, err := read(ctx, db, func(ctx context.Context, s session) ([]media.AuditEntry, error) {
		return queryAll(ctx, s, scanAudit, `
			SELECT id, at, coalesce(user_id, 0), by_name, action, subject, detail FROM audit
			WHERE `+strings.Join(conditions, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, max(q.Limit, 0))...)
	})
	return entries, wrapErr("read audit log", err)
}

// likely makes a text stand for itself in a pattern.
var likely = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

func scanAudit(scan Scan) (e media.AuditEntry, err error) {
	err = scan(&e.ID, unixTime{&e.At}, &e.UserID, &e.By, &e.Action, &e.Subject, &e.Detail)
	return e, err
}

// hourOf numbers the hours since 1970.
func hourOf(at time.Time) int64 { return at.Unix() / (60 * 60) }

// KeepCounts implements media.AuditRecords. Rows are written in one order, since other
// gateways write them, too.
func (db *DB) KeepCounts(ctx context.Context, at time.Time, sums, levels map[string]int64) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		for _, counts := range []struct {
			of    map[string]int64
			again string
		}{{sums, "counters.n + excluded.n"}, {levels, "excluded.n"}} {
			for _, what := range slices.Sorted(maps.Keys(counts.of)) {
				_, err := s.exec(ctx, `
					INSERT INTO counters (hour, what, n) VALUES (?, ?, ?)
					ON CONFLICT (hour, what) DO UPDATE SET n = `+counts.again, hourOf(at), what, counts.of[what])
				if err != nil {
					return err
				}
			}
		}
		_, err := s.exec(ctx, `DELETE FROM counters WHERE hour < ?`, hourOf(at.Add(-media.CountsKept)))
		return err
	})
	return wrapErr("keep counts", err)
}

// Counts implements media.AuditRecords.
func (db *DB) Counts(ctx context.Context, since time.Time) ([]media.HourCount, error) {
	counts, err := read(ctx, db, func(ctx context.Context, s session) ([]media.HourCount, error) {
		return queryAll(ctx, s, scanHourCount, `SELECT hour, what, n FROM counters WHERE hour >= ?`, hourOf(since))
	})
	slices.SortFunc(counts, func(a, b media.HourCount) int { return cmp.Or(a.Hour.Compare(b.Hour), cmp.Compare(a.What, b.What)) })
	return counts, wrapErr("read counts", err)
}

func scanHourCount(scan Scan) (c media.HourCount, err error) {
	var hour int64
	err = scan(&hour, &c.What, &c.N)
	c.Hour = time.Unix(hour*60*60, 0).UTC()
	return c, err
}
