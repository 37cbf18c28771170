package media

import (
	"context"
	"strings"
	"time"
)

// ModerationRecords is what moderation needs of a database. The rules of ItemRecords
// hold.
type ModerationRecords interface {
	// PendingItems returns up to limit live items of a query that wait for a
	// moderator, or are not rejected and have reports that wait, have not expired at now,
	// and have a number above after, lowest first.
	PendingItems(ctx context.Context, q PendingQuery, now time.Time, after int64, limit int) ([]Item, error)
	// CountPending returns how many there are.
	CountPending(ctx context.Context, q PendingQuery, now time.Time) (int, error)
	// SetModeration records what moderators think of the live item with a public ID,
	// and returns it as it is then. ModerationNSFW makes it approved and adult
	// until another verdict; no verdict takes back what its owner says. The item's
	// reports are gone then.
	SetModeration(ctx context.Context, id string, verdict Moderation) (Item, error)
	// ItemsNamed and SetModerations are those of SelectionRecords.
	ItemsNamed(ctx context.Context, ids []string) ([]Item, error)
	SetModerations(ctx context.Context, items []Item, r Ruling) (answered []int64, err error)

	// ClaimPending returns the first of the items of PendingItems that nobody has
	// claimed at now, and claims it until then. The error wraps fs.ErrNotExist when
	// there is none. Restoring an item from the trash ends its claim.
	ClaimPending(ctx context.Context, now, until time.Time) (Item, error)
	// ExtendClaim claims an item until then, if it still waits.
	ExtendClaim(ctx context.Context, number int64, until time.Time) error
	// SettlePending is SetModeration for an item that still waits, and leaves its reports. The
	// error wraps fs.ErrNotExist when somebody has decided since.
	SettlePending(ctx context.Context, id string, verdict Moderation) (Item, error)
}

// Ruling is what a moderator says of items.
type Ruling struct {
	Verdict Moderation // "": what waits is approved, and any other verdict stays
	At      time.Time
	Before  time.Time // reports from before then are answered
	Reopen  time.Time // reports that a ruling at that time has answered wait again; zero for none
}

// On returns the verdict on an item.
func (r Ruling) On(it *Item) Moderation {
	switch {
	case r.Verdict != "":
		return r.Verdict
	case it.Waits():
		return ModerationApproved
	}
	return it.Verdict()
}

// Sender is who has uploaded items: a user, or a guest by the digest of the address. The
// zero Sender is anybody.
type Sender struct {
	UserID      int64
	AddressHash string // of a guest
}

// PendingQuery asks for items of the queue; the zero value is for all.
type PendingQuery struct {
	From Sender
	Open bool  // leave out what is private, withheld, or has a lock of its own or of its album
	Own  int64 // the user whose items Open does not leave out; 0 for none
}

// ValidAddressHash reports whether a text may be the digest of a guest's address.
func ValidAddressHash(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// ParseVerdict returns what a text, in any case and with space around it, says
// of an item, and whether it says anything.
func ParseVerdict(text string) (Moderation, bool) {
	m := Moderation(strings.ToLower(strings.TrimSpace(text)))
	switch m {
	case ModerationApproved, ModerationPending, ModerationNSFW, ModerationRejected:
		return m, true
	}
	return "", false
}
