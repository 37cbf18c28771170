package media

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User owns keys, items and albums.
type User struct {
	ID        int64
	Name      string // unique, whatever the case of its letters
	Admin     bool
	Moderator bool      // decides about what waits for moderators
	State     UserState // whether it may sign in and upload
	Withheld  bool      // what it has is for admins alone; only disabled users are meant to be so
	Quota     Quota     // of its own
	CreatedAt time.Time
	Avatar    string // key of the thumb of the image that stands for the user, "" for none that everyone may see

	Profile
}

// Holdings counts what is deleted together with a user.
type Holdings struct {
	Items, Bytes int64 // that count against the quota, with all further files
	Trashed      int64 // of the items: in the trash already
	Albums       int64 // which are posts, too
	Comments     int64
	Keys         int64 // that were not revoked
	LastAdmin    bool  // no other user is an admin: the user cannot be deleted
}

// DeleteUser deletes a user with their keys, albums, comments and votes. It moves their
// items to the trash for undo; from there, admins can restore them. The error is
// ErrLastAdmin if no other user is an admin, and wraps fs.ErrNotExist if there is no
// such user.
func DeleteUser(ctx context.Context, accounts Accounts, id int64, undo Period, now time.Time) error {
	var until time.Time
	if !undo.IsZero() {
		until = RoundUp(undo.After(now.UTC()))
	}
	return accounts.DeleteUser(ctx, id, until)
}

// DisableUser keeps a user from signing in and uploading. It hides what the user has from
// everybody but admins, or shows it again. The error is ErrLastAdmin if no other active
// user is an admin. If hiding is cut off, another call does the rest.
func DisableUser(ctx context.Context, accounts Accounts, id int64, hide bool) error {
	state := UserDisabled
	if err := accounts.UpdateUser(ctx, id, UserChange{State: &state}); err != nil {
		return err
	}
	return accounts.Withhold(ctx, id, hide)
}

// EnableUser lets a user sign in and upload, whose files are shown again if they were
// hidden.
func EnableUser(ctx context.Context, accounts Accounts, id int64) error {
	if err := accounts.Withhold(ctx, id, false); err != nil {
		return err
	}
	state := UserActive
	return accounts.UpdateUser(ctx, id, UserChange{State: &state})
}

// maxUserName bounds the characters of a user's name.
const maxUserName = 50

// CheckUserName refuses a name that is empty, too long, or impossible in the URL of the
// user's page. The error says why.
func CheckUserName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case utf8.RuneCountInString(name) > maxUserName:
		return fmt.Errorf("the name is longer than %d characters", maxUserName)
	case name == "." || name == "..":
		return fmt.Errorf("%q cannot be a name: it stands for a folder in addresses", name)
	case strings.TrimSpace(name) != name:
		return errors.New("the name begins or ends with a space")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\?#%`, r) {
			return fmt.Errorf("the name has the character %q, which cannot stand in an address", r)
		}
	}
	return nil
}

// APIKey lets a program act for its user. The server stores only the digest of a key.
type APIKey struct {
	ID        int64
	UserID    int64
	UserName  string
	Name      string // label given by the owner
	Scope     Scope  // ScopeAll where it is not said when the key is made
	Digest    []byte // SHA-256 of the key
	CreatedAt time.Time
	ExpiresAt time.Time // zero for never
	RevokedAt time.Time // zero while valid
	LastUsed  time.Time // zero before the first use; up to a minute late
}

// Valid reports whether the key opens the server at a moment: it is neither
// revoked nor expired.
func (k *APIKey) Valid(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

// Album gathers items of one user.
type Album struct {
	ID        int64
	Slug      string // public name: 7 letters and digits
	UserID    int64
	Title     string
	CreatedAt time.Time

	Visibility Visibility // Hidden unless its owner wants another one
	AccessKey  string     // of a private album
	Withheld   bool       // with all that its owner has; the database keeps it
	Lock       Lock       // the password that it opens by
	Arranged   bool       // its owner has put its items in an order; otherwise the latest comes first
}

// Sort returns the order of the album's items on pages and in archives.
func (a *Album) Sort() Sort {
	if a.Arranged {
		return SortAlbum
	}
	return SortNewest
}

// AlbumCard is an album with its number of items and its cover.
type AlbumCard struct {
	Album
	Items int
	// Cover is the thumb of the chosen item, or of the newest that all may see, or else of the
	// newest that waits or is private; never of one for adults or that has ended. It may be zero.
	Cover File
}

// Cursor returns the album's position in lists.
func (a Album) Cursor() Cursor { return Cursor{CreatedAt: a.CreatedAt, Number: a.ID} }

// Session is the session of a user on the pages. The server stores only the digest of
// its token.
type Session struct {
	Digest    []byte // SHA-256 of the token
	UserID    int64
	KeyID     int64  // of the key that began it; 0 for none
	Agent     string // what the browser calls itself
	CreatedAt time.Time
	ExpiresAt time.Time
	LastUsed  time.Time // up to an hour late
}

// Caller is who makes a request.
type Caller struct {
	User  User // zero for a guest
	Guest bool
	KeyID int64 // of the key that was shown, or that a session hangs on; 0 for a guest
}
