package sqlite

import (
	"context"
	"time"

	"postern/media"
)

// insertSizeJob puts an item into the queue for its further sizes.
func insertSizeJob(ctx context.Context, s *session, item int64, due time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO size_jobs (item, due_at) VALUES (?, ?)`, item, moment{&due})
	return err
}

// SizeJobs implements media.SizeIndex. The ones due first come first. What is
// due now and what is due next come of one query, so that they agree.
func (db *DB) SizeJobs(ctx context.Context, now time.Time, limit int) (due []media.SizeJob, next time.Time, err error) {
	due, err = view(ctx, db, func(ctx context.Context, s *session) ([]media.SizeJob, error) {
		jobs, err := queryAll(ctx, s, scanSizeJob, sizeJobsQuery, limit+1)
		if err != nil {
			return nil, err
		}
		for i := range jobs {
			if jobs[i].Due.After(now) {
				next = jobs[i].Due
				return jobs[:i], nil
			}
			if jobs[i].Item, err = queryItem(ctx, s, itemByNumberQuery, jobs[i].Item.Number); err != nil {
				return nil, err
			}
		}
		return jobs[:min(limit, len(jobs))], nil
	})
	return due, next, failed("read jobs", err)
}

func scanSizeJob(scan scanner) (j media.SizeJob, err error) {
	err = scan(&j.Item.Number, &j.Attempts, moment{&j.Due})
	return j, err
}

const (
	sizeJobsQuery = `
	SELECT item, attempts, due_at FROM size_jobs CROSS JOIN items ON number = item
	WHERE due_at IS NOT NULL AND ` + present + ` ORDER BY due_at, item LIMIT ?`
	itemByNumberQuery = `SELECT ` + itemColumns + ` FROM items WHERE number = ?`
)

// FinishSizeJob implements media.SizeIndex.
func (db *DB) FinishSizeJob(ctx context.Context, it *media.Item) error {
	err := db.update(ctx, func(ctx context.Context, s *session) error {
		err := affected(s.exec(ctx, `
			DELETE FROM size_jobs WHERE item = ? AND EXISTS (SELECT 1 FROM items WHERE number = item AND state = 'live')`, it.Number))
		if err != nil {
			return err
		}
		return insertFiles(ctx, s, it.Number, it, it.SizeRoles())
	})
	return failed("finish job", err)
}

// PutOffSizeJob implements media.SizeIndex.
func (db *DB) PutOffSizeJob(ctx context.Context, item int64, until time.Time, fault string) error {
	err := db.update(ctx, func(ctx context.Context, s *session) error {
		return affected(s.exec(ctx, `
			UPDATE size_jobs SET attempts = attempts + 1, due_at = ?, fault = ? WHERE item = ?`, moment{&until}, fault, item))
	})
	return failed("put off job", err)
}
