package media

import (
	"context"
	"time"
)

// ItemRecords is what Library needs of a database. Every method is safe for
// concurrent use and all-or-nothing. What is absent is reported as an error
// that wraps fs.ErrNotExist. Times are kept in whole seconds. Texts are kept as
// valid UTF-8 without NUL: U+FFFD stands for what is not.
//
// An item is live from its insertion, or from Arrive, until BeginDelete, and deleting from then
// until FinishDelete. A live item may be in the trash. Only live items that are
// not there are found by Item, ItemAt, Duplicates and AddView.
//
// What is derived agrees with the rows that it follows from, from the commit that
// changes them on, whoever makes it:
//   - Usage counts a user's items, live, in the trash or being deleted, and the bytes of
//     all their files. An item that changes its user or its files takes its share along.
//   - Lengths of galleries, the trash, albums and lists are those of their rows.
//   - A live item that is approved stands in public lists, unless it is in the trash, its
//     post is not public, its user is withheld, or it came out of such a post into none. An adult one
//     stands there for those who want adult content.
//   - A post is what its live items make it (ItemCounts.Moderation), and stands in public
//     lists if it is public, has items, and is approved or, for some, adult.
//   - An item in a post that is marked as adult is adult (PostNSFW), and stays so by
//     its own word (NSFW) when it leaves the post.
//   - An item that joins a post stands behind those that are there.
//   - A tag is there as long as an item or a post bears it.
type ItemRecords interface {
	ItemLists
	SelectionRecords
	OwnerRecords
	TagRecords
	TrashRecords
	RetiredNames
	ArrivalRecords

	// InsertItem commits a new live item with its files and tags, and sets its
	// Number. The error is ErrKeyTaken when a key of its files is, or was,
	// another's (letters that differ in case alone count as the same),
	// ErrIDTaken when its ID is or was, ErrBanned when the MD5 of its bytes is banned, a *TwinError
	// or a *QuotaError when it does not meet the limits, and wraps fs.ErrNotExist when its user,
	// album or category is not there. With the item the upload is counted.
	InsertItem(ctx context.Context, it *Item, limits UploadLimits) error

	// ForgetAddresses removes the addresses of guests that were to be kept until now.
	ForgetAddresses(ctx context.Context, now time.Time) error

	// Usage returns what a user keeps, and what it, or a guest whose AddressHash
	// is given, has uploaded on the day of a moment. Who has nothing is zero.
	Usage(ctx context.Context, userID int64, uploader string, at time.Time) (Usage, error)

	// Item returns the live item with a public ID.
	Item(ctx context.Context, id string) (Item, error)

	// ItemAt returns the live item one of whose files has the key, and the file's role.
	// The item has no other file, no tags, no description and no EXIF data: files are
	// asked for far more often than anything else.
	ItemAt(ctx context.Context, key string) (Item, Role, error)

	// Duplicates returns live items of the same bytes, newest first.
	Duplicates(ctx context.Context, q DuplicateQuery) ([]Item, error)

	// AddView counts visits of the item's page.
	AddView(ctx context.Context, number, visits int64) error

	// UpdateFile records other facts of the bytes that an item has in a role
	// under the key of f.
	UpdateFile(ctx context.Context, number int64, role Role, f File) error

	// BeginDelete turns a live item, also one in the trash, into a deleting one
	// and returns it. Of several callers one wins; the others get
	// fs.ErrNotExist.
	BeginDelete(ctx context.Context, id string) (Item, error)

	// BeginExpire turns up to limit live items that have expired at now into
	// deleting ones and returns them, also those in the trash. It is to be said
	// of each until a time that it is gone, which goneUntil tells: zero, or no
	// goneUntil, for nothing.
	BeginExpire(ctx context.Context, now time.Time, limit int, goneUntil func(*Item) time.Time) ([]Item, error)

	// Deleting returns up to limit deleting items.
	Deleting(ctx context.Context, limit int) ([]Item, error)

	// FinishDelete removes the records of deleting items and retires their
	// names; others count as removed.
	FinishDelete(ctx context.Context, numbers ...int64) error

	// NextExpiry returns the earliest end of life of a live item, or
	// fs.ErrNotExist when no item expires.
	NextExpiry(ctx context.Context) (time.Time, error)
}

// Numbered is an item of a long list.
type Numbered struct {
	Number int64
	ID     string
}

// ItemLists lists live items and changes what is said of them. Neither it nor
// its callers see the trash, but where a query asks for it.
type ItemLists interface {
	// Items returns the items that q asks for, in its order.
	Items(ctx context.Context, q ItemQuery) ([]Item, error)

	// CountItems tells how many items q asks for, whatever its place and limit;
	// MaxSearchCount for a search that finds as many or more.
	CountItems(ctx context.Context, q ItemQuery) (int, error)

	// Numbers returns the numbers and IDs of all items that q asks for, in its
	// order, whatever its place and limit.
	Numbers(ctx context.Context, q ItemQuery) ([]Numbered, error)

	// AlbumStatus returns what moderators think of an album, by its items that
	// have not expired at now.
	AlbumStatus(ctx context.Context, id int64, now time.Time) (Moderation, error)

	// UpdateItem records the title and whose it is, the description, tags, album, end of life,
	// sensitivity, category and request digest that it has now. The error wraps
	// fs.ErrNotExist when the item is not there, has expired at now, or its
	// album or category is not there.
	UpdateItem(ctx context.Context, it Item, now time.Time) error

	// Listed reports whether an item may stand in public lists.
	Listed(ctx context.Context, number int64) (bool, error)
}

