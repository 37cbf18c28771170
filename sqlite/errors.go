package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"postern/media"
)

// ErrDamaged reports a file that is no sound database.
var ErrDamaged = errors.New("database is damaged")

// errClosed is the error of all methods after Close.
var errClosed = fmt.Errorf("database: %w", fs.ErrClosed)

// code returns SQLite's extended result code behind err, 0 for none.
func code(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return codes.SQLITE_OK
}

// isCode reports whether SQLite's result code behind err, less its extension,
// is the one given.
func isCode(err error, primary int) bool { return code(err)&0xff == primary }

// wrapErr wraps an error with the step that failed, a full disk with
// media.ErrFull, a lock that another process has held for too long with
// media.ErrBusy, and what is no sound database with ErrDamaged. It returns nil
// for nil.
func wrapErr(step string, err error) error {
	switch {
	case err == nil:
		return nil
	// The second says that the index of the log could not grow.
	case isCode(err, codes.SQLITE_FULL), code(err) == codes.SQLITE_IOERR_SHMSIZE:
		return fmt.Errorf("%s: %w: %w", step, media.ErrFull, err)
	case isCode(err, codes.SQLITE_BUSY), isCode(err, codes.SQLITE_LOCKED):
		return fmt.Errorf("%s: %w: %w", step, media.ErrBusy, err)
	case isCode(err, codes.SQLITE_CORRUPT), isCode(err, codes.SQLITE_NOTADB):
		return fmt.Errorf("%s: %w: %w", step, ErrDamaged, err)
	}
	return fmt.Errorf("%s: %w", step, err)
}

// constraintErr names the error of an INSERT into a table that has one UNIQUE
// constraint or primary key of its own: taken when that is violated, fs.ErrNotExist when a foreign key
// is.
func constraintErr(err, taken error) error {
	switch code(err) {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", taken, err)
	case codes.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

// requireRow is fs.ErrNotExist when a statement has found no row to change.
func requireRow(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = fs.ErrNotExist
	}
	return err
}
