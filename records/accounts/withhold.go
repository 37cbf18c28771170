package accounts

import (
	"context"
	"time"

	"postern/records/txn"
)

// Withhold implements media.Accounts. What a large gallery has is hidden in batches. The
// rest goes in one transaction with the user's own mark, for which uploads wait that are
// under way.
func (db *Accounts) Withhold(ctx context.Context, userID int64, withheld bool) error {
	for last, more := int64(0), true; more; {
		var numbers []int64
		began := time.Now()
		err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
			numbers, err = withholdSome(ctx, s, userID, withheld, last)
			return err
		})
		if err != nil {
			return txn.Wrap("withhold items", err)
		}
		if more = len(numbers) == txn.Batch; !more {
			break
		}
		last = numbers[len(numbers)-1]
		if err := txn.Rest(ctx, time.Since(began)); err != nil {
			return err
		}
	}
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := txn.RequireRow(s.Exec(ctx, `UPDATE users SET withheld = ? WHERE id = ?`, withheld, userID)); err != nil {
			return err
		}
		_, err := s.Exec(ctx, `UPDATE items SET withheld = ?1 WHERE user_id = ?2 AND withheld <> ?1`, withheld, userID)
		return err
	})
	return txn.Wrap("withhold user", err)
}

// withholdSome marks a batch of a user's items behind a number, and returns the numbers of
// these.
func withholdSome(ctx context.Context, s txn.Tx, userID int64, withheld bool, after int64) ([]int64, error) {
	numbers, err := txn.QueryAll(ctx, s, txn.Value[int64], `
		SELECT number FROM items WHERE user_id = ? AND number > ? AND withheld <> ? ORDER BY number LIMIT ?`,
		userID, after, withheld, txn.Batch)
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	list, err := txn.Numbers(numbers)
	if err != nil {
		return nil, err
	}
	_, err = s.Exec(ctx, `UPDATE items SET withheld = ? WHERE number IN (numbers_of(?))`, withheld, list)
	return numbers, err
}
