package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"

	"postern/media"
	"postern/media/oldsite"
)

// authenticateOld returns who sent a key that was imported, of which a bcrypt
// hash is all that is known: once it was shown, its digest is remembered. The
// guests' key of an old site makes a guest.
func (k *Keyring) authenticateOld(ctx context.Context, key string, digest []byte, want Right) (media.Caller, error) {
	if k.OldKeys == nil {
		return media.Caller{}, media.ErrInvalidKey
	}
	sites, err := k.OldKeys.OldSites(ctx)
	if err != nil {
		return media.Caller{}, err
	}
	for _, site := range sites {
		if len(site.GuestKey) > 0 && subtle.ConstantTimeCompare(site.GuestKey, digest) == 1 {
			return media.Caller{Guest: true}, nil
		}
		number, err := oldsite.NewPublicIDs(site.Salt, site.Padding, site.Exact).KeyNumber(key)
		if err != nil {
			continue
		}
		known, err := k.remember(ctx, site.ID, int64(number), key, digest)
		if err != nil {
			return media.Caller{}, err
		}
		if known {
			return k.authenticate(ctx, digest, want)
		}
	}
	return media.Caller{}, media.ErrInvalidKey
}

// remember gives the key of a number at an old site its digest, if it is that one.
func (k *Keyring) remember(ctx context.Context, site, number int64, key string, digest []byte) (bool, error) {
	id, hash, err := k.OldKeys.KeyHash(ctx, site, number)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up key: %w", err)
	}
	same, err := oldsite.Matches(ctx, hash, key)
	if err != nil || !same {
		return false, err
	}
	return true, k.write(func() error { return k.OldKeys.SetKeyDigest(ctx, id, digest) })
}
