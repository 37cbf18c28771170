package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"postern/media"
	"postern/records/txn"
)

// What the server refuses has the name that records know, and what others were in the way
// of is tried again.
func TestErrorsOfTheServerHaveTheirNames(t *testing.T) {
	db := openTest(t)
	for _, test := range []struct {
		code  string
		want  error
		tries int
	}{
		{diskFull, media.ErrFull, 1},
		{uniqueViolation, txn.ErrTaken, 1},
		{foreignKeyViolation, txn.ErrNoParent, 1},
		{dataCorrupted, txn.ErrDamaged, 1},
		{lockNotAvailable, media.ErrBusy, 1},
		{tooManyConnections, media.ErrBusy, 1},
		{deadlock, media.ErrBusy, maxTries},
		{serializationFailure, media.ErrBusy, maxTries},
	} {
		tries := 0
		err := engine{db}.Update(t.Context(), func(ctx context.Context, s txn.Session) error {
			tries++
			_, err := s.Exec(ctx, fmt.Sprintf(`DO $$ BEGIN RAISE EXCEPTION 'as planned' USING ERRCODE = '%s'; END $$`, test.code))
			return err
		})
		if !errors.Is(err, test.want) || tries != test.tries {
			t.Errorf("%s: %v after %d tries, want %v after %d", test.code, err, tries, test.want, test.tries)
		}
	}
}
