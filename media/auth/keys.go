package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"postern/media"
)

// maxKeys bounds the keys of a user that are not revoked.
const maxKeys = 100

// ErrTooManyKeys reports a user who has as many keys as may be.
var ErrTooManyKeys = errors.New("too many keys")

// KeysOf returns the keys of who calls, the latest first.
func (k *Keyring) KeysOf(ctx context.Context, by media.Caller) ([]media.APIKey, error) {
	return k.Accounts.KeysOf(ctx, by.User.ID)
}

// NewKeyOf is a key that a user wants to have.
type NewKeyOf struct {
	Label     string
	Scope     media.Scope
	ExpiresAt time.Time // zero for never
}

// AddKey makes a key of the caller's and returns it: only its digest is kept.
// The error wraps ErrTooManyKeys.
func (k *Keyring) AddKey(ctx context.Context, by media.Caller, want NewKeyOf) (string, error) {
	k.adding.Lock()
	defer k.adding.Unlock()
	keys, err := k.KeysOf(ctx, by)
	if err != nil {
		return "", err
	}
	now := k.Now()
	valid := slices.DeleteFunc(keys, func(key media.APIKey) bool { return !key.Valid(now) })
	if len(valid) >= maxKeys {
		return "", ErrTooManyKeys
	}
	key, digest := NewKey()
	record := media.APIKey{UserID: by.User.ID, Name: want.Label, Scope: want.Scope, Digest: digest, CreatedAt: now.UTC(), ExpiresAt: want.ExpiresAt}
	if err := k.Accounts.InsertKey(ctx, &record); err != nil {
		return "", fmt.Errorf("add key: %w", err)
	}
	return key, nil
}

// RevokeKey ends a key of the caller's, with the sessions that hang on it. The
// error wraps fs.ErrNotExist when it is not the caller's.
func (k *Keyring) RevokeKey(ctx context.Context, by media.Caller, id int64) error {
	keys, err := k.KeysOf(ctx, by)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.ID == id {
			return k.Accounts.RevokeKey(ctx, id, k.Now())
		}
	}
	return fmt.Errorf("key %d: %w", id, fs.ErrNotExist)
}
