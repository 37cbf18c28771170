package items

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// Item implements media.ItemRecords.
func (db *ItemRecords) Item(ctx context.Context, id string) (media.Item, error) {
	it, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Item, error) {
		return QueryOne(ctx, s, itemQuery, id)
	})
	return it, txn.Wrap("read item "+id, err)
}

const itemQuery = `SELECT ` + itemColumns + ` FROM items WHERE id = ? AND ` + visibility.Present

// ItemAt implements media.ItemRecords.
func (db *ItemRecords) ItemAt(ctx context.Context, key string) (media.Item, media.Role, error) {
	stamp, known := db.tx.Stamp() // before the item is read: what is committed later changes it
	if known {
		if h := db.served.find(key, stamp); h != nil {
			return h.item, h.role, nil
		}
	}
	h, err := txn.ReadOne(ctx, db.tx, scanHeld, itemAtQuery, key)
	if err != nil {
		return media.Item{}, "", txn.Wrap("read item of "+key, err)
	}
	if known {
		db.served.keep(key, h, stamp)
	}
	return h.item, h.role, nil
}

// The index finds the key in any case, the second condition in its own: what an
// expression makes is compared byte by byte.
const itemAtQuery = `
	SELECT file_role, file_key, file_mime, file_size, file_width, file_height, file_object, file_sha256, ` + cardColumns + `
	FROM (SELECT item AS file_item, role AS file_role, key AS file_key, mime AS file_mime, size AS file_size,
			width AS file_width, height AS file_height, ` + otherObject + ` AS file_object, sha256 AS file_sha256
		FROM files WHERE nocase(key) = nocase(?1) AND key || '' = ?1 AND put_until IS NULL) AS file
	JOIN items ON number = file_item
	WHERE ` + visibility.Present

func scanHeld(scan txn.Scan) (h *held, err error) {
	var f media.File
	h = new(held)
	h.item, err = scanItem(func(columns ...any) error {
		return scan(append([]any{&h.role, &f.Key, &f.MIME, &f.Size, &f.Width, &f.Height, &f.Object, &f.SHA256}, columns...)...)
	})
	if err == nil {
		*h.item.File(h.role) = f
	}
	return h, err
}

// ItemNumbered implements media.OldAddresses.
func (db *ItemRecords) ItemNumbered(ctx context.Context, number int64) (media.Item, error) {
	it, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Item, error) {
		return QueryOne(ctx, s, byNumberQuery+` AND `+visibility.Present, number)
	})
	return it, txn.Wrap("read item by number", err)
}

// Duplicates implements media.ItemRecords.
func (db *ItemRecords) Duplicates(ctx context.Context, q media.DuplicateQuery) ([]media.Item, error) {
	query, args := duplicatesQuery(q)
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		return Query(ctx, s, query, args...)
	})
	return items, txn.Wrap("read duplicates", err)
}

func duplicatesQuery(q media.DuplicateQuery) (query string, args []any) {
	conditions := []string{visibility.Present}
	if q.Trashed {
		conditions = []string{"state = 'live'"}
	}
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions = append(conditions, condition)
			args = append(args, values...)
		}
	}
	// The state stands in both halves so that each has its partial index.
	restrict(q.MD5 != "", "(state = 'live' AND source_md5 = ? OR state = 'live' AND md5 = ?)", q.MD5, q.MD5)
	restrict(q.Size != 0, "source_size = ?", q.Size)
	// The plus keeps SQLite from reading all of the user's items instead.
	restrict(q.UserID != 0, "+user_id = ?", q.UserID)
	restrict(q.RequestDigest != "", "treatment = ?", q.RequestDigest)
	restrict(q.AddressHash != "", "uploader = ?", q.AddressHash)
	restrict(!q.Since.IsZero(), "created_at >= ?", txn.Time(&q.Since))
	restrict(q.Lasting, "expires_at IS NULL")
	query = `SELECT ` + itemColumns + ` FROM items WHERE ` + strings.Join(conditions, " AND ") + `
		ORDER BY created_at DESC, number DESC`
	return query, args
}

// refuseTwins keeps out an item beside others of the same bytes, in the
// transaction that would insert it.
func refuseTwins(ctx context.Context, s txn.Tx, t media.UploadLimits) error {
	if t.Twins.MD5 == "" {
		return nil
	}
	if err := s.Lock(ctx, "twins of "+t.Twins.MD5); err != nil {
		return err
	}
	query, args := duplicatesQuery(t.Twins)
	twins, err := Query(ctx, s, query, args...)
	twins = slices.DeleteFunc(twins, func(it media.Item) bool { return slices.Contains(t.Unlike, it.Number) })
	if err == nil && len(twins) > 0 {
		err = &media.TwinError{Twins: twins}
	}
	return err
}