// TrashRecords holds live items that their owner has deleted and may still have back.
type TrashRecords interface {
	// MoveToTrash puts an item into the trash until a time and returns it. Of
	// several callers one wins; the others get fs.ErrNotExist.
	MoveToTrash(ctx context.Context, id string, until time.Time) (Item, error)

	// Trashed returns the item with a public ID that is in the trash.
	Trashed(ctx context.Context, id string) (Item, error)

	// Restore takes an item out of the trash, unless its time there is over at
	// now or it has expired, and returns it.
	Restore(ctx context.Context, id string, now time.Time) (Item, error)

	// BeginPurge turns up to limit items whose time in the trash is over at now
	// into deleting ones and returns them.
	BeginPurge(ctx context.Context, now time.Time, limit int) ([]Item, error)

	// NextPurge returns the earliest time at which an item in the trash is
	// over, or fs.ErrNotExist when the trash is empty.
	NextPurge(ctx context.Context) (time.Time, error)
}

// ItemQuery asks for live items that a Filter lets through. Other fields that
// are zero do not restrict.
type ItemQuery struct {
	Filter
	UserID     int64
	AlbumID    int64
	CategoryID int64
	Tag        string // in any case
	Kind       Kind
	Search     string     // words that all are in title, tags or the client's file name, in any case
	InTrash    bool       // those in the trash instead of the others
	Listed     bool       // only what stands in public lists; Library.Items adds that of all users
	OnlyListed bool       // of the user only what stands in public lists
	NoAlbum    bool       // only what is in no album
	Ending     bool       // only what expires
	Visibility Visibility // of the items by themselves

	Sort   Sort
	After  Cursor // only what follows this in the order
	Before Cursor // only what precedes this, the nearest ones that Limit allows
	Limit  int
}

// AlbumQuery asks for albums of a user, with what is in them at Now.
type AlbumQuery struct {
	UserID int64
	After  Cursor // only older ones than this
	Before Cursor // only newer ones, the nearest ones that Limit allows
	Limit  int
	Now    time.Time
}

// Cursor is where an item or album stands in the order of lists: by date, then
// number. In another order than that, Key stands for the date.
type Cursor struct {
	CreatedAt time.Time
	Number    int64 // 0 for no place
	Key       string
}

// DuplicateQuery asks for items of the same bytes as uploaded. Fields that are
// zero do not restrict.
type DuplicateQuery struct {
	MD5           string // of the bytes as uploaded or as stored
	Size          int64  // of the bytes as uploaded
	UserID        int64
	RequestDigest string
	AddressHash   string
	Since         time.Time // created at this time or later
	Lasting       bool      // only items that never expire
	Trashed       bool      // also items in the trash
}

// Accounts is what Keyring and the commands need of a database: users, their
// keys and albums, and the categories. The same rules hold as for ItemRecords.
type Accounts interface {
	// InsertUser adds a user and sets its ID; ErrNameTaken when the name is
	// another's.
	InsertUser(ctx context.Context, u *User) error
	User(ctx context.Context, id int64) (User, error)
	UserNamed(ctx context.Context, name string) (User, error)
	Users(ctx context.Context) ([]User, error)
	// UpdateUser changes a user. It ends the sessions of one that is active no
	// more. The error is ErrNameTaken when the name is another's, ErrLastAdmin when
	// no other active user would be an admin, and wraps fs.ErrNotExist when there
	// is no such user, or no such album of the user's.
	UpdateUser(ctx context.Context, id int64, change UserChange) error
	// Withhold hides all items and albums of a user from everybody but admins, or
	// shows them again, also what comes later. It goes in parts: of a change that was
	// cut off, another call does the rest. The error wraps fs.ErrNotExist when there
	// is no such user.
	Withhold(ctx context.Context, userID int64, withheld bool) error
	// SetAvatar makes an image of the user's stand for the user, or none for 0. The error
	// wraps fs.ErrNotExist when there is no such user, or no such image of the user's.
	SetAvatar(ctx context.Context, userID, item int64) error
	// Holdings tells what a user has; the error wraps fs.ErrNotExist when there
	// is no such user.
	Holdings(ctx context.Context, userID int64) (Holdings, error)
	// OwnRows calls each with all that is known of a user but for the items: rows of
	// columns, kind by kind, "account" first. Secrets and their hashes are left out. It
	// reads in pages, so that each may take long. The error is the first of each.
	OwnRows(ctx context.Context, userID int64, each func(kind string, row map[string]any) error) error
	// DeleteUser removes a user with the keys, albums and all else that is of
	// the user, and leaves the user's items to nobody: in the trash until a time,
	// or deleting for the zero time. What the password of an album closed becomes private.
	// The error is ErrLastAdmin when no other
	// user is an admin. The keys go first, the rest in parts: of a deletion that
	// was cut off, another call does the rest.
	DeleteUser(ctx context.Context, id int64, until time.Time) error

	// InsertKey adds a key and sets its ID; ErrNameTaken when the same key is
	// there already.
	InsertKey(ctx context.Context, k *APIKey) error
	// KeyByDigest returns a key and its user, whether it is valid or not.
	KeyByDigest(ctx context.Context, digest []byte) (APIKey, User, error)
	Keys(ctx context.Context) ([]APIKey, error)
	// KeysOf returns the keys of a user, the latest first.
	KeysOf(ctx context.Context, userID int64) ([]APIKey, error)
	// RevokeKey ends a key; one that was revoked before keeps its time.
	RevokeKey(ctx context.Context, id int64, at time.Time) error
	// TouchKeys records the last use of keys by their IDs, never setting one
	// back. Keys that are not there are skipped.
	TouchKeys(ctx context.Context, used map[int64]time.Time) error

	Albums

	// InsertCategory adds a category and sets its ID; ErrNameTaken when its
	// name is another's.
	InsertCategory(ctx context.Context, c *Category) error
	Category(ctx context.Context, id int64) (Category, error)
	// Categories returns all categories by name.
	Categories(ctx context.Context) ([]Category, error)
	// RenameCategory fails with ErrNameTaken when the name is another's.
	RenameCategory(ctx context.Context, id int64, name string) error
	// DeleteCategory removes a category; its items stay, in none. A large one
	// goes in parts: of a deletion that was cut off, another call does the rest.
	DeleteCategory(ctx context.Context, id int64) error
}

