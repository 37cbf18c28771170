package records

import (
	"context"

	"postern/media"
)

// EachItem calls visit for every item in the order of insertion, also for
// those that are being deleted or have not arrived yet, and stops at its first error. The items are
// read in pages, each as of one moment; visit may write.
func (db *DB) EachItem(ctx context.Context, visit func(it media.Item, deleting bool) error) error {
	for last := int64(0); ; {
		items, deleting, err := db.page(ctx, last)
		if err != nil {
			return wrapErr("read items", err)
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
func (db *DB) page(ctx context.Context, after int64) ([]media.Item, map[int64]bool, error) {
	deleting := make(map[int64]bool)
	items, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Item, error) {
		items, err := queryItems(ctx, s, pageQuery, after)
		if err != nil || len(items) == 0 {
			return nil, err
		}
		return items, s.each(ctx, func(scan Scan) error {
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
