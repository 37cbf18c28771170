package library

import (
	"context"

	"postern/media"
)

// Categories returns all categories by name.
func (l *Library) Categories(ctx context.Context) ([]media.Category, error) {
	return l.accounts.Categories(ctx)
}

// CategoryNamed returns the category of an ID or a name, as FindCategory does.
func (l *Library) CategoryNamed(ctx context.Context, word string) (media.Category, error) {
	return media.FindCategory(ctx, l.accounts, word)
}

// CategoryOf returns the category that an item is in; the error wraps
// fs.ErrNotExist for none.
func (l *Library) CategoryOf(ctx context.Context, it media.Item) (media.Category, error) {
	return l.accounts.Category(ctx, it.CategoryID)
}
