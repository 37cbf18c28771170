package auth

import (
	"context"

	"postern/media"
)

// Register makes an account that waits for an admin. The error is media.ErrNameTaken,
// media.ErrManyWaiting, or says what is wrong with name or password. A full disk is not
// helped: this is a stranger.
func (k *Keyring) Register(ctx context.Context, name, displayName, password string) error {
	if err := checkOwnName(name); err != nil {
		return err
	}
	hash, err := k.hash(ctx, password)
	if err != nil {
		return err
	}
	now := k.Now().UTC()
	u := media.User{Name: name, State: media.UserWaiting, CreatedAt: now, Profile: media.Profile{DisplayName: displayName}}
	return k.Credentials.Register(ctx, &u, hash, now.Add(-media.WaitingSince))
}
