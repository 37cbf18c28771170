package media

import (
	"time"
)

// User owns keys, items and albums.
type User struct {
	ID        int64
	Name      string // unique, whatever the case of its letters
	Admin     bool
	Quota     Quota // of its own
	CreatedAt time.Time
}

// APIKey lets a program act for its user. The key itself is not kept, only its
// digest.
type APIKey struct {
	ID        int64
	UserID    int64
	UserName  string
	Name      string // label given by the owner
	Digest    []byte // SHA-256 of the key
	CreatedAt time.Time
	ExpiresAt time.Time // zero for never
	RevokedAt time.Time // zero while valid
	LastUsed  time.Time // zero before the first use; up to a minute late
}

// Album gathers items of one user.
type Album struct {
	ID        int64
	Slug      string // public name: 7 letters and digits
	UserID    int64
	Title     string
	CreatedAt time.Time
}

// Category is one of the server's own sorts of items.
type Category struct {
	ID   int64
	Name string
}

// Caller is who makes a request.
type Caller struct {
	User  User // zero for a guest
	Guest bool
}
