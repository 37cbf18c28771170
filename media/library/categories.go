package library

import (
	"context"

	"postern/media"
)

// Categories are the categories of the server. It is safe for concurrent use.
type Categories struct{ records media.Accounts }

// All returns all categories by name.
func (s *Categories) All(ctx context.Context) ([]media.Category, error) {
	return s.records.Categories(ctx)
}

// Find returns the category of an ID or a name, as FindCategory does.
func (s *Categories) Find(ctx context.Context, word string) (media.Category, error) {
	return media.FindCategory(ctx, s.records, word)
}

// Of returns the category that an item is in; the error wraps
// fs.ErrNotExist for none.
func (s *Categories) Of(ctx context.Context, it media.Item) (media.Category, error) {
	return s.records.Category(ctx, it.CategoryID)
}
