package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"postern/media"
	"postern/records/txn"
)

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

// classify gives an error of SQLite's the name that it has for records. It
// returns nil for nil.
func classify(err error) error {
	name := nameOf(err)
	if err == nil || name == nil || errors.Is(err, name) {
		return err
	}
	return fmt.Errorf("%w: %w", name, err)
}

func nameOf(err error) error {
	switch code(err) {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY:
		return txn.ErrTaken
	case codes.SQLITE_CONSTRAINT_FOREIGNKEY:
		return txn.ErrNoParent
	case codes.SQLITE_IOERR_SHMSIZE: // the index of the log could not grow
		return media.ErrFull
	}
	switch {
	case isCode(err, codes.SQLITE_FULL):
		return media.ErrFull
	case isCode(err, codes.SQLITE_BUSY), isCode(err, codes.SQLITE_LOCKED):
		return media.ErrBusy
	case isCode(err, codes.SQLITE_CORRUPT), isCode(err, codes.SQLITE_NOTADB):
		return txn.ErrDamaged
	}
	return nil
}

// wrapErr wraps an error with the step that failed. It returns nil for nil.
func wrapErr(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, classify(err))
}
