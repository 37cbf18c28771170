package txn

import (
	"context"
	"slices"
	"time"
)

// Batch bounds the rows of one transaction of a long change.
const Batch = 500

// InBatches runs some in transactions of their own until it has found fewer
// than Batch rows to change. Between two of them it rests for as long as the
// last one took: another process looks only now and then whether it can write.
func (db *DB) InBatches(ctx context.Context, some func(context.Context, Tx) (rows int64, err error)) error {
	for {
		var rows int64
		began := time.Now()
		err := db.Update(ctx, func(ctx context.Context, s Tx) (err error) {
			rows, err = some(ctx, s)
			return err
		})
		if err != nil || rows < Batch {
			return err
		}
		if err := Rest(ctx, time.Since(began)); err != nil {
			return err
		}
	}
}

// Rest waits for as long as the transaction before took, so that other processes can
// write in between. Its error is that of ctx.
func Rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// InBatch is a step for InBatches: a statement whose last parameter, which InBatch adds,
// limits its rows.
func InBatch(statement string, args ...any) func(context.Context, Tx) (int64, error) {
	return func(ctx context.Context, s Tx) (int64, error) {
		return s.Exec(ctx, statement, append(slices.Clip(args), Batch)...)
	}
}
