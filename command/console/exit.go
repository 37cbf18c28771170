package console

import (
	"errors"
	"fmt"
	"io"
)

// ExitUnchecked is the exit status of a check or a doctor that could not be carried
// through.
const ExitUnchecked = 3

// StatusError is an error with an exit status of its own. Without a cause the
// command has said everything.
type StatusError struct {
	Status int
	Cause  error
}

func (e *StatusError) Error() string { return fmt.Sprint(e.Cause) }

func (e *StatusError) Unwrap() error { return e.Cause }

// UsageError is a command line that was not understood.
type UsageError struct {
	Command string // the command's full name
	Cause   error
}

func (e *UsageError) Error() string { return e.Cause.Error() }

func (e *UsageError) Unwrap() error { return e.Cause }

// Unchecked gives an error the status ExitUnchecked, unless it has one of its own. It
// returns nil for nil.
func Unchecked(err error) error {
	var own *StatusError
	if err == nil || errors.As(err, &own) {
		return err
	}
	return &StatusError{ExitUnchecked, err}
}

// ExitStatus prints the error, after a wrong command line with a line about
// help, and returns the program's exit status.
func ExitStatus(err error, stderr io.Writer) int {
	var own *StatusError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &own) && own.Cause == nil:
		return own.Status
	}
	fmt.Fprintln(stderr, "postern:", err)
	var wrong *UsageError
	if errors.As(err, &wrong) {
		fmt.Fprintf(stderr, "See '%s --help'.\n", wrong.Command)
	}
	if own != nil {
		return own.Status
	}
	return 1
}
