package media

import "context"

// Items returns the items that q asks for, newest first. Its Now is the
// library's.
func (l *Library) Items(ctx context.Context, q ItemQuery) ([]Item, error) {
	q.Now = l.now()
	return l.index.Items(ctx, q)
}

// CountItems tells how many items q asks for, whatever its place and limit.
func (l *Library) CountItems(ctx context.Context, q ItemQuery) (int, error) {
	q.Now = l.now()
	return l.index.CountItems(ctx, q)
}
