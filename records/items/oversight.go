package items

import (
	"context"
	"strings"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// FindItems implements media.Oversight.
func (db *ItemRecords) FindItems(ctx context.Context, q media.ItemSearch) ([]media.Item, error) {
	conditions, args := found(q)
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		return Query(ctx, s, `SELECT `+cardColumns+` FROM items WHERE `+conditions+`
			ORDER BY created_at DESC, number DESC LIMIT ?`, append(args, max(q.Limit, 0))...)
	})
	return items, txn.Wrap("find items", err)
}

// CountFound implements media.Oversight.
func (db *ItemRecords) CountFound(ctx context.Context, q media.ItemSearch) (int, error) {
	conditions, args := found(q)
	n, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (int64, error) {
		return txn.QueryOne(ctx, s, txn.Value[int64], `
			SELECT count(*) FROM (SELECT number FROM items WHERE `+conditions+` LIMIT ?) AS found`, append(args, max(q.Limit, 0))...)
	})
	return int(n), txn.Wrap("count items", err)
}

// found returns the condition of the items that a search asks for, and its arguments.
func found(q media.ItemSearch) (condition string, args []any) {
	conditions := []string{visibility.Present, "(expires_at IS NULL OR expires_at > ?)"}
	args = []any{txn.Time(&q.Now)}
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	restrict(q.UserID != 0, "user_id = ?", q.UserID)
	restrict(q.Guests || q.AddressHash != "", "user_id IS NULL")
	restrict(q.AddressHash != "", "uploader = ?", q.AddressHash)
	restrict(q.Kind != "", "kind = ?", q.Kind)
	restrict(q.MIME != "", "EXISTS (SELECT 1 FROM files WHERE item = number AND role = 'original' AND mime = ?)", q.MIME)
	restrict(q.Status != "", "status = ?", q.Status)
	part := "%" + txn.Likely.Replace(strings.ToLower(q.Text)) + "%"
	restrict(q.Text != "", `(id = ? OR md5 = ? OR source_md5 = ? OR nocase(title) LIKE ? ESCAPE '!' OR nocase(original_name) LIKE ? ESCAPE '!')`,
		q.Text, strings.ToLower(q.Text), strings.ToLower(q.Text), part, part)
	restrict(!q.Since.IsZero(), "created_at >= ?", txn.Time(&q.Since))
	restrict(!q.Until.IsZero(), "created_at < ?", txn.Time(&q.Until))
	restrict(q.After.Number != 0, "(created_at, number) < (?, ?)", txn.Time(&q.After.CreatedAt), q.After.Number)
	return strings.Join(conditions, " AND "), args
}

// GuestUploads implements media.Oversight.
func (db *ItemRecords) GuestUploads(ctx context.Context, since time.Time, limit int) ([]media.GuestUploads, error) {
	guests, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.GuestUploads, error) {
		return txn.QueryAll(ctx, s, func(scan txn.Scan) (g media.GuestUploads, err error) {
			err = scan(&g.AddressHash, &g.Items, txn.Time(&g.Last))
			return g, err
		}, `SELECT uploader, count(*), max(created_at) FROM items
			WHERE `+visibility.Present+` AND user_id IS NULL AND created_at >= ?
			GROUP BY uploader ORDER BY 2 DESC, uploader LIMIT ?`, txn.Time(&since), max(limit, 0))
	})
	return guests, txn.Wrap("count uploads of guests", err)
}

// GiveItems implements media.OwnerRecords.
func (db *ItemRecords) GiveItems(ctx context.Context, numbers []int64, userID int64) error {
	err := db.updateAll(ctx, numbers, func(ctx context.Context, s txn.Tx, list string) (int64, error) {
		// An item is in no album and in no list while it changes hands, so that what
		// triggers count is right at each step.
		given, err := s.Exec(ctx, `
			UPDATE items SET album_id = NULL, withheld = TRUE, `+visibility.StayClosed+` WHERE number IN (numbers_of(?)) AND `+visibility.Present, list)
		if err != nil {
			return 0, err
		}
		_, err = s.Exec(ctx, `
			UPDATE items SET user_id = nullif(CAST(? AS bigint), 0), treatment = '' WHERE number IN (numbers_of(?))`, userID, list)
		if err != nil {
			return 0, txn.Conflict(err, media.ErrIDTaken)
		}
		_, err = s.Exec(ctx, `
			UPDATE items SET withheld = coalesce((SELECT users.withheld FROM users WHERE users.id = user_id), FALSE)
			WHERE number IN (numbers_of(?))`, list)
		if err != nil {
			return 0, err
		}
		return given, db.index.Changed(ctx, s.Session, numbers...)
	})
	return txn.Wrap("give items", err)
}
