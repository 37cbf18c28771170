package records

import (
	"context"
)

// Stock is what a database holds. Items and bytes are those of users, the trash
// left out of the items.
type Stock struct {
	Items map[string]int64 // by kind
	Bytes int64
	Users int64
}

// Stock counts from sums that triggers keep, so it costs as much as there are users.
func (db *DB) Stock(ctx context.Context) (Stock, error) {
	stock, err := read(ctx, db, func(ctx context.Context, s session) (Stock, error) {
		stock := Stock{Items: make(map[string]int64)}
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
	itemsByKindQuery   = `SELECT kind, CAST(sum(items) AS bigint) FROM item_counts WHERE trashed = 0 GROUP BY kind`
	bytesAndUsersQuery = `
		SELECT CAST(coalesce((SELECT sum(bytes) FROM usage), 0) AS bigint), (SELECT count(*) FROM users)`
)
