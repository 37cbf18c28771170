package records

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// batch bounds the rows of one transaction of a long change.
const batch = 500

// inBatches runs some in transactions of their own until it has found fewer
// than batch rows to change. Between two of them it rests for as long as the
// last one took: another process looks only now and then whether it can write.
func (db *DB) inBatches(ctx context.Context, some func(context.Context, session) (rows int64, err error)) error {
	for {
		var rows int64
		began := time.Now()
		err := db.update(ctx, func(ctx context.Context, s session) (err error) {
			rows, err = some(ctx, s)
			return err
		})
		if err != nil || rows < batch {
			return err
		}
		if err := rest(ctx, time.Since(began)); err != nil {
			return err
		}
	}
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// inBatch runs a statement whose last parameter limits its rows.
func inBatch(statement string, args ...any) func(context.Context, session) (int64, error) {
	return func(ctx context.Context, s session) (int64, error) {
		return s.exec(ctx, statement, append(slices.Clip(args), batch)...)
	}
}

// deleteThreads removes the comments that start selects, with all that answer
// them, and returns how many it found. Answers have higher numbers than what
// they answer and go first, since SQLite bounds the depth of cascades.
func (db *DB) deleteThreads(ctx context.Context, start string, args ...any) (found int, err error) {
	ids, err := read(ctx, db, func(ctx context.Context, s session) ([]int64, error) {
		return queryAll(ctx, s, scanNumber, fmt.Sprintf(threadsQuery, start), args...)
	})
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(ids, batch) {
		began := time.Now()
		err := db.update(ctx, func(ctx context.Context, s session) error {
			for _, id := range some {
				if _, err := s.exec(ctx, `DELETE FROM comments WHERE id = ?`, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil && len(some) == batch {
			err = rest(ctx, time.Since(began))
		}
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

const threadsQuery = `
	WITH RECURSIVE thread(id) AS (
		SELECT id FROM comments WHERE %s
		UNION SELECT comments.id FROM thread JOIN comments ON parent_id = thread.id)
	SELECT id FROM thread ORDER BY id DESC`
