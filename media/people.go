package media

import (
	"context"
	"errors"
	"time"
)

// UserState says whether a user may sign in and upload.
type UserState string

// The states of users. Only an active one may sign in, upload, or use a key.
const (
	UserActive   UserState = ""
	UserWaiting  UserState = "waiting"  // has registered; an admin has not agreed yet
	UserDisabled UserState = "disabled" // keeps all that it has, shown or hidden: see User.Withheld
)

// Active reports whether the user may sign in and upload.
func (u *User) Active() bool { return u.State == UserActive }

// Profile is what users choose for themselves.
type Profile struct {
	DisplayName       string     // "": the name stands for it
	Language          string     // "": as the browser says
	DefaultAlbum      int64      // of uploads from the user's own pages; 0 for none
	DefaultExpiration string     // of these, an ISO 8601 duration; "": as the settings say
	DefaultVisibility Visibility // of all uploads; "": as the settings say
}

// UserChange changes a user; what is nil stays.
type UserChange struct {
	Name             *string
	Admin, Moderator *bool
	State            *UserState
	Profile          *Profile
}

// Scope is what a key allows of what its user may do.
type Scope string

// The scopes of keys. Package auth says what each allows.
const (
	ScopeUpload Scope = "upload"
	ScopeRead   Scope = "read"
	ScopeAll    Scope = "all"
)

// ParseScope returns the scope of a word.
func ParseScope(s string) (Scope, bool) {
	switch scope := Scope(s); scope {
	case ScopeUpload, ScopeRead, ScopeAll:
		return scope, true
	}
	return "", false
}

// Password is what is kept of a user's password: its hash alone.
type Password struct {
	UserID int64

	// Hash says itself how it was made: "$argon2id$v=19$m=...,t=...,p=...$salt$sum",
	// which this program makes, or "$2a$", "$2b$" or "$2y$" of bcrypt, which came
	// from another one. It is replaced by the former when its user signs in.
	Hash string

	ChangedAt time.Time
}

// Invitation is a link that lets somebody choose a password. The token in it is
// not kept, only its digest.
type Invitation struct {
	ID     int64
	Digest []byte // SHA-256 of the token
	UserID int64  // whose password it changes; 0: it makes a user

	Admin, Moderator bool  // of the user that is made
	Quota            Quota // of that user

	Uses      int // that are left
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Open reports whether the invitation can still be used.
func (i *Invitation) Open(now time.Time) bool { return i.Uses > 0 && now.Before(i.ExpiresAt) }

// MaxWaiting bounds how many accounts of the last WaitingSince may wait for an admin, so
// that strangers do not fill the database.
const (
	MaxWaiting   = 100
	WaitingSince = 30 * 24 * time.Hour
)

// ErrManyWaiting reports that as many accounts as may wait for an admin already.
var ErrManyWaiting = errors.New("too many accounts wait for an admin")

// Identity is somebody whom a provider of OpenID Connect knows.
type Identity struct{ Issuer, Subject string }

// Credentials is what a database keeps of how users sign in. The same rules hold
// as for ItemRecords.
type Credentials interface {
	// UserWithEmail returns the user who had an e-mail address at an imported site,
	// whatever the case of letters; fs.ErrNotExist also if several had it.
	UserWithEmail(ctx context.Context, email string) (User, error)
	// AnyPassword reports whether any user has a password.
	AnyPassword(ctx context.Context) (bool, error)
	// Password returns the password of a user; the error wraps fs.ErrNotExist when
	// the user has none.
	Password(ctx context.Context, userID int64) (Password, error)
	// SetPassword gives a user a password, and ends all invitations that change it, and
	// all sessions of the user but the one of a digest, which may be nil. The error
	// wraps fs.ErrNotExist when there is no such user.
	SetPassword(ctx context.Context, p Password, except []byte) error
	// ReplaceHash keeps another hash of the same password, if the old one still
	// stands.
	ReplaceHash(ctx context.Context, userID int64, old, hash string) error

	// InsertInvitation adds an invitation and sets its ID; ErrIDTaken when its
	// digest is another's. One that changes a user's password ends those before it. The
	// error wraps fs.ErrNotExist when its user is not there.
	InsertInvitation(ctx context.Context, i *Invitation) error
	// InvitationByDigest returns an invitation, whether it is open or not.
	InvitationByDigest(ctx context.Context, digest []byte) (Invitation, error)
	// Invitations returns those that make users, the latest first.
	Invitations(ctx context.Context) ([]Invitation, error)
	// DeleteInvitation removes an invitation.
	DeleteInvitation(ctx context.Context, id int64) error
	// DeleteExpiredInvitations removes all that have ended at now, or were used up.
	DeleteExpiredInvitations(ctx context.Context, now time.Time) error
	// AcceptInvitation takes a use of an invitation that makes a user, inserts the
	// user and sets its ID, all or nothing. With a hash the user has that password.
	// The error wraps fs.ErrNotExist when the invitation is not open at now, and
	// is that of InsertUser.
	AcceptInvitation(ctx context.Context, digest []byte, u *User, hash string, now time.Time) error
	// AcceptReset takes a use of an invitation that changes a password, as
	// SetPassword does.
	AcceptReset(ctx context.Context, digest []byte, p Password) error

	// Register inserts a user who waits for an admin, with the hash of a password, and
	// sets the user's ID. The error is ErrManyWaiting where as many users wait as may who
	// were created since then, and that of InsertUser.
	Register(ctx context.Context, u *User, hash string, since time.Time) error
	// Approve makes a waiting user an active one. The error wraps fs.ErrNotExist when
	// no such user waits, also since another admin was faster.
	Approve(ctx context.Context, userID int64) error
	// Refuse removes a waiting user who has neither items nor albums. The error is that
	// of Approve.
	Refuse(ctx context.Context, userID int64) error

	// UserByIdentity returns the user of an identity.
	UserByIdentity(ctx context.Context, id Identity) (User, error)
	// InsertIdentity lets an identity sign in as a user; ErrIDTaken when it does
	// already.
	InsertIdentity(ctx context.Context, id Identity, userID int64) error
	// InsertUserWithIdentity is InsertUser and InsertIdentity, all or nothing.
	InsertUserWithIdentity(ctx context.Context, u *User, id Identity) error
}
