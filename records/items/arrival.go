package items

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// A file's put_until is NULL once its bytes are there. Before that it is until when they
// may be put, and 0 from when the file is withdrawn.

// RenewArrival implements media.ArrivalRecords.
func (db *ItemRecords) RenewArrival(ctx context.Context, number int64, until time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		err := txn.RequireRow(s.Exec(ctx, `UPDATE items SET due_at = ? WHERE number = ? AND state = 'arriving'`, txn.Time(&until), number))
		if err != nil {
			return err
		}
		return renewFiles(ctx, s, number, until)
	})
	return txn.Wrap("renew an arrival", err)
}

func renewFiles(ctx context.Context, s txn.Tx, item int64, until time.Time) error {
	_, err := s.Exec(ctx, `UPDATE files SET put_until = ? WHERE item = ? AND put_until > 0`, txn.Time(&until), item)
	return err
}

// Arrive implements media.ArrivalRecords.
func (db *ItemRecords) Arrive(ctx context.Context, it *media.Item, limits media.UploadLimits) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
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
		err := txn.RequireRow(s.Exec(ctx, `UPDATE items SET state = 'live', due_at = 0 WHERE number = ? AND state = 'arriving'`, it.Number))
		if err != nil {
			return err
		}
		return recordPut(ctx, s, it.Number, len(it.Roles()))
	})
	return txn.Wrap("arrive", err)
}

// recordPut records that the bytes of all reserved files of an item are there.
func recordPut(ctx context.Context, s txn.Tx, item int64, want int) error {
	rows, err := s.Exec(ctx, `UPDATE files SET put_until = NULL WHERE item = ? AND put_until > 0`, item)
	if err == nil && rows != int64(want) {
		err = fmt.Errorf("%w: %d files are reserved, not %d", fs.ErrNotExist, rows, want)
	}
	return err
}

// GiveUp implements media.ArrivalRecords.
func (db *ItemRecords) GiveUp(ctx context.Context, it *media.Item, counted, now time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		rows, err := s.Exec(ctx, `
			UPDATE items SET state = 'deleting', user_id = NULL, due_at = ? WHERE number = ? AND state = 'arriving'`, txn.Time(&now), it.Number)
		if err != nil || rows == 0 || counted.IsZero() {
			return err
		}
		_, err = s.Exec(ctx, `UPDATE daily_uploads SET uploads = uploads - 1 WHERE day = ? AND uploader = ? AND uploads > 0`,
			day(counted), counterOf(it.UserID, it.AddressHash))
		return err
	})
	return txn.Wrap("give up an arrival", err)
}

// BeginAbandoned implements media.ArrivalRecords.
func (db *ItemRecords) BeginAbandoned(ctx context.Context, now time.Time, limit int) (int, error) {
	var rows int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		rows, err = s.Exec(ctx, beginAbandonedQuery, txn.Time(&now), limit)
		return err
	})
	return int(rows), txn.Wrap("begin to delete what has not arrived", err)
}

const beginAbandonedQuery = `
	UPDATE items SET state = 'deleting', user_id = NULL, due_at = ?1 WHERE number IN (
		SELECT number FROM items WHERE state = 'arriving' AND due_at < ?1
		ORDER BY due_at LIMIT ?2 FOR UPDATE SKIP LOCKED)`

// ClaimDeleting implements media.ArrivalRecords.
func (db *ItemRecords) ClaimDeleting(ctx context.Context, now, again time.Time, limit int) (items []media.Item, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		items, err = Query(ctx, s, claimDeletingQuery, txn.Time(&again), txn.Time(&now), limit)
		return err
	})
	return items, txn.Wrap("claim deleting items", err)
}

const claimDeletingQuery = `
	UPDATE items SET due_at = ? WHERE number IN (
		SELECT number FROM items WHERE state = 'deleting' AND due_at <= ?
		ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED)
	RETURNING ` + itemColumns

