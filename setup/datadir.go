package setup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"postern/config"
)

// Names in the data folder that belong to this package. The others belong to the
// packages that write them: "images" (library.UploadsDir), and ".stage" and "ballast" of
// package storage.
const (
	DatabaseFile = "postern.db"  // beside it, SQLite keeps its log (-wal) and index (-shm)
	SecretFile   = "secret"      // the server's own secret, readable by its owner alone
	lockFile     = "lock"        // locked by the process that serves the folder
	pauseFile    = "backup.lock" // locked while a backup is made
	codecFolder  = "codecs"      // compiled codecs
	frameFolder  = "probe"       // files that pass through decoders; removed at the end

	unfinishedFile = "postern.db.new" // is there while a command makes the database, and after it was killed meanwhile
)

// NeedDatabase refuses a data folder without a database. No command but serve
// and "user add" makes one: an empty database in a folder that was named wrongly
// would hide that.
func NeedDatabase(c config.Config) error {
	if c.Database.URL != "" {
		return nil // opening it tells
	}
	if _, err := os.Stat(filepath.Join(c.DataDir, DatabaseFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s: name its folder with --data-dir", c.DataDir)
	}
	return nil
}

// lockPatience is how long LockData waits for another process to end.
const lockPatience = 3 * time.Second

// LockData makes this process the only one that serves a data folder.
func LockData(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	// A program that a killed server was just starting has the lock for a moment.
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, 20*time.Millisecond)
	if !ok && errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("the data folder %s is in use by another process", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil
}

const SecretBytes = 32

// LoadSecret reads the server's own secret, and makes it at the first start.
func LoadSecret(dir string) ([]byte, error) {
	name := filepath.Join(dir, SecretFile)
	secret, err := os.ReadFile(name)
	if err == nil && len(secret) != SecretBytes {
		return nil, fmt.Errorf("secret %s: has %d bytes, want %d", name, len(secret), SecretBytes)
	}
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	secret = make([]byte, SecretBytes)
	rand.Read(secret)
	return secret, WriteSynced(name, secret)
}

// WriteSynced writes a new file that no crash leaves half written.
func WriteSynced(name string, data []byte) error {
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// PauseDeletions keeps servers of a data folder from removing bytes until release. The
// system releases the lock too when the process ends, however it does.
func PauseDeletions(ctx context.Context, dir string) (release func(), err error) {
	lock := flock.New(filepath.Join(dir, pauseFile), flock.SetPermissions(0o600))
	// A server that looks at it just now has it for a moment.
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, errors.New("another backup is being made")
	}
	if err != nil || !ok {
		return nil, fmt.Errorf("hold deletions: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// DeletionsPaused reports whether a backup is being made of a data folder.
func DeletionsPaused(dir string) bool {
	lock := flock.New(filepath.Join(dir, pauseFile), flock.SetFlag(os.O_RDONLY))
	ok, err := lock.TryRLock()
	if ok {
		_ = lock.Unlock()
	}
	return err == nil && !ok
}

// FrameDir is the folder for files that pass through the server's decoders.
func FrameDir(c config.Config) string { return filepath.Join(c.DataDir, frameFolder) }

func RemoveIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
