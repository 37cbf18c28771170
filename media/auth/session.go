package auth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"postern/media"
)

// renewAfter keeps requests of one session from writing more than once an hour.
const renewAfter = time.Hour

// Identity is a request of a user who has signed in.
type Identity struct {
	Caller  media.Caller
	Renewed bool      // the session's end was moved
	Expires time.Time // of the session
}

// SignIn begins a session of the user of a key, and returns the token that
// stands for it. The error is that of Caller; a guest's key, which is nobody's
// own, is an ErrInvalidKey.
func (k *Keyring) SignIn(ctx context.Context, key string) (token string, expires time.Time, err error) {
	caller, err := k.Authenticate(ctx, key)
	if err != nil {
		return "", time.Time{}, err
	}
	if caller.Guest {
		if strings.TrimSpace(key) == "" {
			return "", time.Time{}, media.ErrNoKey
		}
		return "", time.Time{}, media.ErrInvalidKey
	}
	record, _, err := k.Accounts.KeyByDigest(ctx, KeyDigest(key))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign in: %w", err)
	}
	now := k.Now().UTC()
	if err := k.write(func() error { return k.Sessions.DeleteExpiredSessions(ctx, now) }); err != nil {
		return "", time.Time{}, fmt.Errorf("sign in: %w", err)
	}
	token = newToken()
	s := media.Session{
		Digest: KeyDigest(token), UserID: record.UserID, KeyID: record.ID, CreatedAt: now, LastUsed: now, ExpiresAt: k.terms().SessionLife.After(now),
	}
	if err := k.write(func() error { return k.Sessions.InsertSession(ctx, s) }); err != nil {
		return "", time.Time{}, fmt.Errorf("sign in: %w", err)
	}
	return token, s.ExpiresAt, nil
}

// newToken makes 256 random bits, as text.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Identity tells who a session's token stands for, and moves the session's end
// away from now. The rights are read anew at each call: a session is over with
// its key. The error is ErrSignedOut when the session, or its key, is.
func (k *Keyring) Identify(ctx context.Context, token string) (Identity, error) {
	digest := KeyDigest(token)
	s, key, user, err := k.Sessions.SessionByDigest(ctx, digest)
	if errors.Is(err, fs.ErrNotExist) {
		return Identity{}, media.ErrSignedOut
	}
	if err != nil {
		return Identity{}, fmt.Errorf("look up session: %w", err)
	}
	now := k.Now().UTC()
	if !now.Before(s.ExpiresAt) || !key.Valid(now) {
		return Identity{}, media.ErrSignedOut
	}
	k.touch(key.ID)
	visit := Identity{Caller: media.Caller{User: user, KeyID: key.ID}, Expires: s.ExpiresAt}
	if now.Sub(s.LastUsed) < renewAfter {
		return visit, nil
	}
	end := k.terms().SessionLife.After(now)
	err = k.write(func() error { return k.Sessions.RenewSession(ctx, digest, now, end) })
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Identity{}, media.ErrSignedOut
	case errors.Is(err, media.ErrFull), errors.Is(err, media.ErrBusy):
		return visit, nil // it ends as it would have
	}
	visit.Renewed, visit.Expires = true, end
	return visit, err
}

// SignOut ends the session that a token stands for, if there is one.
func (k *Keyring) SignOut(ctx context.Context, token string) error {
	return k.write(func() error { return k.Sessions.DeleteSession(ctx, KeyDigest(token)) })
}
