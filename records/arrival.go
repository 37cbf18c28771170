package records

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
)

// A file's put_until is NULL once its bytes are there. Before that it is until when they
// may be put, and 0 from when the file is withdrawn.

// RenewArrival implements media.ArrivalRecords.
func (db *DB) RenewArrival(ctx context.Context, number int64, until time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		err := requireRow(s.exec(ctx, `UPDATE items SET due_at = ? WHERE number = ? AND state = 'arriving'`, unixTime{&until}, number))
		if err != nil {
			return err
		}
		return renewFiles(ctx, s, number, until)
	})
	return wrapErr("renew an arrival", err)
}

func renewFiles(ctx context.Context, s session, item int64, until time.Time) error {
	_, err := s.exec(ctx, `UPDATE files SET put_until = ? WHERE item = ? AND put_until > 0`, unixTime{&until}, item)
	return err
}

// Arrive implements media.ArrivalRecords.
func (db *DB) Arrive(ctx context.Context, it *media.Item, limits media.UploadLimits) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if q := limits.Twins; q.MD5 != "" {
			// Of twins that arrive at once, the second one looks when the first is live.
			if err := s.Lock(ctx, fmt.Sprintf("twins %s %d %s %s", q.MD5, q.UserID, q.RequestDigest, q.AddressHash)); err != nil {
				return err
			}
		}
		if err := refuseBanned(ctx, s, it); err != nil {
			return err
		}
		if err := refuseTwins(ctx, s, limits); err != nil {
			return err
		}
		err := requireRow(s.exec(ctx, `UPDATE items SET state = 'live', due_at = 0 WHERE number = ? AND state = 'arriving'`, it.Number))
		if err != nil {
			return err
		}
		return recordPut(ctx, s, it.Number, len(it.Roles()))
	})
	return wrapErr("arrive", err)
}

// recordPut records that the bytes of all reserved files of an item are there.
func recordPut(ctx context.Context, s session, item int64, want int) error {
	rows, err := s.exec(ctx, `UPDATE files SET put_until = NULL WHERE item = ? AND put_until > 0`, item)
	if err == nil && rows != int64(want) {
		err = fmt.Errorf("%w: %d files are reserved, not %d", fs.ErrNotExist, rows, want)
	}
	return err
}

// GiveUp implements media.ArrivalRecords.
func (db *DB) GiveUp(ctx context.Context, it *media.Item, counted, now time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		rows, err := s.exec(ctx, `
			UPDATE items SET state = 'deleting', user_id = NULL, due_at = ? WHERE number = ? AND state = 'arriving'`, unixTime{&now}, it.Number)
		if err != nil || rows == 0 || counted.IsZero() {
			return err
		}
		_, err = s.exec(ctx, `UPDATE daily_uploads SET uploads = uploads - 1 WHERE day = ? AND uploader = ? AND uploads > 0`,
			day(counted), counterOf(it.UserID, it.AddressHash))
		return err
	})
	return wrapErr("give up an arrival", err)
}

// BeginAbandoned implements media.ArrivalRecords.
func (db *DB) BeginAbandoned(ctx context.Context, now time.Time, limit int) (int, error) {
	var rows int64
	err := db.update(ctx, func(ctx context.Context, s session) (err error) {
		rows, err = s.exec(ctx, beginAbandonedQuery, unixTime{&now}, limit)
		return err
	})
	return int(rows), wrapErr("begin to delete what has not arrived", err)
}

const beginAbandonedQuery = `
	UPDATE items SET state = 'deleting', user_id = NULL, due_at = ?1 WHERE number IN (
		SELECT number FROM items WHERE state = 'arriving' AND due_at < ?1
		ORDER BY due_at LIMIT ?2 FOR UPDATE SKIP LOCKED)`

// ClaimDeleting implements media.ArrivalRecords.
func (db *DB) ClaimDeleting(ctx context.Context, now, again time.Time, limit int) (items []media.Item, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) (err error) {
		items, err = queryItems(ctx, s, claimDeletingQuery, unixTime{&again}, unixTime{&now}, limit)
		return err
	})
	return items, wrapErr("claim deleting items", err)
}

const claimDeletingQuery = `
	UPDATE items SET due_at = ? WHERE number IN (
		SELECT number FROM items WHERE state = 'deleting' AND due_at <= ?
		ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED)
	RETURNING ` + itemColumns

// FinishWithdrawal implements media.ArrivalRecords.
func (db *DB) FinishWithdrawal(ctx context.Context, began time.Time, grace time.Duration, numbers ...int64) error {
	list, err := numberList(numbers)
	if err != nil || len(numbers) == 0 {
		return wrapErr("finish withdrawal", err)
	}
	late := began.Add(-grace)
	err = db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, laterQuery, unixTime{&late}, int64(grace/time.Second)+1, list)
		if err != nil {
			return err
		}
		numbers, err := queryAll(ctx, s, scanNumber, overQuery, unixTime{&late}, list)
		if err != nil || len(numbers) == 0 {
			return err
		}
		over, err := numberList(numbers)
		if err != nil {
			return err
		}
		if err := retireItems(ctx, s, over); err != nil {
			return err
		}
		_, err = s.exec(ctx, finishDeleteQuery, over)
		return err
	})
	return wrapErr("finish withdrawal", err)
}

