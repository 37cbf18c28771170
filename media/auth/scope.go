package auth

import (
	"errors"
	"fmt"
	"slices"

	"postern/media"
)

// This file is the one home of what a key opens: every road on which a key is
// shown names what it wants by it.

// Right is what a request wants to do by a key.
type Right string

// What keys are shown for.
const (
	Upload Right = "upload"  // add files, also to an album of the user's
	Read   Right = "read"    // see and list what the user may see
	Change Right = "change"  // edit and delete, vote, comment, follow
	SignIn Right = "sign in" // begin a session, which may do everything
)

// allowed says what each scope is enough for.
var allowed = map[media.Scope][]Right{
	media.ScopeUpload: {Upload},
	media.ScopeRead:   {Read},
	media.ScopeAll:    {Upload, Read, Change, SignIn},
}

// Errors of users and keys that are known, but may not do what they ask for.
var (
	// ErrScope reports a key that is not for this.
	ErrScope = errors.New("the key is not for this")
	// ErrDisabled reports a user who may not sign in or upload.
	ErrDisabled = errors.New("the account is disabled")
	// ErrWaiting reports a user whose account waits for an admin.
	ErrWaiting = errors.New("the account waits for an admin")
)

// permit says why a user may not do something, by a key of a scope.
func permit(u *media.User, scope media.Scope, want Right) error {
	if err := active(u); err != nil {
		return err
	}
	if !slices.Contains(allowed[scope], want) {
		return fmt.Errorf("%w: scope %s, wanted %s", ErrScope, scope, want)
	}
	return nil
}

func active(u *media.User) error {
	switch {
	case u.State == media.UserWaiting:
		return ErrWaiting
	case !u.Active():
		return ErrDisabled
	}
	return nil
}
