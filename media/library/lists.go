package library

import (
	"cmp"
	"context"
	"slices"

	"postern/media"
)

// Items returns the items that q asks for, in its order, as far as the viewer
// may see them. They are those of q.UserID; its Filter is set here. Where q asks
// for what is listed, what stands in public lists comes beside them, newest first.
func (l *Library) Items(ctx context.Context, v media.Viewer, q media.ItemQuery) ([]media.Item, error) {
	if q.OnlyListed {
		q.Listed, q.Filter = true, l.Rule().Public()
		return l.database.Items(ctx, q)
	}
	if q.Listed {
		return l.itemsAndListed(ctx, v, q)
	}
	q.Filter = l.Rule().Filter(v, q.UserID)
	return l.database.Items(ctx, q)
}

// itemsAndListed reads two lists and merges them, since each has an index of its
// own and costs no more than its page.
func (l *Library) itemsAndListed(ctx context.Context, v media.Viewer, q media.ItemQuery) ([]media.Item, error) {
	q.Sort = media.SortNewest
	public := q
	public.UserID, public.Filter = 0, l.Rule().Public()
	items, err := l.database.Items(ctx, public)
	if err != nil || q.UserID == 0 {
		return items, err
	}
	q.Listed = false
	own, err := l.Items(ctx, v, q)
	if err != nil {
		return nil, err
	}
	return stretch(q, append(items, own...)), nil
}

// stretch sorts items of several lists, and leaves those that the query would
// find in one list of them all.
func stretch(q media.ItemQuery, items []media.Item) []media.Item {
	slices.SortFunc(items, func(a, b media.Item) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.Number, a.Number))
	})
	items = slices.CompactFunc(items, func(a, b media.Item) bool { return a.Number == b.Number })
	surplus := max(len(items)-q.Limit, 0)
	if q.Before.Number != 0 {
		return items[surplus:]
	}
	return items[:len(items)-surplus]
}

// CountItems tells how many items of q.UserID Items would find, whatever its
// place and limit.
func (l *Library) CountItems(ctx context.Context, v media.Viewer, q media.ItemQuery) (int, error) {
	q.Filter = l.Rule().Filter(v, q.UserID)
	return l.database.CountItems(ctx, q)
}

// Listed reports whether an item may stand in public lists.
func (l *Library) Listed(ctx context.Context, it media.Item) (bool, error) {
	return l.database.Listed(ctx, it.Number)
}
