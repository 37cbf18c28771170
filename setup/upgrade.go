package setup

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
	"postern/postgres"
	"postern/records/txn"
	"postern/sqlite"
)

// VersionFile tells which version of this program has served a data folder last.
const VersionFile = "version"

// Upgrade is what a newer version of this program does to a database.
type Upgrade struct {
	path, Copy string
	Version    int      // of the schema now; 0: there is nothing yet
	Pending    []string // migrations that are to be run
	Size       int64    // bytes of the database
}

// PlannedUpgrade looks at the database of a data folder and changes nothing. The
// folder may be empty.
func PlannedUpgrade(ctx context.Context, dataDir string) (u Upgrade, err error) {
	u.path = filepath.Join(dataDir, DatabaseFile)
	for _, name := range []string{u.path, u.path + "-wal"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) && name == u.path {
			return u, nil
		}
		if err == nil {
			u.Size += info.Size()
		}
	}
	u.Version, u.Pending, err = sqlite.Pending(ctx, u.path)
	u.Copy = fmt.Sprintf("%s.schema-%d", u.path, u.Version)
	if errors.Is(err, ErrNewer) {
		text, _ := os.ReadFile(filepath.Join(dataDir, VersionFile)) // an older version has noted none
		return u, newerError(err, strings.TrimSpace(string(text)), "put back the copy "+DatabaseFile+".schema-N that it made of the database before")
	}
	return u, err
}

// PlannedPostgresUpgrade looks at a PostgreSQL and changes nothing. It is copied by nobody.
func PlannedPostgresUpgrade(ctx context.Context, url string) (u Upgrade, err error) {
	u.Version, u.Pending, err = postgres.Pending(ctx, url)
	return u, explainNewer(ctx, url, err)
}

// ErrNewer is wrapped by errors about a database of a newer version of this program.
var ErrNewer = txn.ErrNewer

// explainNewer adds to the error of a PostgreSQL of a newer version what helps.
func explainNewer(ctx context.Context, url string, err error) error {
	if !errors.Is(err, ErrNewer) {
		return err
	}
	last, noted := postgres.NotedVersion(ctx, url)
	return newerError(errors.Join(err, noted), last, "restore a dump from before its upgrade")
}

// newerError says which version of this program a database needs, as far as it is known which
// has served it last, and how to go back.
func newerError(err error, last, back string) error {
	if last == "" {
		return fmt.Errorf("%w: install a newer version of postern", err)
	}
	return fmt.Errorf("%w: this is postern %s, and it was served by postern %s: install that version, or %s", err, buildinfo.Version, last, back)
}

// IsDue reports whether there is a database that is to be changed.
func (u Upgrade) IsDue() bool { return u.Version > 0 && len(u.Pending) > 0 }

// CheckRoom refuses an upgrade for which there is no room: for the copy, and as much
// again for what migrations write.
func (u Upgrade) CheckRoom(c config.Config) error {
	room, err := NewVolume(c).DiskSpace()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if need := 2 * u.Size; err == nil && room.Free < need {
		err = fmt.Errorf("a copy of the database before its upgrade, and the upgrade, need %s, and %s are free: make room, or run `postern migrate --without-copy`", config.ByteSize(need).Rough(), config.ByteSize(room.Free).Rough())
	}
	return err
}

// makeCopy copies the database before it is changed.
func (u Upgrade) makeCopy(ctx context.Context) error {
	fresh := u.Copy + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := sqlite.Copy(ctx, u.path, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, u.Copy)
}

// OpenUpgraded opens the database of a data folder that the caller has locked, or makes
// one. A database of an older version is copied before it is changed, unless
// withoutCopy.
func OpenUpgraded(ctx context.Context, c config.Config, withoutCopy bool, tell func(copy string)) (*Database, error) {
	if c.Database.URL != "" {
		return openPostgres(ctx, c)
	}
	u, err := PlannedUpgrade(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	if u.IsDue() && !withoutCopy {
		if err := u.CheckRoom(c); err != nil {
			return nil, err
		}
		if err := u.makeCopy(ctx); err != nil {
			return nil, fmt.Errorf("copy the database before its upgrade: %w", err)
		}
		tell(u.Copy)
	}
	DB, err := OfSQLite(sqlite.Open(ctx, u.path))
	if err == nil {
		err = RemoveIfThere(filepath.Join(c.DataDir, unfinishedFile))
	}
	return DB, err
}

// NoteVersion writes down which version serves a data folder, or a PostgreSQL.
func (d *Database) NoteVersion(ctx context.Context, dataDir string) error {
	if d.shared != nil {
		return d.shared.NoteVersion(ctx, buildinfo.Version)
	}
	return WriteSynced(filepath.Join(dataDir, VersionFile), []byte(buildinfo.Version+"\n"))
}
