package sqlite

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
func (db *DB) inBatches(ctx context.Context, some func(context.Context, *conn) (rows int64, err error)) error {
	for {
		var rows int64
		began := time.Now()
		err := db.update(ctx, func(ctx context.Context, s *conn) (err error) {
			rows, err = some(ctx, s)
			return err
		})
		if err != nil || rows < batch {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Since(began)):
		}
	}
}

// inBatch runs a statement whose last parameter limits its rows.
func inBatch(statement string, args ...any) func(context.Context, *conn) (int64, error) {
	return func(ctx context.Context, s *conn) (int64, error) {
		result, err := s.exec(ctx, statement, append(slices.Clip(args), batch)...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
}

// deleteThreads removes the comments that start selects, with all that answer
// them, and returns how many it found. Answers have higher numbers than what
// they answer and go first, since SQLite bounds the depth of cascades.
func (db *DB) deleteThreads(ctx context.Context, start string, args ...any) (found int, err error) {
	ids, err := read(ctx, db, func(ctx context.Context, s *conn) ([]int64, error) {
		return queryAll(ctx, s, scanNumber, fmt.Sprintf(threadsQuery, start), args...)
	})
	if err != nil {
		return 0, err
	}
	found = len(ids)
	return found, db.inBatches(ctx, func(ctx context.Context, s *conn) (int64, error) {
		some := ids[:min(batch, len(ids))]
		ids = ids[len(some):]
		for _, id := range some {
			if _, err := s.exec(ctx, `DELETE FROM comments WHERE id = ?`, id); err != nil {
				return 0, err
			}
		}
		return int64(len(some)), nil
	})
}

const threadsQuery = `
	WITH RECURSIVE thread(id) AS (
		SELECT id FROM comments WHERE %s
		UNION SELECT comments.id FROM thread JOIN comments ON parent_id = thread.id)
	SELECT id FROM thread ORDER BY id DESC`
