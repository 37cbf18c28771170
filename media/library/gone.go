package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
)

// goneUntil is until when it is said of an item that it has expired; zero for
// not at all. Of what not everyone could see nothing is said.
func (l *Library) goneUntil(it *media.Item) time.Time {
	if l.Policy().Remember.IsZero() || !it.PurgeAt.IsZero() || it.Withheld || !l.Rule().Open(it.Moderation()) {
		return time.Time{}
	}
	return media.RoundUp(l.Policy().Remember.After(it.ExpiresAt))
}

// orGone turns the error of a name that no item has into ErrGone, when one had
// it until it expired.
func (l *Library) orGone(ctx context.Context, name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	gone, failed := l.database.Gone(ctx, name, l.Now())
	switch {
	case failed != nil:
		return failed
	case gone:
		return fmt.Errorf("%s: %w", name, media.ErrGone)
	}
	return err
}
