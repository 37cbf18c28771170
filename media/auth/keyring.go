// Package auth authenticates callers by an API key, a password, or a session that one of
// these began, and decides what a key allows.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"postern/media"
	"postern/media/notify"
)

// keyPrefix marks the keys made here, in the form that Chevereto's have.
const keyPrefix = "chv_"

// Keyring authenticates callers by key, password or session. It is safe for concurrent
// use.
type Keyring struct {
	Accounts    media.Accounts
	Sessions    media.Sessions
	Credentials media.Credentials
	Now         func() time.Time
	Hashes      int // passwords that are hashed at once, each in 19 MiB; 0 for one
	Settings        // of the start; SetSettings changes them

	// OldKeys knows keys that were imported; nil: there are none.
	OldKeys media.KeyHashes

	// DespiteFull runs a write as Volume.DespiteFull does, since who cannot sign in cannot
	// delete anything either; nil: writes are not helped on a full disk.
	DespiteFull func(write func() error) error

	mu   sync.Mutex          // of Settings and used
	used map[int64]time.Time // last uses not yet recorded

	hashOnce             sync.Once // of the slots for hashing and those who wait for them
	hashSlots, hashQueue chan struct{}

	adding sync.Mutex // held from the counting of a user's keys to the next one
}

// Settings are the operator's settings for callers.
type Settings struct {
	SessionLife media.Period // without use

	// Guests lets callers without a user upload; GuestKey, when set, is the
	// key they must send.
	Guests   bool
	GuestKey string
}

// SetSettings changes the settings for all later calls.
func (k *Keyring) SetSettings(s Settings) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.Settings = s
}

func (k *Keyring) settings() Settings {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Settings
}

// NewKey creates a key, and returns it with its digest.
func NewKey() (string, []byte) {
	b := make([]byte, 32)
	rand.Read(b)
	key := keyPrefix + hex.EncodeToString(b)
	return key, KeyDigest(key)
}

// MinKeyLength is the least number of characters of a key that somebody chose.
const MinKeyLength = 8

// CheckKey refuses a key that is too easy to guess, or that no header carries.
// The error says why.
func CheckKey(key string) error {
	if len(key) < MinKeyLength {
		return fmt.Errorf("a key has at least %d characters", MinKeyLength)
	}
	foreign := func(r rune) bool { return r < ' ' || r > '~' }
	if strings.ContainsFunc(key, foreign) || strings.TrimSpace(key) != key {
		return errors.New("a key has letters, digits and marks of ASCII alone, and no space at its ends")
	}
	return nil
}

// KeyDigest returns the digest that is stored of a key. It ignores white space around
// the key, since files with a key end in a line feed.
func KeyDigest(key string) []byte {
	sum := sha256.Sum256([]byte(strings.TrimSpace(key)))
	return sum[:]
}

// Authenticate returns the caller who sent key and wants a right. It reads rights anew at
// each call. The error wraps ErrNoKey if there is no key and guests need one,
// ErrInvalidKey if it is unknown, revoked or expired, and ErrScope, ErrDisabled or
// ErrWaiting if it does not allow want.
func (k *Keyring) Authenticate(ctx context.Context, key string, want Right) (media.Caller, error) {
	if strings.TrimSpace(key) == "" {
		if t := k.settings(); t.Guests && t.GuestKey == "" {
			return media.Caller{Guest: true}, nil
		}
		return media.Caller{}, media.ErrNoKey
	}
	if k.isGuestKey(key) {
		return media.Caller{Guest: true}, nil
	}
	digest := KeyDigest(key)
	caller, err := k.authenticate(ctx, digest, want)
	if errors.Is(err, fs.ErrNotExist) {
		return k.authenticateOld(ctx, strings.TrimSpace(key), digest, want)
	}
	return caller, err
}

// authenticate returns who has the key of a digest. The error wraps fs.ErrNotExist
// when nobody has.
func (k *Keyring) authenticate(ctx context.Context, digest []byte, want Right) (media.Caller, error) {
	record, user, err := k.Accounts.KeyByDigest(ctx, digest)
	if err != nil {
		return media.Caller{}, fmt.Errorf("look up key: %w", err)
	}
	if subtle.ConstantTimeCompare(digest, record.Digest) != 1 || !record.Valid(k.Now()) {
		return media.Caller{}, media.ErrInvalidKey
	}
	if err := permit(&user, record.Scope, want); err != nil {
		return media.Caller{}, err
	}
	k.touch(record.ID)
	return media.Caller{User: user, KeyID: record.ID}, nil
}

func (k *Keyring) isGuestKey(key string) bool {
	t := k.settings()
	want := KeyDigest(t.GuestKey)
	same := subtle.ConstantTimeCompare(KeyDigest(key), want) == 1
	return t.Guests && t.GuestKey != "" && same
}

func (k *Keyring) write(f func() error) error {
	if k.DespiteFull == nil {
		return f()
	}
	return k.DespiteFull(f)
}

func (k *Keyring) touch(id int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.used == nil {
		k.used = make(map[int64]time.Time)
	}
	k.used[id] = k.Now()
}

// Flush records the last uses of keys since the previous call: one write for
// many requests.
func (k *Keyring) Flush(ctx context.Context) error {
	k.mu.Lock()
	used := k.used
	k.used = nil
	k.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	return k.Accounts.TouchKeys(ctx, used)
}

// Run flushes every minute until ctx ends, and once more then.
func (k *Keyring) Run(ctx context.Context, failed func(error)) {
	flush := func() {
		if err := k.Flush(context.WithoutCancel(ctx)); err != nil {
			failed(fmt.Errorf("record last use of keys: %w", err))
		}
	}
	notify.Every(ctx, time.Minute, flush)
	flush()
}
