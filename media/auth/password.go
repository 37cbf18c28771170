package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"postern/media"
)

// ErrWrongPassword reports a name that is nobody's, or another password than that
// user's: which of the two is not told.
var ErrWrongPassword = errors.New("wrong name or password")

// Lengths of passwords.
const (
	MinPasswordLength = 8    // characters
	maxPasswordLength = 1024 // bytes
)

// ErrShortPassword reports a password that is too easy to guess, ErrLongPassword
// one that nobody types.
var (
	ErrShortPassword = fmt.Errorf("a password has at least %d characters", MinPasswordLength)
	ErrLongPassword  = fmt.Errorf("a password has at most %d bytes", maxPasswordLength)
)

// CheckPassword refuses a password of a wrong length.
func CheckPassword(password string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPasswordLength:
		return ErrShortPassword
	case len(password) > maxPasswordLength:
		return ErrLongPassword
	}
	return nil
}

// cost is what a hash by argon2id takes: 19 MiB in two passes, the least that
// OWASP advises.
type cost struct {
	memory, time uint32 // KiB; passes
	threads      uint8
}

var ownCost = cost{memory: 19 << 10, time: 2, threads: 1}

const (
	saltLength = 16
	sumLength  = 32
)

// HashPassword returns what is kept of a password: a text that says how it was
// made.
func HashPassword(password string) string {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	return ownCost.encode(salt, ownCost.sum(password, salt, sumLength))
}

func (c cost) sum(password string, salt []byte, length int) []byte {
	return argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, uint32(length))
}

func (c cost) encode(salt, sum []byte) string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.threads, encode(salt), encode(sum))
}

// maxCost and maxBcryptCost bound what a hash may ask for that came from elsewhere: a
// quarter of a gigabyte, and some seconds.
var maxCost = cost{memory: 256 << 10, time: 16, threads: 16}

const maxBcryptCost = 14

// errHash reports a hash that is not understood.
var errHash = errors.New("hash of a password of an unknown form")

// verify tells whether a hash is that of a password, and whether it is to be made
// anew. The error reports a hash that is none.
func verify(hash, password string) (right, stale bool, err error) {
	if len(password) > maxPasswordLength {
		return false, false, nil
	}
	if strings.HasPrefix(hash, "$argon2id$") {
		return verifyArgon2(hash, password)
	}
	if n, err := bcrypt.Cost([]byte(hash)); err != nil || n > maxBcryptCost {
		return false, false, errHash
	}
	// Other programs hash the first 72 bytes alone, which is all that bcrypt takes.
	err = bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)[:min(len(password), 72)])
	return err == nil, true, nil
}

func verifyArgon2(hash, password string) (right, stale bool, err error) {
	parts := strings.Split(hash, "$") // "", argon2id, v, costs, salt, sum
	if len(parts) != 6 || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false, false, errHash
	}
	var c cost
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil {
		return false, false, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || !c.sane() || len(sum) < 16 || len(sum) > 128 {
		return false, false, errHash
	}
	right = subtle.ConstantTimeCompare(c.sum(password, salt, len(sum)), sum) == 1
	return right, c != ownCost, nil
}

func (c cost) sane() bool {
	return c.threads > 0 && c.threads <= maxCost.threads && c.time > 0 && c.time <= maxCost.time && c.memory <= maxCost.memory
}

// nobodysHash is compared with the passwords of names that are nobody's, so that
// these take as long as others.
var nobodysHash = ownCost.encode(make([]byte, saltLength), make([]byte, sumLength))

// maxWaiting bounds who waits for a place to have a password hashed.
const maxWaiting = 64

