package media

import (
	"context"
	"time"
)

// ItemSearch asks for live items of anybody that are not in the trash and have not
// expired at Now. Other fields that are zero do not restrict.
type ItemSearch struct {
	UserID      int64
	Guests      bool   // of guests alone
	AddressHash string // of guests from one address
	Kind        Kind
	MIME        string // of the original
	Status      Moderation
	Text        string    // a part of title or file name, whatever the case of ASCII letters; or an ID or an MD5
	Since       time.Time // created then or later
	Until       time.Time // created before

	Now   time.Time
	After Cursor // only older ones than this
	Limit int
}

// GuestUploads is what guests from one address have uploaded.
type GuestUploads struct {
	AddressHash string
	Items       int64
	Last        time.Time
}

// UserOverview is a user as admins see one.
type UserOverview struct {
	User
	Items, Bytes int64     // that count against the quota
	LastSeen     time.Time // latest use of a session or a key that is there; zero for none
	Password     bool      // has one
}

// UserSearch asks for users. Fields that are zero do not restrict.
type UserSearch struct {
	Text   string // a part of the name or the name shown, whatever the case of ASCII letters
	State  *UserState
	Before int64 // only users of lower IDs
	Limit  int
}

// OwnerRecords let items change hands. The rules of ItemRecords hold.
type OwnerRecords interface {
	// GiveItems makes live items a user's, or nobody's for 0: all of them or none. They leave
	// their albums, and what the password of an album closed becomes private. The error wraps fs.ErrNotExist when one of the items or the user is not there.
	GiveItems(ctx context.Context, numbers []int64, userID int64) error
}

// Oversight is what admins ask of a database beside all else. The rules of ItemRecords
// hold.
type Oversight interface {
	// FindItems returns what a search asks for, newest first.
	FindItems(ctx context.Context, q ItemSearch) ([]Item, error)
	// CountFound returns how many items FindItems returns of a search.
	CountFound(ctx context.Context, q ItemSearch) (int, error)
	// GuestUploads returns the guests of whom items are there that were created since
	// a time, those with the most first.
	GuestUploads(ctx context.Context, since time.Time, limit int) ([]GuestUploads, error)
	// GuestAddresses returns the addresses that are kept of guests at now, the latest of
	// each, by their AddressHashes.
	GuestAddresses(ctx context.Context, hashes []string, now time.Time) (map[string]string, error)
	OwnerRecords
	// UserOverviews returns what a search asks for, the latest users first.
	UserOverviews(ctx context.Context, q UserSearch) ([]UserOverview, error)
	// SetQuota gives a user limits of its own. The error wraps fs.ErrNotExist when
	// there is no such user.
	SetQuota(ctx context.Context, userID int64, q Quota) error
}
