package txn

import (
	"errors"
	"fmt"
	"io/fs"
)

// Errors that engines report beside those of package media.
var (
	ErrTaken    = errors.New("a row of this key is there already")
	ErrNoParent = errors.New("a row that is referred to is not there")
	ErrDamaged  = errors.New("database is damaged")
	ErrNewer    = errors.New("database is of a newer version of this program")
	ErrClosed   = fmt.Errorf("database: %w", fs.ErrClosed)
)

// Wrap wraps an error with the step that failed. It returns nil for nil.
func Wrap(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, err)
}

// Conflict names the error of an INSERT into a table that has one UNIQUE
// constraint or primary key of its own: taken when that is violated, fs.ErrNotExist when
// a foreign key is. Other errors, and nil, it returns as they are.
func Conflict(err, taken error) error {
	switch {
	case errors.Is(err, ErrTaken):
		return fmt.Errorf("%w: %w", taken, err)
	case errors.Is(err, ErrNoParent):
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

// RequireRow is fs.ErrNotExist when a statement has found no row to change. It takes what
// Exec returns.
func RequireRow(rows int64, err error) error {
	if err == nil && rows == 0 {
		err = fs.ErrNotExist
	}
	return err
}
