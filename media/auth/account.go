package auth

import (
	"context"

	"postern/media"
)

// SetProfile keeps what a caller has chosen. The error wraps fs.ErrNotExist when
// the default album is not the caller's.
func (k *Keyring) SetProfile(ctx context.Context, by media.Caller, p media.Profile) error {
	return k.write(func() error { return k.Accounts.UpdateUser(ctx, by.User.ID, media.UserChange{Profile: &p}) })
}

// DeleteAccount removes the caller as media.DeleteUser does. The password is that of
// the caller, if there is one. The error is ErrWrongPassword or media.ErrLastAdmin.
func (k *Keyring) DeleteAccount(ctx context.Context, by media.Caller, password string, undo media.Period) error {
	if err := k.checkPresent(ctx, by, password); err != nil {
		return err
	}
	return k.write(func() error { return media.DeleteUser(ctx, k.Accounts, by.User.ID, undo, k.Now()) })
}
