package library

import (
	"context"

	"postern/media"
)

// Tags returns the caller's tags in their order, and whether there are more than it returns.
func (l *Library) Tags(ctx context.Context, by media.Caller) (names []string, more bool, err error) {
	if by.User.ID == 0 {
		return nil, false, nil
	}
	names, err = l.database.TagsOf(ctx, by.User.ID, media.MaxOwnTags+1)
	if more = len(names) > media.MaxOwnTags; more {
		names = names[:media.MaxOwnTags]
	}
	return names, more, err
}

// Retag puts a tag in the place of others on all that is the caller's. The error is
// ErrNoTag if a tag is missing, and ErrManyTags for more than a list has.
func (l *Library) Retag(ctx context.Context, by media.Caller, from []string, to string) error {
	switch {
	case by.User.ID == 0 || to == "" || len(from) == 0:
		return media.ErrNoTag
	case len(from) > media.MaxOwnTags:
		return media.ErrManyTags
	}
	return l.database.Retag(ctx, by.User.ID, from, to)
}
