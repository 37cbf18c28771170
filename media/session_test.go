package media_test

import (
	"errors"
	"testing"
	"time"

	"postern/media"
	"postern/media/auth"
)

// keyring is a ring over the library's database, with a key of its user.
func (l *fixture) keyring(key media.APIKey) (*auth.Keyring, string, media.APIKey) {
	l.t.Helper()
	var text string
	text, key.Digest = auth.NewKey()
	key.UserID, key.CreatedAt = l.user.ID, l.now
	if err := l.db.InsertKey(l.t.Context(), &key); err != nil {
		l.t.Fatal(err)
	}
	return &auth.Keyring{
		Accounts: l.db, Sessions: l.db, Settings: auth.Settings{SessionLife: media.Period{Days: 30}}, Now: func() time.Time { return l.now },
	}, text, key
}

func TestASessionLivesWhileItIsUsed(t *testing.T) {
	l := newLibrary(t)
	ctx := t.Context()
	ring, key, _ := l.keyring(media.APIKey{})
	token, end, err := ring.SignIn(ctx, key, "")
	if err != nil || !end.Equal(l.now.AddDate(0, 0, 30)) {
		t.Fatalf("sign in: until %v, %v", end, err)
	}
	visit, err := ring.Identify(ctx, token)
	if err != nil || visit.Caller.User.ID != l.user.ID || visit.Renewed {
		t.Errorf("visit %+v, %v", visit, err)
	}
	for range 3 {
		l.now = l.now.AddDate(0, 0, 29)
		visit, err = ring.Identify(ctx, token)
		if err != nil || !visit.Renewed || !visit.Expires.Equal(l.now.AddDate(0, 0, 30)) {
			t.Errorf("visit after 29 days: %+v, %v", visit, err)
		}
	}
	l.now = l.now.AddDate(0, 0, 30)
	if _, err := ring.Identify(ctx, token); !errors.Is(err, media.ErrSignedOut) {
		t.Errorf("visit after 30 days without use: %v", err)
	}
}

func TestASessionEndsWithItsKey(t *testing.T) {
	l := newLibrary(t)
	ctx := t.Context()
	ring, key, record := l.keyring(media.APIKey{})
	other, otherKey, _ := l.keyring(media.APIKey{ExpiresAt: l.now.Add(time.Hour)})
	first, _, err1 := ring.SignIn(ctx, key, "")
	second, _, err2 := ring.SignIn(ctx, key, "")
	third, _, err3 := other.SignIn(ctx, otherKey, "")
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if err := l.db.RevokeKey(ctx, record.ID, l.now); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{first, second} {
		if _, err := ring.Identify(ctx, token); !errors.Is(err, media.ErrSignedOut) {
			t.Errorf("visit after the key was revoked: %v", err)
		}
	}
	if _, err := ring.Identify(ctx, third); err != nil {
		t.Errorf("visit by another key: %v", err)
	}
	l.now = l.now.Add(time.Hour)
	if _, err := ring.Identify(ctx, third); !errors.Is(err, media.ErrSignedOut) {
		t.Errorf("visit after the key has expired: %v", err)
	}
}

func TestOnlyKeysOfUsersSignIn(t *testing.T) {
	l := newLibrary(t)
	ctx := t.Context()
	ring, key, record := l.keyring(media.APIKey{})
	ring.Guests, ring.GuestKey = true, "everyone"
	token, _, err := ring.SignIn(ctx, key, "")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]error{
		"": media.ErrNoKey, "everyone": media.ErrInvalidKey, "chv_unknown": media.ErrInvalidKey, token: media.ErrInvalidKey,
	} {
		if _, _, err := ring.SignIn(ctx, text, ""); !errors.Is(err, want) {
			t.Errorf("sign in with %q: %v, want %v", text, err, want)
		}
	}
	for _, text := range []string{"", key, "rubbish"} {
		if _, err := ring.Identify(ctx, text); !errors.Is(err, media.ErrSignedOut) {
			t.Errorf("visit with %q: %v", text, err)
		}
	}
	if err := ring.SignOut(ctx, token); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Identify(ctx, token); !errors.Is(err, media.ErrSignedOut) {
		t.Errorf("visit after signing out: %v", err)
	}
	if err := l.db.RevokeKey(ctx, record.ID, l.now); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ring.SignIn(ctx, key, ""); !errors.Is(err, media.ErrInvalidKey) {
		t.Errorf("sign in with a revoked key: %v", err)
	}
}

func TestKeysMadeAtOnceAreCounted(t *testing.T) {
	l := newLibrary(t)
	ring, _, _ := l.keyring(media.APIKey{})
	results := make(chan error)
	for range 120 {
		go func() {
			_, err := ring.AddKey(t.Context(), l.caller(), auth.NewKeyOf{})
			results <- err
		}()
	}
	made := 1 // by keyring
	for range 120 {
		if err := <-results; err == nil {
			made++
		} else if !errors.Is(err, auth.ErrTooManyKeys) {
			t.Error(err)
		}
	}
	if made != 100 {
		t.Errorf("%d keys, want 100", made)
	}
}
