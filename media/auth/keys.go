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

// ErrTooManyKeys reports that a user has as many keys as allowed.
var ErrTooManyKeys = errors.New("too many keys")

// KeysOf returns the caller's keys, the latest first.
func (k *Keyring) KeysOf(ctx context.Context, by media.Caller) ([]media.APIKey, error) {
	return k.Accounts.KeysOf(ctx, by.User.ID)
}

// NewKeyOf is a key that a user wants to have.
type NewKeyOf struct {
	Label     string
	Scope     media.Scope
	ExpiresAt time.Time // zero for never
}

// AddKey creates a key for the caller and returns it. The server stores only its digest.
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

// RevokeKey revokes a key of the caller, and ends its sessions. The error wraps
// fs.ErrNotExist if the caller has no such key.
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
