package records

import (
	"context"

	"postern/media"
	"postern/records/txn"
)

// Stock implements media.AuditRecords. It counts from sums that triggers keep, so it costs as much as there are users.
func (db *DB) Stock(ctx context.Context) (media.Stock, error) {
	stock, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Stock, error) {
		stock := media.Stock{Items: make(map[string]int64)}
		var images, videos int64
		err := s.Each(ctx, func(scan txn.Scan) error {
			var kind string
			var n int64
			err := scan(&kind, &n)
			stock.Items[kind] = n
			return err
		}, itemsByKindQuery)
		if err != nil {
			return stock, err
		}
		err = s.Each(ctx, func(scan txn.Scan) error { return scan(&images, &videos, &stock.Users) }, bytesAndUsersQuery)
		stock.Bytes = map[string]int64{string(media.KindImage): images, string(media.KindVideo): videos}
		return stock, err
	})
	return stock, txn.Wrap("count what is there", err)
}

const (
	itemsByKindQuery   = `SELECT kind, CAST(sum(items) AS bigint) FROM item_counts WHERE NOT trashed GROUP BY kind`
	bytesAndUsersQuery = `
		SELECT CAST(coalesce(sum(bytes - video_bytes), 0) AS bigint), CAST(coalesce(sum(video_bytes), 0) AS bigint), (SELECT count(*) FROM users)
		FROM usage`
)
