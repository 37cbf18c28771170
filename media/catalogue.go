package media

import "context"

// Items returns the items that q asks for, newest first, as far as the viewer
// may see them. They are those of q.UserID; its Filter is set here.
func (l *Library) Items(ctx context.Context, v Viewer, q ItemQuery) ([]Item, error) {
	q.Filter = l.rule().filter(v, q.UserID)
	return l.index.Items(ctx, q)
}

// CountItems tells how many items Items would find, whatever its place and
// limit.
func (l *Library) CountItems(ctx context.Context, v Viewer, q ItemQuery) (int, error) {
	q.Filter = l.rule().filter(v, q.UserID)
	return l.index.CountItems(ctx, q)
}