// hashing waits for one of the places in which passwords are hashed, since each
// takes memory. The error is media.ErrBusy when too many wait.
func (k *Keyring) hashing(ctx context.Context) (done func(), err error) {
	k.hashOnce.Do(func() {
		k.hashSlots = make(chan struct{}, max(k.Hashes, 1))
		k.hashQueue = make(chan struct{}, max(k.Hashes, 1)+maxWaiting)
	})
	select {
	case k.hashQueue <- struct{}{}:
	default:
		return nil, fmt.Errorf("%w: too many passwords at once", media.ErrBusy)
	}
	select {
	case k.hashSlots <- struct{}{}:
		return func() { <-k.hashSlots; <-k.hashQueue }, nil
	case <-ctx.Done():
		<-k.hashQueue
		return nil, ctx.Err()
	}
}

// hash is HashPassword in one of the places for that.
func (k *Keyring) hash(ctx context.Context, password string) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", err
	}
	done, err := k.hashing(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return HashPassword(password), nil
}

// SignInWithPassword begins a session of the user of a name, or of an e-mail address that
// was imported. The error is
// ErrWrongPassword, or says why the user may not sign in.
func (k *Keyring) SignInWithPassword(ctx context.Context, name, password, agent string) (token string, expires time.Time, err error) {
	u, err := k.checkPassword(ctx, name, password)
	if err != nil {
		return "", time.Time{}, err
	}
	if err := active(&u); err != nil {
		return "", time.Time{}, err
	}
	return k.begin(ctx, media.Session{UserID: u.ID, Agent: agent})
}

// checkPassword returns the user of a name, or an e-mail address, and a password.
func (k *Keyring) checkPassword(ctx context.Context, name, password string) (media.User, error) {
	u, err := k.Accounts.UserNamed(ctx, name)
	if errors.Is(err, fs.ErrNotExist) && strings.Contains(name, "@") {
		u, err = k.Credentials.UserWithEmail(ctx, name)
	}
	hash := nobodysHash
	if err == nil {
		var p media.Password
		if p, err = k.Credentials.Password(ctx, u.ID); err == nil {
			hash = p.Hash
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return u, fmt.Errorf("look up password: %w", err)
	}
	done, waitErr := k.hashing(ctx)
	if waitErr != nil {
		return u, waitErr
	}
	right, stale, hashErr := verify(hash, password)
	fresh := ""
	if right && stale && err == nil {
		fresh = HashPassword(password)
	}
	done()
	switch {
	case hashErr != nil:
		return u, fmt.Errorf("check password of user %d: %w", u.ID, hashErr)
	case err != nil || !right:
		return u, ErrWrongPassword
	case fresh != "":
		// The old hash serves on if this cannot be written.
		_ = k.write(func() error { return k.Credentials.ReplaceHash(ctx, u.ID, hash, fresh) })
	}
	return u, nil
}

// HasPassword reports whether the caller has a password.
func (k *Keyring) HasPassword(ctx context.Context, by media.Caller) (bool, error) {
	_, err := k.Credentials.Password(ctx, by.User.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// AnyPassword reports whether anybody can sign in with a password.
func (k *Keyring) AnyPassword(ctx context.Context) (bool, error) {
	return k.Credentials.AnyPassword(ctx)
}

// ChangePassword gives the caller another password, who has to know the present
// one if there is one, and ends the caller's sessions but that of a token. The
// error is ErrWrongPassword, ErrShortPassword or ErrLongPassword.
func (k *Keyring) ChangePassword(ctx context.Context, by media.Caller, present, password, token string) error {
	if err := k.checkPresent(ctx, by, present); err != nil {
		return err
	}
	hash, err := k.hash(ctx, password)
	if err != nil {
		return err
	}
	p := media.Password{UserID: by.User.ID, Hash: hash, ChangedAt: k.Now().UTC()}
	return k.write(func() error { return k.Credentials.SetPassword(ctx, p, KeyDigest(token)) })
}

// checkPresent lets pass who knows the caller's present password, or has none.
func (k *Keyring) checkPresent(ctx context.Context, by media.Caller, password string) error {
	has, err := k.HasPassword(ctx, by)
	if err == nil && has {
		_, err = k.checkPassword(ctx, by.User.Name, password)
	}
	return err
}
