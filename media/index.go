package media

import (
	"context"
	"time"
)

// Index is what Library needs of a database. Every method is safe for
// concurrent use and all-or-nothing. What is absent is reported as an error
// that wraps fs.ErrNotExist. Times are kept in whole seconds.
//
// An item is live from its insertion until BeginDelete, and deleting from then
// until FinishDelete. Only live items are found by Item, ItemAt and Duplicates.
type Index interface {
	// InsertItem commits a new live item with its files and tags, and sets its
	// Number. The error is ErrKeyTaken when a key of its files is another's
	// (letters that differ in case alone count as the same), ErrIDTaken when
	// its ID is, ErrBanned when the MD5 of its bytes is banned, a *QuotaError
	// when they do not meet the terms, and wraps fs.ErrNotExist when its user,
	// album or category is not there. With the item the upload is counted.
	InsertItem(ctx context.Context, it *Item, terms Terms) error

	// Usage returns what a user keeps, and what it, or a guest whose Uploader
	// is given, has uploaded on the day of a moment. Who has nothing is zero.
	Usage(ctx context.Context, userID int64, uploader string, at time.Time) (Usage, error)

	// Item returns the live item with a public ID.
	Item(ctx context.Context, id string) (Item, error)

	// ItemAt returns the live item that one of whose files has the key.
	ItemAt(ctx context.Context, key string) (Item, error)

	// Duplicates returns live items of the same bytes, newest first.
	Duplicates(ctx context.Context, q DuplicateQuery) ([]Item, error)

	// AddView counts a visit of the item's page.
	AddView(ctx context.Context, number int64) error

	// UpdateFile records other facts of the bytes that an item has in a role
	// under the key of f.
	UpdateFile(ctx context.Context, number int64, role Role, f File) error

	// BeginDelete turns a live item into a deleting one and returns it. Of
	// several callers one wins; the others get fs.ErrNotExist.
	BeginDelete(ctx context.Context, id string) (Item, error)

	// BeginExpire turns up to limit live items that have expired at now into
	// deleting ones and returns them.
	BeginExpire(ctx context.Context, now time.Time, limit int) ([]Item, error)

	// Deleting returns up to limit deleting items.
	Deleting(ctx context.Context, limit int) ([]Item, error)

	// FinishDelete removes the records of deleting items; others count as
	// removed.
	FinishDelete(ctx context.Context, numbers ...int64) error

	// NextExpiry returns the earliest end of life of a live item, or
	// fs.ErrNotExist when no item expires.
	NextExpiry(ctx context.Context) (time.Time, error)
}

// DuplicateQuery asks for items of the same bytes as uploaded. Fields that are
// zero do not restrict.
type DuplicateQuery struct {
	MD5       string // of the bytes as uploaded or as stored
	Size      int64  // of the bytes as uploaded
	UserID    int64
	Treatment string
	Uploader  string
	Since     time.Time // created at this time or later
	Lasting   bool      // only items that never expire
}

// Accounts is what Keyring and the commands need of a database: users, their
// keys and albums, and the categories. The same rules hold as for Index.
type Accounts interface {
	// InsertUser adds a user and sets its ID; ErrNameTaken when the name is
	// another's.
	InsertUser(ctx context.Context, u *User) error
	User(ctx context.Context, id int64) (User, error)
	UserNamed(ctx context.Context, name string) (User, error)
	Users(ctx context.Context) ([]User, error)

	// InsertKey adds a key and sets its ID; ErrNameTaken when the same key is
	// there already.
	InsertKey(ctx context.Context, k *APIKey) error
	// KeyByDigest returns a key and its user, whether it is valid or not.
	KeyByDigest(ctx context.Context, digest []byte) (APIKey, User, error)
	Keys(ctx context.Context) ([]APIKey, error)
	// RevokeKey ends a key; one that was revoked before keeps its time.
	RevokeKey(ctx context.Context, id int64, at time.Time) error
	// TouchKeys records the last use of keys by their IDs, never setting one
	// back. Keys that are not there are skipped.
	TouchKeys(ctx context.Context, used map[int64]time.Time) error

	// InsertAlbum adds an album and sets its ID; ErrIDTaken when its slug is
	// another's.
	InsertAlbum(ctx context.Context, a *Album) error
	AlbumBySlug(ctx context.Context, slug string) (Album, error)
	// InsertCategory adds a category and sets its ID; ErrNameTaken when its
	// name is another's.
	InsertCategory(ctx context.Context, c *Category) error
	Category(ctx context.Context, id int64) (Category, error)
}
