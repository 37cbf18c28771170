package postgres

import (
	"context"
	"time"

	"postern/media/notify"
)

const tidyEvery = time.Hour

// tidy folds the parts of past days of tallies, which nobody adds to any more, forgets
// the buckets that are full, and indexes words that are not, once an hour. What an error
// leaves, the next hour finds.
func (db *DB) tidy(ctx context.Context) {
	notify.Every(ctx, tidyEvery, func() { _, _, _ = db.foldTallies(ctx), db.forgetRates(ctx), db.indexUnmade(ctx) })
}

func (db *DB) foldTallies(ctx context.Context) error {
	_, err := db.pool.ExecContext(ctx, foldTalliesStatement)
	return wrapErr("fold tallies", err)
}

const foldTalliesStatement = `
	WITH folded AS (
		DELETE FROM tallies WHERE part > 0 AND day < extract(epoch FROM now())::bigint / 86400 - 1
		RETURNING what, "user", tag, day, approved, nsfw)
	INSERT INTO tallies AS t (what, "user", tag, day, part, approved, nsfw)
	SELECT what, "user", tag, day, 0, sum(approved), sum(nsfw) FROM folded GROUP BY what, "user", tag, day
	ON CONFLICT (what, "user", tag, day, part) DO UPDATE SET approved = t.approved + excluded.approved, nsfw = t.nsfw + excluded.nsfw`
