package postgres

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"postern/media"
	"postern/records/txn"
)

// SQLSTATE codes, of appendix A of PostgreSQL's manual.
const (
	serializationFailure = "40001"
	deadlock             = "40P01"
	foreignKeyViolation  = "23503"
	uniqueViolation      = "23505"
	diskFull             = "53100"
	tooManyConnections   = "53300"
	lockNotAvailable     = "55P03"
	queryCanceled        = "57014" // by statement_timeout
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	dataCorrupted        = "XX001"
	indexCorrupted       = "XX002"
)

// stateOf is what the server has sent, and the constraint it is about; "" for
// none.
func stateOf(err error) (code, constraint string) {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code, e.ConstraintName
	}
	return "", ""
}

// retryable reports whether a transaction failed for what others did at the same
// time, and is undone.
func retryable(err error) bool {
	code, constraint := stateOf(err)
	switch code {
	case serializationFailure, deadlock:
		return true
	case foreignKeyViolation:
		// A tag went when its last item did, while another came to bear it.
		return constraint == "item_tags_tag_fkey" || constraint == "album_tags_tag_fkey"
	}
	return false
}

// classify gives an error the name that it has for records. It returns nil for nil.
func classify(err error) error {
	name := nameOf(err)
	if err == nil || name == nil || errors.Is(err, name) {
		return err
	}
	return fmt.Errorf("%w: %w", name, err)
}

func nameOf(err error) error {
	code, _ := stateOf(err)
	switch code {
	case uniqueViolation:
		return txn.ErrTaken
	case foreignKeyViolation:
		return txn.ErrNoParent
	case diskFull:
		return media.ErrFull
	case dataCorrupted, indexCorrupted:
		return txn.ErrDamaged
	}
	busy := []string{serializationFailure, deadlock, tooManyConnections, lockNotAvailable, queryCanceled, adminShutdown, crashShutdown, cannotConnectNow}
	var connect *pgconn.ConnectError
	var commit *commitError
	switch {
	case errors.As(err, &connect):
		return media.ErrBusy
	case errors.As(err, &commit) && (code == adminShutdown || code == crashShutdown):
		return nil // it may have been committed
	case slices.Contains(busy, code):
		return media.ErrBusy
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
