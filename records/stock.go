package records

import (
	"context"

	"postern/media"
)

// Stock implements media.AuditRecords. It counts from sums that triggers keep, so it costs as much as there are users.
func (db *DB) Stock(ctx context.Context) (media.Stock, error) {
	stock, err := read(ctx, db, func(ctx context.Context, s session) (media.Stock, error) {
		stock := media.Stock{Items: make(map[string]int64)}
		err := s.each(ctx, func(scan Scan) error {
			var kind string
			var n int64
			err := scan(&kind, &n)
			stock.Items[kind] = n
			return err
		}, itemsByKindQuery)
		if err != nil {
			return stock, err
		}
		return stock, s.each(ctx, func(scan Scan) error { return scan(&stock.Bytes, &stock.Users) }, bytesAndUsersQuery)
	})
	return stock, wrapErr("count what is there", err)
}

const (
	itemsByKindQuery   = `SELECT kind, CAST(sum(items) AS bigint) FROM item_counts WHERE NOT trashed GROUP BY kind`
	bytesAndUsersQuery = `
		SELECT CAST(coalesce((SELECT sum(bytes) FROM usage), 0) AS bigint), (SELECT count(*) FROM users)`
)
