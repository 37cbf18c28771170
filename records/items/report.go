package items

import (
	"context"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// InsertReport implements media.ReportRecords.
func (db *ItemRecords) InsertReport(ctx context.Context, r media.Report) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		there, err := txn.QueryOne(ctx, s, txn.Value[bool], `SELECT EXISTS (SELECT 1 FROM items WHERE number = ? AND `+visibility.Present+`)`, r.Item)
		if err == nil && !there {
			err = txn.RequireRow(0, nil)
		}
		if err != nil {
			return err
		}
		_, err = s.Exec(ctx, `
			INSERT INTO reports (item, reporter, reason, note, created_at)
			SELECT CAST(?1 AS bigint), CAST(?2 AS text), CAST(?3 AS text), CAST(?4 AS text), CAST(?5 AS bigint)
			WHERE (SELECT count(*) FROM reports WHERE item = ?1 AND reporter <> ?2 AND answered_at IS NULL) < ?6
			ON CONFLICT (item, reporter) DO UPDATE SET
				reason = excluded.reason, note = excluded.note, created_at = excluded.created_at, answered_at = NULL`,
			r.Item, r.Reporter, r.Reason, r.Note, txn.Time(&r.CreatedAt), media.MaxReports)
		return err
	})
	return txn.Wrap("insert report", err)
}

// ReportsOn implements media.ReportRecords.
func (db *ItemRecords) ReportsOn(ctx context.Context, numbers []int64) ([]media.Report, error) {
	list, err := txn.Numbers(numbers)
	if err != nil {
		return nil, txn.Wrap("read reports", err)
	}
	reports, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Report, error) {
		return txn.QueryAll(ctx, s, scanReport, `
			SELECT item, reporter, reason, note, created_at FROM reports
			WHERE item IN (numbers_of(?)) AND answered_at IS NULL
			ORDER BY created_at DESC, item, reporter`, list)
	})
	return reports, txn.Wrap("read reports", err)
}

func scanReport(scan txn.Scan) (r media.Report, err error) {
	err = scan(&r.Item, &r.Reporter, &r.Reason, &r.Note, txn.Time(&r.CreatedAt))
	return r, err
}
