package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"postern/buildinfo"
	"postern/config"
	"postern/records"
	"postern/sqlite"
)

// versionFile tells which version of this program has served a data folder last.
const versionFile = "version"

// upgrade is what a newer version of this program does to a database.
type upgrade struct {
	path, copy string
	version    int      // of the schema now; 0: there is nothing yet
	pending    []string // migrations that are to be run
	size       int64    // bytes of the database
}

// plannedUpgrade looks at the database of a data folder and changes nothing. The
// folder may be empty.
func plannedUpgrade(ctx context.Context, dataDir string) (u upgrade, err error) {
	u.path = filepath.Join(dataDir, databaseFile)
	for _, name := range []string{u.path, u.path + "-wal"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) && name == u.path {
			return u, nil
		}
		if err == nil {
			u.size += info.Size()
		}
	}
	u.version, u.pending, err = sqlite.Pending(ctx, u.path)
	u.copy = fmt.Sprintf("%s.schema-%d", u.path, u.version)
	if errors.Is(err, records.ErrNewer) {
		return u, fmt.Errorf("%w: %s", err, newerHint(dataDir))
	}
	return u, err
}

// newerHint says which version of this program a data folder needs.
func newerHint(dataDir string) string {
	text, err := os.ReadFile(filepath.Join(dataDir, versionFile))
	if last := strings.TrimSpace(string(text)); err == nil && last != "" {
		return fmt.Sprintf("this is postern %s, and the folder was served by postern %s: install that version, or put back the copy %s.schema-N that it made of the database before", buildinfo.Version, last, databaseFile)
	}
	return "install a newer version of postern"
}

// isDue reports whether there is a database that is to be changed.
func (u upgrade) isDue() bool { return u.version > 0 && len(u.pending) > 0 }

// checkRoom refuses an upgrade for which there is no room: for the copy, and as much
// again for what migrations write.
func (u upgrade) checkRoom(c config.Config) error {
	room, err := newVolume(c).DiskSpace()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if need := 2 * u.size; err == nil && room.Free < need {
		err = fmt.Errorf("a copy of the database before its upgrade, and the upgrade, need %s, and %s are free: make room, or run `postern migrate --without-copy`", config.ByteSize(need), config.ByteSize(room.Free))
	}
	return err
}

// makeCopy copies the database before it is changed.
func (u upgrade) makeCopy(ctx context.Context) error {
	fresh := u.copy + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := sqlite.Copy(ctx, u.path, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, u.copy)
}

// openUpgraded opens the database of a data folder that the caller has locked, or makes
// one. A database of an older version is copied before it is changed, unless
// withoutCopy.
func openUpgraded(ctx context.Context, c config.Config, withoutCopy bool, tell func(copy string)) (*database, error) {
	if c.Database.URL != "" {
		return openPostgres(ctx, c)
	}
	u, err := plannedUpgrade(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	if u.isDue() && !withoutCopy {
		if err := u.checkRoom(c); err != nil {
			return nil, err
		}
		if err := u.makeCopy(ctx); err != nil {
			return nil, fmt.Errorf("copy the database before its upgrade: %w", err)
		}
		tell(u.copy)
	}
	db, err := ofSQLite(sqlite.Open(ctx, u.path))
	if err == nil {
		err = removeIfThere(filepath.Join(c.DataDir, unfinishedFile))
	}
	return db, err
}

// noteVersion writes down which version serves a data folder.
func noteVersion(dataDir string) error {
	return writeSynced(filepath.Join(dataDir, versionFile), []byte(buildinfo.Version+"\n"))
}
