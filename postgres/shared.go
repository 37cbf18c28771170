package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// What the gateways of a database tell each other of backups and versions. It is kept in meta,
// times in the order of their texts.

// HoldDeletions tells all gateways to remove no bytes for a time. A holder calls it again to
// extend that.
func (db *DB) HoldDeletions(ctx context.Context, holder string, life time.Duration) error {
	// Holders that were killed have left theirs.
	return db.exec(ctx, "hold deletions", `
		WITH over AS (DELETE FROM meta WHERE name LIKE 'hold %' AND name <> $1 AND value COLLATE "C" <= `+textOf("0")+`)
		INSERT INTO meta (name, value) VALUES ($1, `+textOf("$2::double precision")+`)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, "hold "+holder, life.Seconds())
}

// ReleaseDeletions ends what HoldDeletions began.
func (db *DB) ReleaseDeletions(ctx context.Context, holder string) error {
	return db.exec(ctx, "release deletions", `DELETE FROM meta WHERE name = $1`, "hold "+holder)
}

// DeletionsHeld reports whether bytes have to stay now.
func (db *DB) DeletionsHeld(ctx context.Context) (held bool, err error) {
	if err := db.acquire(); err != nil {
		return false, err
	}
	defer db.mu.RUnlock()
	err = db.pool.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM meta WHERE name LIKE 'hold %' AND value COLLATE "C" > `+textOf("0")+`)`).Scan(&held)
	return held, wrapErr("look whether deletions are held", err)
}

// textOf is an expression for the time in so many seconds, in the form of time.RFC3339.
func textOf(seconds string) string {
	return `to_char((clock_timestamp() + make_interval(secs => ` + seconds + `)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
}

// NoteTime notes when something was last done with an installation.
func (db *DB) NoteTime(ctx context.Context, name string, at time.Time) error {
	return db.note(ctx, name, at.UTC().Format(time.RFC3339))
}

// versionEntry is the version of this program that has opened the database last to serve it.
const versionEntry = "version"

// NoteVersion notes which version of this program serves the database.
func (db *DB) NoteVersion(ctx context.Context, version string) error {
	return db.note(ctx, versionEntry, version)
}

func (db *DB) note(ctx context.Context, name, value string) error {
	return db.exec(ctx, "note "+name, `
		INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

// NotedTime returns what NoteTime has noted; zero if there is none.
func (db *DB) NotedTime(ctx context.Context, name string) (time.Time, error) {
	if err := db.acquire(); err != nil {
		return time.Time{}, err
	}
	defer db.mu.RUnlock()
	text, err := noted(db.pool.QueryRowContext(ctx, notedQuery, name))
	return timeOfNote(text, wrapErr("read a time", err))
}

const notedQuery = `SELECT value FROM meta WHERE name = $1`

// noted is "" where there is no such entry.
func noted(row *sql.Row) (text string, err error) {
	if err = row.Scan(&text); errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

// NotedTime is that of a DB for a database that nobody has opened. It changes nothing.
func NotedTime(ctx context.Context, url, name string) (time.Time, error) {
	return timeOfNote(lookForNote(ctx, url, name))
}

// timeOfNote is the time that an entry tells, zero if there is none. err is that of its
// reading.
func timeOfNote(text string, err error) (time.Time, error) {
	if err != nil || text == "" {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, text)
}

// NotedVersion returns what NoteVersion has noted, "" if there is none, also of a database
// that is too new for this program. It changes nothing.
func NotedVersion(ctx context.Context, url string) (string, error) {
	return lookForNote(ctx, url, versionEntry)
}

// lookForNote returns an entry of a database as it is, "" if it has none.
func lookForNote(ctx context.Context, url, name string) (text string, err error) {
	err = look(ctx, url, func(tx *sql.Tx) error {
		version, err := schemaVersion(ctx, tx)
		if err != nil || version == 0 {
			return err
		}
		text, err = noted(tx.QueryRowContext(ctx, notedQuery, name))
		return err
	})
	return text, err
}

// exec runs a statement by itself.
func (db *DB) exec(ctx context.Context, what, statement string, args ...any) error {
	if err := db.acquire(); err != nil {
		return err
	}
	defer db.mu.RUnlock()
	_, err := db.pool.ExecContext(ctx, statement, args...)
	return wrapErr(what, err)
}
