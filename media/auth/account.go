package auth

import (
	"context"
	"errors"

	"postern/media"
)

// SetProfile keeps what a caller has chosen. The error wraps fs.ErrNotExist when
// the default album is not the caller's.
func (k *Keyring) SetProfile(ctx context.Context, by media.Caller, p media.Profile) error {
	return k.write(func() error { return k.Accounts.UpdateUser(ctx, by.User.ID, media.UserChange{Profile: &p}) })
}

// SetAvatar makes an image of the caller's stand for the caller, or none for 0. The error
// wraps fs.ErrNotExist if the caller has no such image.
func (k *Keyring) SetAvatar(ctx context.Context, by media.Caller, item int64) error {
	return k.write(func() error { return k.Accounts.SetAvatar(ctx, by.User.ID, item) })
}

// ErrNotConfirmed reports a deletion that does not say whose account it is for.
var ErrNotConfirmed = errors.New("the name of the account was not given")

// DeleteAccount removes the caller as media.DeleteUser does. The caller confirms that by
// the name of the account and the password, if there is one. The error is
// ErrNotConfirmed, ErrWrongPassword or media.ErrLastAdmin.
func (k *Keyring) DeleteAccount(ctx context.Context, by media.Caller, name, password string, undo media.Period) error {
	if name != by.User.Name {
		return ErrNotConfirmed
	}
	if err := k.checkPresent(ctx, by, password); err != nil {
		return err
	}
	return k.write(func() error { return media.DeleteUser(ctx, k.Accounts, by.User.ID, undo, k.Now()) })
}