// AddView implements media.ItemRecords.
func (db *ItemRecords) AddView(ctx context.Context, number, visits int64) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE items SET views = views + ? WHERE number = ? AND `+visibility.Present, visits, number))
	})
	return txn.Wrap("add view", err)
}

// BeginDelete implements media.ItemRecords.
func (db *ItemRecords) BeginDelete(ctx context.Context, id string) (it media.Item, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		it, err = QueryOne(ctx, s, beginDeleteQuery, id)
		return err
	})
	if err != nil {
		return media.Item{}, txn.Wrap("begin to delete item "+id, err)
	}
	return it, nil
}

const beginDeleteQuery = `
	UPDATE items SET state = 'deleting' WHERE id = ? AND state = 'live'
	RETURNING ` + itemColumns

// BeginExpire implements media.ItemRecords. The items come in the order of expiry.
func (db *ItemRecords) BeginExpire(ctx context.Context, now time.Time, limit int, goneUntil func(*media.Item) time.Time) ([]media.Item, error) {
	items, err := db.begin(ctx, beginExpireQuery, now, limit, func(it media.Item) time.Time { return it.ExpiresAt }, goneUntil)
	return items, txn.Wrap("begin to expire items", err)
}

const beginExpireQuery = `
	UPDATE items SET state = 'deleting' WHERE number IN (
		SELECT number FROM items WHERE state = 'live' AND expires_at <= ?
		ORDER BY expires_at, number LIMIT ? FOR UPDATE SKIP LOCKED)
	RETURNING ` + itemColumns

// begin runs a query that turns items whose end has come into deleting ones,
// and returns them in the order of their ends. Their names are retired as
// retireExpired does it.
func (db *ItemRecords) begin(ctx context.Context, query string, now time.Time, limit int,
	end func(media.Item) time.Time, goneUntil func(*media.Item) time.Time) (items []media.Item, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if items, err = Query(ctx, s, query, txn.Time(&now), max(limit, 0)); err != nil {
			return err
		}
		return retireExpired(ctx, s, items, goneUntil)
	})
	if err != nil {
		return nil, err
	}
	// RETURNING promises no order.
	slices.SortFunc(items, func(a, b media.Item) int {
		return cmp.Or(end(a).Compare(end(b)), cmp.Compare(a.Number, b.Number))
	})
	return items, nil
}

// Deleting implements media.ItemRecords. The items come in the order of insertion.
func (db *ItemRecords) Deleting(ctx context.Context, limit int) ([]media.Item, error) {
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		return Query(ctx, s, deletingQuery, max(limit, 0))
	})
	return items, txn.Wrap("read deleting items", err)
}

const deletingQuery = `
	SELECT ` + itemColumns + ` FROM items WHERE state = 'deleting' ORDER BY number LIMIT ?`

// FinishDelete implements media.ItemRecords. Items that are live, or not there, are
// left alone.
func (db *ItemRecords) FinishDelete(ctx context.Context, numbers ...int64) error {
	if len(numbers) == 0 {
		return nil
	}
	list, err := txn.Numbers(numbers)
	if err != nil {
		return txn.Wrap("finish deletion", err)
	}
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		if err := retireItems(ctx, s, list); err != nil {
			return err
		}
		_, err := s.Exec(ctx, finishDeleteQuery, list)
		return err
	})
	return txn.Wrap("finish deletion", err)
}

const finishDeleteQuery = `
	DELETE FROM items
	WHERE state = 'deleting' AND number IN (numbers_of(?))`

// NextExpiry implements media.ItemRecords.
func (db *ItemRecords) NextExpiry(ctx context.Context) (time.Time, error) {
	next, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (time.Time, error) {
		return txn.QueryOne(ctx, s, scanTime, nextExpiryQuery)
	})
	return next, txn.Wrap("read next expiry", err)
}

const nextExpiryQuery = `
	SELECT expires_at FROM items WHERE state = 'live' AND expires_at IS NOT NULL
	ORDER BY expires_at LIMIT 1`

func scanTime(scan txn.Scan) (t time.Time, err error) {
	err = scan(txn.Time(&t))
	return t, err
}
