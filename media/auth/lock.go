package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"postern/media"
)

// plainMark is in front of passwords that came from elsewhere in clear, until they are
// given for the first time.
const plainMark = "$plain$"

// NewLock returns the lock of a password; "" is none. The error is ErrLongPassword: the
// password of an album may be short, since wrong ones are limited.
func (k *Keyring) NewLock(ctx context.Context, password string) (media.Lock, error) {
	if password == "" {
		return "", nil
	}
	if len(password) > maxPasswordLength {
		return "", ErrLongPassword
	}
	done, err := k.hashing(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return media.Lock(HashPassword(password)), nil
}

// OpenLock checks the password of a lock. The error is ErrWrongPassword. A fresh lock
// that is not "" is to stand in for the old one.
func (k *Keyring) OpenLock(ctx context.Context, lock media.Lock, password string) (fresh media.Lock, err error) {
	done, err := k.hashing(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	right, stale := false, true
	if plain, ok := strings.CutPrefix(string(lock), plainMark); ok {
		given, wanted := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(plain))
		right = subtle.ConstantTimeCompare(given[:], wanted[:]) == 1
	} else if right, stale, err = verify(string(lock), password); err != nil {
		return "", err
	}
	switch {
	case !right:
		return "", ErrWrongPassword
	case stale:
		return media.Lock(HashPassword(password)), nil
	}
	return "", nil
}
