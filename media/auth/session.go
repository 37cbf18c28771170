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

// Identity is a signed-in caller, with the end of the session.
type Identity struct {
	Caller  media.Caller
	Renewed bool      // the session's end was moved
	Expires time.Time // of the session
}

// SignIn starts a session for the user of a key, and returns its token. agent is the
// browser's User-Agent. The error is that of Authenticate, and ErrInvalidKey for the key
// of guests.
func (k *Keyring) SignIn(ctx context.Context, key, agent string) (token string, expires time.Time, err error) {
	caller, err := k.Authenticate(ctx, key, SignIn)
	if err != nil {
		return "", time.Time{}, err
	}
	if caller.Guest {
		if strings.TrimSpace(key) == "" {
			return "", time.Time{}, media.ErrNoKey
		}
		return "", time.Time{}, media.ErrInvalidKey
	}
	return k.begin(ctx, media.Session{UserID: caller.User.ID, KeyID: caller.KeyID, Agent: agent})
}

// maxAgent bounds what is kept of a browser's name for itself, in bytes.
const maxAgent = 300

// begin starts a session and returns the token that stands for it.
func (k *Keyring) begin(ctx context.Context, s media.Session) (token string, expires time.Time, err error) {
	now := k.Now().UTC()
	if err := k.write(func() error { return k.Sessions.DeleteExpiredSessions(ctx, now) }); err != nil {
		return "", time.Time{}, fmt.Errorf("sign in: %w", err)
	}
	token = newToken()
	s.Digest, s.CreatedAt, s.LastUsed, s.ExpiresAt = KeyDigest(token), now, now, k.settings().SessionLife.After(now)
	s.Agent = s.Agent[:min(len(s.Agent), maxAgent)]
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

// Identify returns the user of a session's token, and extends the session. It reads
// rights anew at each call: a session ends with its key. The error is ErrSignedOut if the
// session or its key has ended.
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
	byKey := s.KeyID != 0
	if !now.Before(s.ExpiresAt) || byKey && permit(&user, key.Scope, SignIn) != nil || byKey && !key.Valid(now) || active(&user) != nil {
		return Identity{}, media.ErrSignedOut
	}
	if byKey {
		k.touch(key.ID)
	}
	visit := Identity{Caller: media.Caller{User: user, KeyID: s.KeyID}, Expires: s.ExpiresAt}
	if now.Sub(s.LastUsed) < renewAfter {
		return visit, nil
	}
	end := k.settings().SessionLife.After(now)
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

// SignOut ends the session of a token, if there is one.
func (k *Keyring) SignOut(ctx context.Context, token string) error {
	return k.write(func() error { return k.Sessions.DeleteSession(ctx, KeyDigest(token)) })
}

// SessionsOf returns the caller's sessions, the last used first.
func (k *Keyring) SessionsOf(ctx context.Context, by media.Caller) ([]media.Session, error) {
	return k.Sessions.SessionsOf(ctx, by.User.ID, k.Now().UTC())
}

// SignOutElsewhere ends the caller's sessions except that of a token.
func (k *Keyring) SignOutElsewhere(ctx context.Context, by media.Caller, token string) error {
	return k.write(func() error { return k.Sessions.DeleteSessionsOf(ctx, by.User.ID, KeyDigest(token)) })
}
