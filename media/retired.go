package media

import (
	"context"
	"strings"
	"time"
)

// RetiredNames is what a database keeps of items that are gone. What was served
// under a name may be in caches for a year, so that no other item ever has it.
// The rules of ItemRecords hold.
type RetiredNames interface {
	// IDGiven reports whether an ID is an item's, or ever was.
	IDGiven(ctx context.Context, id string) (bool, error)

	// Gone reports whether a name was that of an item that has expired, and
	// that is to be said at now.
	Gone(ctx context.Context, name string, now time.Time) (bool, error)

	// ForgetGone forgets of what is not to be said any more at now that it has
	// expired. The names stay retired.
	ForgetGone(ctx context.Context, now time.Time) error
}

// Names lists the names of an item that no other is ever given: its ID and,
// without the case of their letters, the keys of its files.
func (it *Item) Names() []string {
	names := []string{it.ID}
	for _, key := range it.Keys() {
		names = append(names, KeyName(key))
	}
	return names
}

// KeyName is a file's key as a name: some file systems do not tell the case of
// letters apart.
func KeyName(key string) string { return strings.ToLower(key) }
