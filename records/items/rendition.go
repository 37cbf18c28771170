package items

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// InsertRenditionJob puts an item into the queue for its renditions, to be made once it is due.
func InsertRenditionJob(ctx context.Context, s txn.Tx, item int64, due time.Time) error {
	_, err := s.Exec(ctx, `INSERT INTO size_jobs (item, due_at) VALUES (?, ?)`, item, txn.Time(&due))
	return err
}

// RenditionJobs implements media.RenditionRecords. The ones due first come first. What is
// due now and what is due next come of one query, so that they agree.
func (db *ItemRecords) RenditionJobs(ctx context.Context, now time.Time, limit int) (due []media.RenditionJob, next time.Time, err error) {
	due, err = txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.RenditionJob, error) {
		jobs, err := txn.QueryAll(ctx, s, scanRenditionJob, renditionJobsQuery, limit+1)
		if err != nil {
			return nil, err
		}
		for i := range jobs {
			if jobs[i].Due.After(now) {
				next = jobs[i].Due
				return jobs[:i], nil
			}
			if jobs[i].Item, err = QueryOne(ctx, s, byNumberQuery, jobs[i].Item.Number); err != nil {
				return nil, err
			}
		}
		return jobs[:min(limit, len(jobs))], nil
	})
	return due, next, txn.Wrap("read jobs", err)
}

func scanRenditionJob(scan txn.Scan) (j media.RenditionJob, err error) {
	err = scan(&j.Item.Number, &j.Attempts, txn.Time(&j.Due))
	return j, err
}

const (
	renditionJobsQuery = `
	SELECT size_jobs.item, attempts, size_jobs.due_at FROM size_jobs CROSS JOIN items ON number = size_jobs.item
	WHERE size_jobs.due_at IS NOT NULL AND ` + visibility.Present + ` ORDER BY size_jobs.due_at, size_jobs.item LIMIT ?`
	byNumberQuery = `SELECT ` + itemColumns + ` FROM items WHERE number = ?`
)

// FinishRenditionJob implements media.RenditionRecords.
func (db *ItemRecords) FinishRenditionJob(ctx context.Context, it *media.Item) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		err := txn.RequireRow(s.Exec(ctx, `
			DELETE FROM size_jobs WHERE item = ? AND EXISTS (SELECT 1 FROM items WHERE number = item AND state = 'live')`, it.Number))
		if err != nil {
			return err
		}
		return insertFiles(ctx, s, it.Number, it, it.RenditionRoles(), time.Time{})
	})
	return txn.Wrap("finish job", err)
}

// AddFiles implements media.RenditionRecords.
func (db *ItemRecords) AddFiles(ctx context.Context, it *media.Item, roles []media.Role) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if _, err := txn.QueryOne(ctx, s, txn.Value[int64], `SELECT number FROM items WHERE number = ? AND state = 'live'`, it.Number); err != nil {
			return err
		}
		return insertFiles(ctx, s, it.Number, it, roles, time.Time{})
	})
	return txn.Wrap("add files", err)
}

// PostponeRenditionJob implements media.RenditionRecords.
func (db *ItemRecords) PostponeRenditionJob(ctx context.Context, item int64, until time.Time, fault string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE size_jobs SET attempts = attempts + 1, due_at = ?, fault = ? WHERE item = ?`, txn.Time(&until), fault, item))
	})
	return txn.Wrap("put off job", err)
}
