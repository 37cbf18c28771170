package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"postern/config"
	"postern/media/maintenance/backup"
	"postern/setup"
	"postern/sqlite"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FOLDER", Short: "Copy the data folder, with or without a running server", Args: words,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.settings()
			if err != nil {
				return err
			}
			return a.backUp(cmd.Context(), c, args[0])
		},
	}
}

// backUp copies the data folder beside a server that may be running. The copy
// is a data folder itself.
func (a *app) backUp(ctx context.Context, c config.Config, to string) error {
	if err := setup.NeedDatabase(c); err != nil {
		return err
	}
	if err := onlyDisk(c, "backup"); err != nil {
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
	release, err := setup.PauseDeletions(ctx, c.DataDir)
	if err != nil {
		return err
	}
	defer release()
	result, err := a.copyData(ctx, c, to)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "%d items: %d files copied (%d bytes), %d kept, %d removed\n",
		result.Items, result.Copied, result.Bytes, result.Kept, result.Removed)
	if result.Problems > 0 {
		return &statusError{ExitDamaged, fmt.Errorf("%d files were not as they should be: see postern check", result.Problems)}
	}
	return errors.Join(setup.Mark(c.DataDir, setup.LastBackupFile), setup.CarryCheck(to, c.DataDir))
}

// prepareBackup makes the folder for a backup. It refuses one that holds
// anything but an earlier backup, in which files would be removed.
func prepareBackup(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	from, errFrom := realPath(from)
	to, errTo := realPath(to)
	if err := errors.Join(errFrom, errTo); err != nil {
		return err
	}
	if within(from, to) || within(to, from) {
		return fmt.Errorf("%s and %s must not lie within each other", from, to)
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

func realPath(name string) (string, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(name)
}

func within(inner, outer string) bool {
	rel, err := filepath.Rel(outer, inner)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// newDatabase is the database of a backup that is being made.
const newDatabase = "postern.db.new"

// copyData makes the copy. Its database replaces that of an earlier backup only
// when its files are there.
func (a *app) copyData(ctx context.Context, c config.Config, to string) (r backup.Result, err error) {
	source, err := setup.OpenDatabase(ctx, c)
	if err != nil {
		return r, err
	}
	defer source.Close()
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
	r, err = backup.Files(ctx, backup.Options{
		From: c.DataDir, To: to, Copy: snapshot,
		Live:   func(ctx context.Context, id string) (bool, error) { return recorded(ctx, source, id) },
		Report: func(problem string) { fmt.Fprintln(a.Stdout, problem) },
	})
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return r, err
	}
	return r, finishBackup(c.DataDir, to)
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
func finishBackup(from, to string) error {
	secret, err := os.ReadFile(filepath.Join(from, setup.SecretFile))
	if err == nil {
		err = setup.WriteSynced(filepath.Join(to, setup.SecretFile), secret)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
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

// onlyDisk refuses what a command does with a data folder alone.
func onlyDisk(c config.Config, command string) error {
	if c.Store.Kind == "disk" {
		return nil
	}
	return fmt.Errorf("postern %s is for store.kind = \"disk\": see docs/scale.md for a bucket", command)
}
