package main

import (
	"os"
	"path/filepath"
	"time"
)

// The files of a data folder whose times tell when something was last done with it.
const (
	lastBackupFile = "last-backup" // a backup was complete
	lastCheckFile  = "last-check"  // a check has left nothing wrong
)

// mark notes in a data folder that something is done now.
func mark(dir, name string) error {
	return writeSynced(filepath.Join(dir, name), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"))
}

// markedAt returns when something was last done; zero if it never was.
func markedAt(dir, name string) time.Time {
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// carryCheck tells a data folder of the check of its backup, if that is newer.
func carryCheck(backup, dir string) error {
	at := markedAt(backup, lastCheckFile)
	if !at.After(markedAt(dir, lastCheckFile)) {
		return nil
	}
	if err := mark(dir, lastCheckFile); err != nil {
		return err
	}
	return os.Chtimes(filepath.Join(dir, lastCheckFile), at, at)
}