// FinishWithdrawal implements media.ArrivalRecords.
func (db *ItemRecords) FinishWithdrawal(ctx context.Context, began time.Time, grace time.Duration, numbers ...int64) error {
	list, err := txn.Numbers(numbers)
	if err != nil || len(numbers) == 0 {
		return txn.Wrap("finish withdrawal", err)
	}
	late := began.Add(-grace)
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, laterQuery, txn.Time(&late), int64(grace/time.Second)+1, list)
		if err != nil {
			return err
		}
		numbers, err := txn.QueryAll(ctx, s, txn.Value[int64], overQuery, txn.Time(&late), list)
		if err != nil || len(numbers) == 0 {
			return err
		}
		over, err := txn.Numbers(numbers)
		if err != nil {
			return err
		}
		if err := retireItems(ctx, s, over); err != nil {
			return err
		}
		_, err = s.Exec(ctx, finishDeleteQuery, over)
		return err
	})
	return txn.Wrap("finish withdrawal", err)
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
func (db *ItemRecords) WithdrawFiles(ctx context.Context, before time.Time, limit int) (objects []string, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if _, err := s.Exec(ctx, withdrawFilesQuery, txn.Time(&before), limit); err != nil {
			return err
		}
		objects, err = txn.QueryAll(ctx, s, txn.Value[string], withdrawnFilesQuery, limit)
		return err
	})
	return objects, txn.Wrap("withdraw files", err)
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
func (db *ItemRecords) ForgetFiles(ctx context.Context, objects ...string) error {
	list, err := txn.Texts(objects)
	if err != nil {
		return txn.Wrap("forget files", err)
	}
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `DELETE FROM files WHERE put_until = 0 AND object IN (texts_of(?))`, list)
		return err
	})
	return txn.Wrap("forget files", err)
}

// ClaimRenditionJob implements media.RenditionArrivals.
func (db *ItemRecords) ClaimRenditionJob(ctx context.Context, now, again time.Time) (job media.RenditionJob, next time.Time, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		next = time.Time{}
		if job, err = txn.QueryOne(ctx, s, scanRenditionJob, claimRenditionJobQuery); err != nil {
			return err
		}
		if job.Due.After(now) {
			next = job.Due
			return fs.ErrNotExist
		}
		job.Attempts, job.Due = job.Attempts+1, again
		_, err = s.Exec(ctx, `UPDATE size_jobs SET attempts = ?, due_at = ? WHERE item = ?`, job.Attempts, txn.Time(&again), job.Item.Number)
		if err != nil {
			return err
		}
		job.Item, err = QueryOne(ctx, s, byNumberQuery, job.Item.Number)
		return err
	})
	return job, next, txn.Wrap("claim a job", err)
}

const claimRenditionJobQuery = `
	SELECT size_jobs.item, attempts, size_jobs.due_at FROM size_jobs CROSS JOIN items ON number = size_jobs.item
	WHERE size_jobs.due_at IS NOT NULL AND ` + visibility.Present + `
		AND NOT EXISTS (SELECT 1 FROM files WHERE files.item = number AND put_until IS NOT NULL)
	ORDER BY size_jobs.due_at, size_jobs.item LIMIT 1 FOR UPDATE SKIP LOCKED`

// holdAttempt keeps an attempt, and its live item, from others until the transaction ends.
func holdAttempt(ctx context.Context, s txn.Tx, item int64, attempt int) error {
	_, err := txn.QueryOne(ctx, s, txn.Value[int64], `
		SELECT number FROM size_jobs JOIN items ON number = item
		WHERE item = ? AND attempts = ? AND state = 'live' FOR UPDATE SKIP LOCKED`, item, attempt)
	return err
}

// ReserveRenditions implements media.RenditionArrivals.
func (db *ItemRecords) ReserveRenditions(ctx context.Context, it *media.Item, attempt int, until time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := holdAttempt(ctx, s, it.Number, attempt); err != nil {
			return err
		}
		return insertFiles(ctx, s, it.Number, it, it.RenditionRoles(), until)
	})
	return txn.Wrap("reserve renditions", err)
}

// RenewRenditions implements media.RenditionArrivals.
func (db *ItemRecords) RenewRenditions(ctx context.Context, item int64, attempt int, until time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := holdAttempt(ctx, s, item, attempt); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, `UPDATE size_jobs SET due_at = ? WHERE item = ?`, txn.Time(&until), item); err != nil {
			return err
		}
		return renewFiles(ctx, s, item, until)
	})
	return txn.Wrap("renew renditions", err)
}

// ReleaseRenditionJob implements media.RenditionArrivals.
func (db *ItemRecords) ReleaseRenditionJob(ctx context.Context, item int64, attempt int, until time.Time, fault string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE size_jobs SET due_at = ?, fault = ? WHERE item = ? AND attempts = ?`, txn.Time(&until), fault, item, attempt))
	})
	return txn.Wrap("release a job", err)
}

// ArriveRenditions implements media.RenditionArrivals.
func (db *ItemRecords) ArriveRenditions(ctx context.Context, it *media.Item, attempt int) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := holdAttempt(ctx, s, it.Number, attempt); err != nil {
			return err
		}
		if err := recordPut(ctx, s, it.Number, len(it.RenditionRoles())); err != nil {
			return err
		}
		_, err := s.Exec(ctx, `DELETE FROM size_jobs WHERE item = ?`, it.Number)
		return err
	})
	return txn.Wrap("finish job", err)
}
