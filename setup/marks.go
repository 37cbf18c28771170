package setup

import (
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

// CarryCheck tells a data folder of the check of its backup, if that is newer.
func CarryCheck(backup, dir string) error {
	at := MarkedAt(backup, LastCheckFile)
	if !at.After(MarkedAt(dir, LastCheckFile)) {
		return nil
	}
	if err := Mark(dir, LastCheckFile); err != nil {
		return err
	}
	return os.Chtimes(filepath.Join(dir, LastCheckFile), at, at)
}
