package maintenance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media/maintenance/backup"
	"postern/setup"
	"postern/sqlite"
	"postern/storage/s3"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FOLDER", Short: "Copy records and files, with or without a running server",
		Long: "Copies the database, and the files of the disk or the bucket, beside running servers.\n" +
			"The copy is a data folder. Run it again to copy only what is new.",
		Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.Settings()
			if err != nil {
				return err
			}
			return a.backUp(cmd.Context(), c, args[0])
		},
	}
}

// backUp copies records and files beside servers that may be running. The copy is a data
// folder, wherever they are.
func (a *app) backUp(ctx context.Context, c config.Config, to string) error {
	if err := setup.NeedDatabase(c); err != nil {
		return err
	}
	if err := prepareBackup(c.DataDir, to); err != nil {
		return err
	}
	unlock, err := setup.LockData(to)
	if err != nil {
		return err
	}
	defer unlock()
	source, err := setup.OpenDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer source.Close()
	release, err := setup.HoldDeletions(ctx, c, source)
	if err != nil {
		return err
	}
	defer release()
	result, err := a.copyData(ctx, c, source, to)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "%d items: %d files copied (%d bytes), %d kept, %d removed\n",
		result.Items, result.Copied, result.Bytes, result.Kept, result.Removed)
	if result.Problems > 0 {
		return &console.StatusError{Status: ExitDamaged, Cause: fmt.Errorf("%d files were not as they should be: see postern check", result.Problems)}
	}
	return errors.Join(source.Mark(ctx, c.DataDir, setup.LastBackupFile), source.CarryCheck(ctx, to, c.DataDir))
}

// prepareBackup makes the folder for a backup. It refuses one that holds
// anything but an earlier backup, in which files would be removed.
func prepareBackup(from, to string) error {
	if err := errors.Join(outside(from, to), outside(to, from)); err != nil {
		return err
	}
	// Beside a bucket and PostgreSQL, this machine may have no data folder yet.
	if err := errors.Join(os.MkdirAll(from, 0o755), os.MkdirAll(to, 0o700)); err != nil {
		return err
	}
	entries, err := os.ReadDir(to)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if name := entry.Name(); name == setup.DatabaseFile || name == newDatabase {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty and holds no backup", to)
	}
	return nil
}

// outside refuses a folder that is, or would be, in the data folder.
func outside(data, dir string) error {
	data, errData := realPath(data)
	dir, errDir := realPath(dir)
	if err := errors.Join(errData, errDir); err != nil {
		return err
	}
	if within(dir, data) {
		return fmt.Errorf("%s must not lie within %s", dir, data)
	}
	return nil
}

// realPath is the absolute path of a file or folder that need not be there, without links.
func realPath(name string) (string, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	for missing := ""; ; name = filepath.Dir(name) {
		real, err := filepath.EvalSymlinks(name)
		if err == nil {
			return filepath.Join(real, missing), nil
		}
		if !errors.Is(err, fs.ErrNotExist) || name == filepath.Dir(name) {
			return "", err
		}
		missing = filepath.Join(filepath.Base(name), missing)
	}
}

func within(inner, outer string) bool {
	rel, err := filepath.Rel(outer, inner)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// newDatabase is the database of a backup that is being made.
const newDatabase = "postern.db.new"

// copyData makes the copy. Its database replaces that of an earlier backup only
// when its files are there.
func (a *app) copyData(ctx context.Context, c config.Config, source *setup.Database, to string) (r backup.Result, err error) {
	pace := console.NewPace(a.Stderr)
	o := backup.Options{
		From: c.DataDir, To: to,
		Live:   func(ctx context.Context, id string) (bool, error) { return recorded(ctx, source, id) },
		Report: func(problem string) { fmt.Fprintln(a.Stdout, console.Line(problem)) },
		Progress: func(r backup.Result) {
			pace.Tell(fmt.Sprintf("%d files copied, %d kept", r.Copied, r.Kept), r.Copied+r.Kept, r.Bytes)
		},
	}
	if c.Store.Kind == "s3" {
		bucket, err := ownBucket(ctx, c, source)
		if err != nil {
			return r, err
		}
		o.Open = func(ctx context.Context, key string) (io.ReadCloser, error) { return bucket.Open(ctx, key) }
	}
	draft := filepath.Join(to, newDatabase)
	if err := removeDatabase(draft); err != nil {
		return r, err
	}
	if err := source.Copy(ctx, draft); err != nil {
		return r, err
	}
	snapshot, err := setup.OfSQLite(sqlite.Open(ctx, draft))
	if err != nil {
		return r, err
	}
	o.Copy = snapshot
	r, err = backup.Files(ctx, o)
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return r, err
	}
	secret, err := sharedSecret(ctx, c, source)
	if err != nil {
		return r, err
	}
	if secret != nil && len(secret) != setup.SecretBytes {
		r.Problems++
		o.Report(fmt.Sprintf("%s has %d bytes, and not %d: it is not copied", setup.SecretFile, len(secret), setup.SecretBytes))
		secret = nil
	}
	return r, finishBackup(secret, to)
}

// ownBucket opens the bucket of the installation whose database is source, to read from.
func ownBucket(ctx context.Context, c config.Config, source *setup.Database) (*s3.Store, error) {
	// The staging folder belongs to servers, and may be out of reach here.
	bucket, err := s3.New(setup.BucketOptions(c), nil)
	if err != nil {
		return nil, err
	}
	return bucket, setup.VerifyBucket(ctx, bucket, source)
}

// sharedSecret returns the server's own secret, nil if no server has made one yet.
func sharedSecret(ctx context.Context, c config.Config, source *setup.Database) ([]byte, error) {
	if c.Database.URL != "" {
		return setup.SecretOf(ctx, c, source)
	}
	secret, err := os.ReadFile(filepath.Join(c.DataDir, setup.SecretFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return secret, err
}

// recorded reports whether an item is live, in the trash or not.
func recorded(ctx context.Context, db *setup.Database, id string) (bool, error) {
	_, err := db.Item(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = db.Trashed(ctx, id)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// finishBackup puts the secret and the database in their places.
func finishBackup(secret []byte, to string) error {
	if secret != nil {
		if err := setup.WriteSynced(filepath.Join(to, setup.SecretFile), secret); err != nil {
			return err
		}
	}
	database := filepath.Join(to, setup.DatabaseFile)
	if err := errors.Join(setup.RemoveIfThere(database+"-wal"), setup.RemoveIfThere(database+"-shm")); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(to, newDatabase), database); err != nil {
		return err
	}
	dir, err := os.Open(to)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func removeDatabase(name string) error {
	return errors.Join(setup.RemoveIfThere(name), setup.RemoveIfThere(name+"-wal"), setup.RemoveIfThere(name+"-shm"))
}
