package records

import (
	"context"

	"postern/media"
)

// InsertReport implements media.ReportRecords.
func (db *DB) InsertReport(ctx context.Context, r media.Report) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		there, err := queryOne(ctx, s, scanBool, `SELECT EXISTS (SELECT 1 FROM items WHERE number = ? AND `+present+`)`, r.Item)
		if err == nil && !there {
			err = requireRow(0, nil)
		}
		if err != nil {
			return err
		}
		_, err = s.exec(ctx, `
			INSERT INTO reports (item, reporter, reason, note, created_at)
			SELECT CAST(?1 AS bigint), CAST(?2 AS text), CAST(?3 AS text), CAST(?4 AS text), CAST(?5 AS bigint)
			WHERE (SELECT count(*) FROM reports WHERE item = ?1 AND reporter <> ?2) < ?6
			ON CONFLICT (item, reporter) DO UPDATE SET reason = excluded.reason, note = excluded.note, created_at = excluded.created_at`,
			r.Item, r.Reporter, r.Reason, r.Note, unixTime{&r.CreatedAt}, media.MaxReports)
		return err
	})
	return wrapErr("insert report", err)
}

// ReportsOn implements media.ReportRecords.
func (db *DB) ReportsOn(ctx context.Context, numbers []int64) ([]media.Report, error) {
	list, err := numberList(numbers)
	if err != nil {
		return nil, wrapErr("read reports", err)
	}
	reports, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Report, error) {
		return queryAll(ctx, s, scanReport, `
			SELECT item, reporter, reason, note, created_at FROM reports WHERE item IN (numbers_of(?))
			ORDER BY created_at DESC, item, reporter`, list)
	})
	return reports, wrapErr("read reports", err)
}

func scanReport(scan Scan) (r media.Report, err error) {
	err = scan(&r.Item, &r.Reporter, &r.Reason, &r.Note, unixTime{&r.CreatedAt})
	return r, err
}
