package media

import (
	"context"
	"time"
)

// OldSite is a site of another program whose content is here, as far as its
// addresses need it.
type OldSite struct {
	ID      int64
	URL     string // without a slash at its end; unique
	Version string
	Salt    string // of public IDs, with Padding and Exact
	Padding uint64
	Exact   bool

	RouteImage, RouteVideo, RouteAlbum, RouteUser string
	RootRoute                                     string // what is at /X: user, image or album

	GuestKey  []byte // SHA-256 of the key of guests; nil for none
	Linked    bool   // files may have names outside of the data folder
	CreatedAt time.Time
}

// OldKind says what a number or a path of an old site is about.
type OldKind string

// The kinds of what has addresses.
const (
	OldUser     OldKind = "user"
	OldAlbum    OldKind = "album"
	OldCategory OldKind = "category"
	OldItem     OldKind = "item"
	OldKey      OldKind = "key"
)

// OldPath is a path of an old site, and what is to be found there.
type OldPath struct {
	Path   string // without a slash at its beginning, as bytes
	Kind   OldKind
	Target int64 // number of the record here
	Role   Role  // of the file of an item; "" for a page
}

// UserDetails is what a user of an old site had said of itself.
type UserDetails struct {
	Email, Website, Bio, Timezone string
	Private                       bool // had no page for others
}

// AlbumDetails is what an album has that a post has not.
type AlbumDetails struct {
	Parent  int64  // an album; 0 for none
	Cover   int64  // an item; 0 for none
	Buttons string // JSON; "" for none
}

// ImportedItem is an item of an old site with what belongs to it. The targets of
// its paths are the item.
type ImportedItem struct {
	Item     *Item
	Number   int64 // at the old site
	Paths    []OldPath
	Unlisted bool // stands in no public list
}

// OldAddresses is what a database knows of the addresses of old sites. The rules
// of ItemRecords hold.
type OldAddresses interface {
	// OldSites returns all old sites, in the order of insertion.
	OldSites(ctx context.Context) ([]OldSite, error)
	// OldNumber returns what has a number at an old site.
	OldNumber(ctx context.Context, site int64, kind OldKind, number int64) (int64, error)
	// OldPath returns what has a path at an old site.
	OldPath(ctx context.Context, site int64, path string) (OldPath, error)
	// ItemAt is that of ItemRecords.
	ItemAt(ctx context.Context, key string) (Item, Role, error)
	// ItemNumbered returns the live item of a number.
	ItemNumbered(ctx context.Context, number int64) (Item, error)
	// DeleteHash returns the bcrypt hash of an item's old delete link.
	DeleteHash(ctx context.Context, item int64) (string, error)
	// WasImported reports whether an item is one of an old site.
	WasImported(ctx context.Context, site, item int64) (bool, error)
}

// KeyHashes is what a database knows of keys of which only a bcrypt hash is
// known. The rules of ItemRecords hold.
type KeyHashes interface {
	OldSites(ctx context.Context) ([]OldSite, error)
	// KeyHash returns the ID and the hash of the key of a number at an old site.
	KeyHash(ctx context.Context, site, number int64) (id int64, hash string, err error)
	// SetKeyDigest gives a key another digest.
	SetKeyDigest(ctx context.Context, id int64, digest []byte) error
}

// Imports is what an import needs of a database besides Accounts. The rules of
// ItemRecords hold. What was imported once under a number of an old site is not
// imported again: OldNumbers tells it.
type Imports interface {
	OldAddresses
	// Item returns the live item with a public ID.
	Item(ctx context.Context, id string) (Item, error)
	// SetOldSite adds an old site and sets its ID, or brings the one of the same
	// URL up to date; Linked stays once it is set.
	SetOldSite(ctx context.Context, site *OldSite) error
	// OldNumbers returns what is here of some numbers at an old site.
	OldNumbers(ctx context.Context, site int64, kind OldKind, numbers []int64) (map[int64]int64, error)
	// ImportUser adds a user with what it had said of itself, and with the bcrypt
	// hash of its password, which may be "". The error is ErrNameTaken when the
	// name is another's.
	ImportUser(ctx context.Context, site, number int64, u *User, d UserDetails, password string) error
	// ImportKey adds a key that has no digest yet, and the bcrypt hash of it.
	ImportKey(ctx context.Context, site, number int64, k *APIKey, hash string) error
	// ImportCategory adds a category, or takes the one of the same name.
	ImportCategory(ctx context.Context, site, number int64, c *Category) error
	// ImportAlbum adds an album with its description and views; ErrIDTaken when
	// the slug is another's.
	ImportAlbum(ctx context.Context, site, number int64, p *Post, d AlbumDetails) error
	// SetAlbumPlace sets the parent and the cover of an album that has neither.
	SetAlbumPlace(ctx context.Context, album, parent, cover int64) error
	// ImportItems adds items, as InsertItem does, without limits. It returns an error
	// for each item: nil, ErrIDTaken, ErrKeyTaken, or fs.ErrExist if its number is
	// here already. Those with an error are not added.
	ImportItems(ctx context.Context, site int64, items []ImportedItem) ([]error, error)
	// AddOldPaths adds paths; those that are there stay.
	AddOldPaths(ctx context.Context, site int64, paths []OldPath) error
	// AddDeleteHashes adds hashes of delete links by numbers of items at the site;
	// those that are there stay, and items that are not here are passed over.
	AddDeleteHashes(ctx context.Context, site int64, hashes map[int64]string) error
	// AddLikes and AddFollows add what is not there. What names somebody or an
	// item that is not here is passed over; they return how many count now.
	AddLikes(ctx context.Context, likes []Like) (int, error)
	AddFollows(ctx context.Context, follows []Follow) (int, error)
	// BanAddress adds an address to those that are shut out.
	BanAddress(ctx context.Context, address, reason string, expires time.Time) error
	// RetireIDs keeps IDs from new items.
	RetireIDs(ctx context.Context, ids []string) error
}

// Like says that a user likes an item.
type Like struct {
	UserID, Item int64
	CreatedAt    time.Time
}

// Follow says that a user follows another one.
type Follow struct {
	Follower, Followed int64
	CreatedAt          time.Time
}
