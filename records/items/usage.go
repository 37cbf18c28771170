package items

import (
	"context"
	"fmt"
	"slices"
	"time"

	"postern/media"
	"postern/records/txn"
)

// Usage implements media.ItemRecords.
func (db *ItemRecords) Usage(ctx context.Context, userID int64, uploader string, at time.Time) (media.Usage, error) {
	u, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Usage, error) {
		return readUsage(ctx, s, userID, counterOf(userID, uploader), day(at))
	})
	return u, txn.Wrap("read usage", err)
}

// readUsage is zero for who has nothing.
func readUsage(ctx context.Context, s txn.Tx, userID int64, counter string, day int64) (u media.Usage, err error) {
	err = s.Each(ctx, func(scan txn.Scan) error { return scan(&u.Items, &u.Bytes, &u.Daily) }, `
		SELECT CAST(coalesce(sum(items), 0) AS bigint), CAST(coalesce(sum(bytes), 0) AS bigint),
			coalesce((SELECT uploads FROM daily_uploads WHERE day = ?2 AND uploader = ?3), 0)
		FROM usage WHERE user_id = ?1`, userID, day, counter)
	return u, err
}

// counterOf names whose uploads of a day are counted together.
func counterOf(userID int64, uploader string) string {
	if userID == 0 {
		return uploader
	}
	return fmt.Sprintf("user %d", userID)
}

// day numbers the days of UTC.
func day(at time.Time) int64 { return at.Unix() / (24 * 60 * 60) }

// checkQuota holds an item against its limits, in the transaction that inserts it,
// and counts the upload.
func checkQuota(ctx context.Context, s txn.Tx, it *media.Item, t media.UploadLimits) error {
	counter := counterOf(it.UserID, it.AddressHash)
	if err := s.Lock(ctx, "uploads of "+counter); err != nil {
		return err
	}
	usage, err := readUsage(ctx, s, it.UserID, counter, day(t.CountedAt))
	if err != nil {
		return err
	}
	if err := t.Check(usage, it.Bytes()); err != nil {
		return err
	}
	if t.CountedAt.IsZero() {
		return nil
	}
	return countUpload(ctx, s, counter, day(t.CountedAt))
}

// countUpload adds one to a counter and forgets what is older than yesterday:
// clocks may go back a little.
func countUpload(ctx context.Context, s txn.Tx, counter string, day int64) error {
	if _, err := s.Exec(ctx, `
		INSERT INTO daily_uploads (day, uploader, uploads) VALUES (?, ?, 1)
		ON CONFLICT (day, uploader) DO UPDATE SET uploads = daily_uploads.uploads + 1`, day, counter); err != nil {
		return err
	}
	_, err := s.Exec(ctx, `DELETE FROM daily_uploads WHERE day < ?`, day-1)
	return err
}

// SetQuota implements media.Oversight.
func (db *ItemRecords) SetQuota(ctx context.Context, userID int64, q media.Quota) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE users SET max_bytes = ?, max_items = ?, max_daily = ? WHERE id = ?`,
			q.Bytes, q.Items, q.Daily, userID))
	})
	return txn.Wrap("set quota", err)
}

// Miscounts returns what is wrong with the sums that are kept of what users
// have, a line for each user, and with the index of words.
func (db *ItemRecords) Miscounts(ctx context.Context) ([]string, error) {
	lines, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]string, error) {
		if err := s.Unbounded(ctx); err != nil {
			return nil, err
		}
		lines, err := txn.QueryAll(ctx, s, scanMiscount, miscountsQuery)
		if err != nil {
			return nil, err
		}
		galleries, err := txn.QueryAll(ctx, s, scanMiscountedGallery, miscountedGalleriesQuery)
		if err != nil {
			return nil, err
		}
		words, err := db.index.Faults(ctx, s.Session)
		return slices.Concat(lines, galleries, words), err
	})
	return lines, txn.Wrap("count anew", err)
}

func scanMiscount(scan txn.Scan) (string, error) {
	var user string
	var items, bytes, videos, wantItems, wantBytes, wantVideos int64
	err := scan(&user, &items, &bytes, &videos, &wantItems, &wantBytes, &wantVideos)
	return fmt.Sprintf("user %s is counted %d items of %d bytes, %d of videos; has %d of %d, %d", user, items, bytes, videos, wantItems, wantBytes, wantVideos), err
}

func scanMiscountedGallery(scan txn.Scan) (string, error) {
	var user string
	err := scan(&user)
	return fmt.Sprintf("items of user %s are counted wrongly by kind and status", user), err
}

const (
	// trueUsage counts anew what usage says.
	trueUsage = `
	SELECT users.id, users.name AS name,
		coalesce(counted.items, 0) AS items, coalesce(sized.bytes, 0) AS bytes, coalesce(sized.video_bytes, 0) AS video_bytes
	FROM users
	LEFT JOIN (SELECT user_id, count(*) AS items FROM items WHERE user_id IS NOT NULL GROUP BY user_id) AS counted
		ON counted.user_id = users.id
	LEFT JOIN (
		SELECT user_id, CAST(sum(size) AS bigint) AS bytes, CAST(sum(CASE WHEN kind = 'video' THEN size ELSE 0 END) AS bigint) AS video_bytes
		FROM files JOIN items ON number = item WHERE user_id IS NOT NULL GROUP BY user_id) AS sized
		ON sized.user_id = users.id`
	miscountsQuery = `
	SELECT name, coalesce(usage.items, 0), coalesce(usage.bytes, 0), coalesce(usage.video_bytes, 0), truly.items, truly.bytes, truly.video_bytes
	FROM (` + trueUsage + `) AS truly LEFT JOIN usage ON usage.user_id = truly.id
	WHERE usage.items IS DISTINCT FROM truly.items OR usage.bytes IS DISTINCT FROM truly.bytes
		OR usage.video_bytes IS DISTINCT FROM truly.video_bytes`

	// trueCounts counts anew what item_counts says.
	trueCounts = `
	SELECT user_id, purge_at IS NOT NULL, kind, status, count(*) FROM items
	WHERE state = 'live' AND user_id IS NOT NULL GROUP BY 1, 2, 3, 4`
	keptCounts               = `SELECT * FROM item_counts WHERE items <> 0`
	miscountedGalleriesQuery = `
	SELECT name FROM users WHERE id IN (
		SELECT user_id FROM (SELECT * FROM (` + trueCounts + `) AS truly EXCEPT ` + keptCounts + `) AS lacking
		UNION SELECT user_id FROM (` + keptCounts + ` EXCEPT SELECT * FROM (` + trueCounts + `) AS truly) AS excess)`
)

// Recount makes the sums agree with what is there, and leaves the index of words to
// be made anew from the next start on.
func (db *ItemRecords) Recount(ctx context.Context) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := s.Unbounded(ctx); err != nil {
			return err
		}
		for _, statement := range []string{
			`INSERT INTO usage (user_id, items, bytes, video_bytes) SELECT id, items, bytes, video_bytes FROM (` + trueUsage + `) AS truly WHERE true
				ON CONFLICT (user_id) DO UPDATE SET items = excluded.items, bytes = excluded.bytes, video_bytes = excluded.video_bytes`,
			`DELETE FROM item_counts`,
			`INSERT INTO item_counts` + trueCounts,
		} {
			if _, err := s.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return db.index.Reset(ctx, s.Session)
	})
	return txn.Wrap("recount", err)
}
