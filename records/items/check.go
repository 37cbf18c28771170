package items

import (
	"context"

	"postern/media"
	"postern/records/txn"
)

// EachItem calls visit for every item in the order of insertion, also for
// those that are being deleted or have not arrived yet, and stops at its first error. The items are
// read in pages, each as of one moment; visit may write.
func (db *ItemRecords) EachItem(ctx context.Context, visit func(it media.Item, deleting bool) error) error {
	for last := int64(0); ; {
		items, deleting, err := db.page(ctx, last)
		if err != nil {
			return txn.Wrap("read items", err)
		}
		if len(items) == 0 {
			return nil
		}
		for _, it := range items {
			if err := visit(it, deleting[it.Number]); err != nil {
				return err
			}
			last = it.Number
		}
	}
}

// page returns the items after one of them, and which of them are being
// deleted.
func (db *ItemRecords) page(ctx context.Context, after int64) ([]media.Item, map[int64]bool, error) {
	deleting := make(map[int64]bool)
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		items, err := Query(ctx, s, pageQuery, after)
		if err != nil || len(items) == 0 {
			return nil, err
		}
		return items, s.Each(ctx, func(scan txn.Scan) error {
			var number int64
			err := scan(&number)
			deleting[number] = true
			return err
		}, pageDeletingQuery, after, items[len(items)-1].Number)
	})
	return items, deleting, err
}

const (
	pageQuery = `
	SELECT ` + itemColumns + ` FROM items WHERE number > ? ORDER BY number LIMIT 500`
	pageDeletingQuery = `
	SELECT number FROM items WHERE state <> 'live' AND number > ? AND number <= ?`
)