const (
	laterQuery = `
	UPDATE items SET due_at = (SELECT max(put_until) FROM files WHERE item = number) + ?2
	WHERE state = 'deleting' AND number IN (numbers_of(?3))
		AND EXISTS (SELECT 1 FROM files WHERE item = number AND put_until >= ?1)`
	overQuery = `
	SELECT number FROM items WHERE state = 'deleting' AND number IN (numbers_of(?2))
		AND NOT EXISTS (SELECT 1 FROM files WHERE item = number AND put_until >= ?1)`
)

// WithdrawFiles implements media.ArrivalRecords.
func (db *DB) WithdrawFiles(ctx context.Context, before time.Time, limit int) (objects []string, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) (err error) {
		if _, err := s.exec(ctx, withdrawFilesQuery, unixTime{&before}, limit); err != nil {
			return err
		}
		objects, err = queryAll(ctx, s, scanText, withdrawnFilesQuery, limit)
		return err
	})
	return objects, wrapErr("withdraw files", err)
}

const (
	withdrawFilesQuery = `
	UPDATE files SET put_until = 0 WHERE object IN (
		SELECT object FROM files JOIN items ON number = item
		WHERE put_until > 0 AND put_until < ? AND state = 'live' LIMIT ? FOR UPDATE SKIP LOCKED)`
	withdrawnFilesQuery = `
	SELECT object FROM files JOIN items ON number = item WHERE put_until = 0 AND state = 'live' LIMIT ?`
)

// ForgetFiles implements media.ArrivalRecords.
func (db *DB) ForgetFiles(ctx context.Context, objects ...string) error {
	list, err := textList(objects)
	if err != nil {
		return wrapErr("forget files", err)
	}
	err = db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `DELETE FROM files WHERE put_until = 0 AND object IN (texts_of(?))`, list)
		return err
	})
	return wrapErr("forget files", err)
}

// ClaimRenditionJob implements media.RenditionArrivals.
func (db *DB) ClaimRenditionJob(ctx context.Context, now, again time.Time) (job media.RenditionJob, next time.Time, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) (err error) {
		next = time.Time{}
		if job, err = queryOne(ctx, s, scanRenditionJob, claimRenditionJobQuery); err != nil {
			return err
		}
		if job.Due.After(now) {
			next = job.Due
			return fs.ErrNotExist
		}
		job.Attempts, job.Due = job.Attempts+1, again
		_, err = s.exec(ctx, `UPDATE size_jobs SET attempts = ?, due_at = ? WHERE item = ?`, job.Attempts, unixTime{&again}, job.Item.Number)
		if err != nil {
			return err
		}
		job.Item, err = queryItem(ctx, s, itemByNumberQuery, job.Item.Number)
		return err
	})
	return job, next, wrapErr("claim a job", err)
}

const claimRenditionJobQuery = `
	SELECT size_jobs.item, attempts, size_jobs.due_at FROM size_jobs CROSS JOIN items ON number = size_jobs.item
	WHERE size_jobs.due_at IS NOT NULL AND ` + present + `
		AND NOT EXISTS (SELECT 1 FROM files WHERE files.item = number AND put_until IS NOT NULL)
	ORDER BY size_jobs.due_at, size_jobs.item LIMIT 1 FOR UPDATE SKIP LOCKED`

// holdAttempt keeps an attempt, and its live item, from others until the transaction ends.
func holdAttempt(ctx context.Context, s session, item int64, attempt int) error {
	_, err := queryOne(ctx, s, scanNumber, `
		SELECT number FROM size_jobs JOIN items ON number = item
		WHERE item = ? AND attempts = ? AND state = 'live' FOR UPDATE SKIP LOCKED`, item, attempt)
	return err
}

// ReserveRenditions implements media.RenditionArrivals.
func (db *DB) ReserveRenditions(ctx context.Context, it *media.Item, attempt int, until time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if err := holdAttempt(ctx, s, it.Number, attempt); err != nil {
			return err
		}
		return insertFiles(ctx, s, it.Number, it, it.RenditionRoles(), until)
	})
	return wrapErr("reserve renditions", err)
}

// RenewRenditions implements media.RenditionArrivals.
func (db *DB) RenewRenditions(ctx context.Context, item int64, attempt int, until time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if err := holdAttempt(ctx, s, item, attempt); err != nil {
			return err
		}
		if _, err := s.exec(ctx, `UPDATE size_jobs SET due_at = ? WHERE item = ?`, unixTime{&until}, item); err != nil {
			return err
		}
		return renewFiles(ctx, s, item, until)
	})
	return wrapErr("renew renditions", err)
}

// ReleaseRenditionJob implements media.RenditionArrivals.
func (db *DB) ReleaseRenditionJob(ctx context.Context, item int64, attempt int, until time.Time, fault string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `
			UPDATE size_jobs SET due_at = ?, fault = ? WHERE item = ? AND attempts = ?`, unixTime{&until}, fault, item, attempt))
	})
	return wrapErr("release a job", err)
}

// ArriveRenditions implements media.RenditionArrivals.
func (db *DB) ArriveRenditions(ctx context.Context, it *media.Item, attempt int) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		if err := holdAttempt(ctx, s, it.Number, attempt); err != nil {
			return err
		}
		if err := recordPut(ctx, s, it.Number, len(it.RenditionRoles())); err != nil {
			return err
		}
		_, err := s.exec(ctx, `DELETE FROM size_jobs WHERE item = ?`, it.Number)
		return err
	})
	return wrapErr("finish job", err)
}