// Albums is what a database keeps of albums.
type Albums interface {
	// InsertAlbum adds an album and sets its ID, and Hidden for no Visibility;
	// ErrIDTaken when its slug is another's.
	InsertAlbum(ctx context.Context, a *Album) error
	Album(ctx context.Context, id int64) (Album, error)
	AlbumBySlug(ctx context.Context, slug string) (Album, error)
	// AlbumsOf returns what the query asks for, newest first.
	AlbumsOf(ctx context.Context, q AlbumQuery) ([]AlbumCard, error)
	// AlbumsTitled returns up to so many albums of a user that have exactly
	// that title.
	AlbumsTitled(ctx context.Context, userID int64, title string, limit int) ([]Album, error)
	// UpdatePost changes an album, as CommunityRecords says.
	UpdatePost(ctx context.Context, id int64, change PostChange) error
	// PostNumbers returns the numbers of items of an album, as CommunityRecords says.
	PostNumbers(ctx context.Context, id int64, f Filter, ids []string) (map[string]int64, error)
	// PostBySlug returns an album with all that is said of it.
	PostBySlug(ctx context.Context, slug string, viewer int64, now time.Time) (Post, error)
	// AlbumCover returns the item that was made the cover of an album, if all may see it. The
	// error wraps fs.ErrNotExist for none.
	AlbumCover(ctx context.Context, album int64, now time.Time) (Item, error)
	// ClearAlbumCover leaves the album of an item without a chosen cover.
	ClearAlbumCover(ctx context.Context, item int64) error
	// SetAlbumCover makes an item the cover of the album that it is in. The error wraps
	// fs.ErrNotExist if it is in none, or in the trash.
	SetAlbumCover(ctx context.Context, item int64) error
	// ReplaceLock puts a lock in the place of another, wherever that is.
	ReplaceLock(ctx context.Context, old, fresh Lock) error
	// DeleteAlbum removes an album; its items stay, in no album. What its password closed
	// becomes private. A large one goes in parts: of a deletion that was cut off, another call does the rest.
	DeleteAlbum(ctx context.Context, id int64) error
}

// Sessions is what a database keeps of users who have signed in. The same
// rules hold as for ItemRecords.
type Sessions interface {
	// InsertSession adds a session; the error wraps fs.ErrNotExist when its user
	// or its key is not there.
	InsertSession(ctx context.Context, s Session) error
	// SessionByDigest returns a session with its user and the key that began it,
	// if one did, whether they are valid or not.
	SessionByDigest(ctx context.Context, digest []byte) (Session, APIKey, User, error)
	// RenewSession records a use and a later end.
	RenewSession(ctx context.Context, digest []byte, used, expires time.Time) error
	// DeleteSession ends a session; one that is not there counts as ended.
	DeleteSession(ctx context.Context, digest []byte) error
	// SessionsOf returns the sessions of a user that have not ended at now, the
	// last used first.
	SessionsOf(ctx context.Context, userID int64, now time.Time) ([]Session, error)
	// DeleteSessionsOf ends all sessions of a user but the one of a digest, which
	// may be nil.
	DeleteSessionsOf(ctx context.Context, userID int64, except []byte) error
	// DeleteExpiredSessions removes all sessions that have ended at now.
	DeleteExpiredSessions(ctx context.Context, now time.Time) error
}
