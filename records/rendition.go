package records

import (
	"context"
	"time"

	"postern/media"
)

// insertRenditionJob puts an item into the queue for its renditions.
func insertRenditionJob(ctx context.Context, s session, item int64, due time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO size_jobs (item, due_at) VALUES (?, ?)`, item, unixTime{&due})
	return err
}

// RenditionJobs implements media.RenditionRecords. The ones due first come first. What is
// due now and what is due next come of one query, so that they agree.
func (db *DB) RenditionJobs(ctx context.Context, now time.Time, limit int) (due []media.RenditionJob, next time.Time, err error) {
	due, err = read(ctx, db, func(ctx context.Context, s session) ([]media.RenditionJob, error) {
		jobs, err := queryAll(ctx, s, scanRenditionJob, renditionJobsQuery, limit+1)
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
	return due, next, wrapErr("read jobs", err)
}

func scanRenditionJob(scan Scan) (j media.RenditionJob, err error) {
	err = scan(&j.Item.Number, &j.Attempts, unixTime{&j.Due})
	return j, err
}

const (
	renditionJobsQuery = `
	SELECT size_jobs.item, attempts, size_jobs.due_at FROM size_jobs CROSS JOIN items ON number = size_jobs.item
	WHERE size_jobs.due_at IS NOT NULL AND ` + present + ` ORDER BY size_jobs.due_at, size_jobs.item LIMIT ?`
	itemByNumberQuery = `SELECT ` + itemColumns + ` FROM items WHERE number = ?`
)

// FinishRenditionJob implements media.RenditionRecords.
func (db *DB) FinishRenditionJob(ctx context.Context, it *media.Item) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		err := requireRow(s.exec(ctx, `
			DELETE FROM size_jobs WHERE item = ? AND EXISTS (SELECT 1 FROM items WHERE number = item AND state = 'live')`, it.Number))
		if err != nil {
			return err
		}
		return insertFiles(ctx, s, it.Number, it, it.RenditionRoles(), time.Time{})
	})
	return wrapErr("finish job", err)
}

// AddFiles implements media.RenditionRecords.
func (db *DB) AddFiles(ctx context.Context, it *media.Item, roles []media.Role) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if _, err := queryOne(ctx, s, scanNumber, `SELECT number FROM items WHERE number = ? AND state = 'live'`, it.Number); err != nil {
			return err
		}
		return insertFiles(ctx, s, it.Number, it, roles, time.Time{})
	})
	return wrapErr("add files", err)
}

// PostponeRenditionJob implements media.RenditionRecords.
func (db *DB) PostponeRenditionJob(ctx context.Context, item int64, until time.Time, fault string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `
			UPDATE size_jobs SET attempts = attempts + 1, due_at = ?, fault = ? WHERE item = ?`, unixTime{&until}, fault, item))
	})
	return wrapErr("put off job", err)
}
