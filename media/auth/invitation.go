package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"postern/media"
)

// ErrNoInvitation reports an invitation that is used up, has ended, or never was.
var ErrNoInvitation = fmt.Errorf("no such invitation: %w", fs.ErrNotExist)

// NewInvitation makes the token of an invitation, and fills in its digest.
func NewInvitation(i media.Invitation) (token string, record media.Invitation) {
	token = newToken()
	i.Digest = KeyDigest(token)
	return token, i
}

// Invitation returns the open invitation of a token, and the user whose password
// it changes, if it is for one. The error is ErrNoInvitation.
func (k *Keyring) Invitation(ctx context.Context, token string) (i media.Invitation, u media.User, err error) {
	i, err = k.Credentials.InvitationByDigest(ctx, KeyDigest(token))
	if err == nil && !i.Open(k.Now()) {
		err = ErrNoInvitation
	}
	if err == nil && i.UserID != 0 {
		u, err = k.Accounts.User(ctx, i.UserID)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNoInvitation
	}
	return i, u, err
}

// Accept makes the user that an invitation is for, with a name and a password, or
// gives its user that password, and signs in. The error is ErrNoInvitation,
// media.ErrNameTaken, or says what is wrong with name or password.
func (k *Keyring) Accept(ctx context.Context, token, name, password, agent string) (session string, expires time.Time, err error) {
	i, u, err := k.Invitation(ctx, token)
	if err != nil {
		return "", time.Time{}, err
	}
	now := k.Now().UTC()
	if i.UserID == 0 {
		u = media.User{Name: name, Admin: i.Admin, Moderator: i.Moderator, Quota: i.Quota, CreatedAt: now}
		if err := checkOwnName(name); err != nil {
			return "", time.Time{}, err
		}
	}
	hash, err := k.hash(ctx, password)
	if err != nil {
		return "", time.Time{}, err
	}
	err = k.write(func() error {
		if i.UserID == 0 {
			return k.Credentials.AcceptInvitation(ctx, i.Digest, &u, hash, now)
		}
		return k.Credentials.AcceptReset(ctx, i.Digest, media.Password{UserID: u.ID, Hash: hash, ChangedAt: now})
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNoInvitation // somebody else was faster
	}
	if err == nil {
		err = active(&u)
	}
	if err != nil {
		return "", time.Time{}, err
	}
	return k.begin(ctx, media.Session{UserID: u.ID, Agent: agent})
}

// CheckName returns a *NameError for a name that no user can have.
func CheckName(name string) error {
	if err := media.CheckUserName(name); err != nil {
		return &NameError{err}
	}
	return nil
}

// checkOwnName is CheckName for a name that people give themselves. It is no e-mail
// address: by that of an account, its owner signs in.
func checkOwnName(name string) error {
	if strings.Contains(name, "@") {
		return &NameError{errors.New("the name is an e-mail address")}
	}
	return CheckName(name)
}

// NameError reports a name that no user can have.
type NameError struct{ Cause error }

// Error implements error.
func (e *NameError) Error() string { return e.Cause.Error() }
