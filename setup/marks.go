package setup

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// The files of a data folder whose times tell when something was last done with it.
const (
	LastBackupFile = "last-backup" // a backup was complete
	LastCheckFile  = "last-check"  // a check has left nothing wrong
)

// Mark notes in a data folder that something is done now.
func Mark(dir, name string) error {
	return WriteSynced(filepath.Join(dir, name), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"))
}

// MarkedAt returns when something was last done; zero if it never was.
func MarkedAt(dir, name string) time.Time {
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// Mark is that of a data folder, or of all servers of a shared database.
func (d *Database) Mark(ctx context.Context, dir, name string) error {
	if d.shared == nil {
		return Mark(dir, name)
	}
	return d.shared.NoteTime(ctx, name, d.Now())
}

// MarkedAt is that of a data folder, or of all servers of a shared database.
func (d *Database) MarkedAt(ctx context.Context, dir, name string) (time.Time, error) {
	if d.shared == nil {
		return MarkedAt(dir, name), nil
	}
	return d.shared.NotedTime(ctx, name)
}

// CarryCheck tells an installation of the check of its backup, if that is newer.
func (d *Database) CarryCheck(ctx context.Context, backup, dir string) error {
	at := MarkedAt(backup, LastCheckFile)
	last, err := d.MarkedAt(ctx, dir, LastCheckFile)
	if err != nil || !at.After(last) {
		return err
	}
	if d.shared != nil {
		return d.shared.NoteTime(ctx, LastCheckFile, at)
	}
	if err := Mark(dir, LastCheckFile); err != nil {
		return err
	}
	return os.Chtimes(filepath.Join(dir, LastCheckFile), at, at)
}
