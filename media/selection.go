package media

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Selection names items that a caller wants to change together.
type Selection struct {
	IDs  []string
	Skip bool // leave out what cannot be changed; otherwise all are changed or none
}

// Reason tells why an item of a selection is not changed.
type Reason string

// The reasons. An item that the caller may not know of is gone, too.
const (
	ReasonGone    Reason = "gone"      // it is not there, or not where the change needs it
	ReasonOwner   Reason = "not-yours" // it belongs to another user than the album
	ReasonTags    Reason = "tags"      // it would have too many tags
	ReasonDecided Reason = "decided"   // there is a verdict that the moderator has not seen
)

// Refusal is an item of a selection that cannot be changed.
type Refusal struct {
	ID      string
	Why     Reason
	By      string     // for ReasonDecided, who has decided
	Verdict Moderation // and what
}

// SelectionError reports that nothing was changed, since some items cannot be.
type SelectionError struct{ Refusals []Refusal }

func (e *SelectionError) Error() string {
	return fmt.Sprintf("%d items of a selection cannot be changed", len(e.Refusals))
}

// ErrManyItems reports a selection of more than MaxSelection items, ErrNoItems an empty one.
var (
	ErrManyItems = errors.New("too many items")
	ErrNoItems   = errors.New("no items")
)

// ErrOneItem reports that something is for one item, and several were chosen.
var ErrOneItem = errors.New("is for one item")

// Selected is what became of a selection.
type Selected struct {
	Items    []Item // as they were before the change
	Refusals []Refusal
	Answered []int64   // for a verdict, the numbers of items of which it has answered reports
	At       time.Time // and when
}

// Numbers returns those of the items.
func (s Selected) Numbers() []int64 {
	numbers := make([]int64, len(s.Items))
	for i, it := range s.Items {
		numbers[i] = it.Number
	}
	return numbers
}

// IDs returns those of the items.
func (s Selected) IDs() []string {
	ids := make([]string, len(s.Items))
	for i, it := range s.Items {
		ids[i] = it.ID
	}
	return ids
}

// Tidy leaves each ID once in the selection. The error is ErrNoItems or ErrManyItems.
func (s *Selection) Tidy() error {
	seen := make(map[string]bool)
	s.IDs = slices.DeleteFunc(slices.Clone(s.IDs), func(id string) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
	switch {
	case len(s.IDs) == 0:
		return ErrNoItems
	case len(s.IDs) > MaxSelection:
		return ErrManyItems
	}
	return nil
}

// Choose returns those of the items found that may be changed, as ItemsNamed returns them
// for a tidy selection. The error is a *SelectionError if one cannot be changed and the
// selection does not skip it, or if none can.
func (s Selection) Choose(found []Item, may func(*Item) Reason) (chosen Selected, err error) {
	for _, id := range s.IDs {
		why := ReasonGone
		if len(found) > 0 && found[0].ID == id {
			if why = may(&found[0]); why == "" {
				chosen.Items = append(chosen.Items, found[0])
			}
			found = found[1:]
		}
		if why != "" {
			chosen.Refusals = append(chosen.Refusals, Refusal{ID: id, Why: why})
		}
	}
	if len(chosen.Refusals) > 0 && !s.Skip || len(chosen.Items) == 0 {
		return Selected{}, &SelectionError{chosen.Refusals}
	}
	return chosen, nil
}

// MaxSelection is how many items one request changes at most.
const MaxSelection = 500

// ItemsChange is a change of many items at once. nil fields stay as they are.
type ItemsChange struct {
	AlbumID    *int64 // 0 for none
	By         int64  // the user who changes them; what others take out of an album with a password becomes private
	AddTags    []string
	RemoveTags []string   // in any spelling
	ExpiresAt  *time.Time // zero for never
	NSFW       *bool
	Visibility *Visibility
}

// SelectionRecords is what a database does with many items at once. Each change is for
// all of the items or for none, in a few statements whatever their number. The error
// of a change wraps fs.ErrNotExist if an item is not in the state that it needs.
type SelectionRecords interface {
	// ItemsNamed returns the live items with these IDs, in or out of the trash, in the
	// order of the IDs. It skips IDs that it does not find.
	ItemsNamed(ctx context.Context, ids []string) ([]Item, error)

	// UpdateItems changes items that are not in the trash and have not expired at now.
	// An item that has an added tag, in any spelling, keeps its own. The error wraps
	// fs.ErrNotExist if the album is not there, too.
	UpdateItems(ctx context.Context, numbers []int64, change ItemsChange, now time.Time) error

	// MoveItemsToTrash puts items into the trash until a time.
	MoveItemsToTrash(ctx context.Context, numbers []int64, until time.Time) error

	// RestoreItems takes items out of the trash, as Restore does.
	RestoreItems(ctx context.Context, numbers []int64, now time.Time) error

	// PurgeItems ends the time of items in the trash at now.
	PurgeItems(ctx context.Context, numbers []int64, now time.Time) error

	// SetModerations records what a moderator thinks of items that still have the verdicts
	// which they are given with. It returns the numbers of those of which it has answered
	// reports. It forgets reports that were answered AnsweredReportsKept before.
	SetModerations(ctx context.Context, items []Item, r Ruling) (answered []int64, err error)
}
