package command

import (
	"errors"
	"fmt"
	"io"
)

// statusError is an error with an exit status of its own. Without a cause the
// command has said everything.
type statusError struct {
	status int
	cause  error
}

func (e *statusError) Error() string { return fmt.Sprint(e.cause) }

func (e *statusError) Unwrap() error { return e.cause }

// ExitStatus prints the error, after a wrong command line with a line about
// help, and returns the program's exit status.
func ExitStatus(err error, stderr io.Writer) int {
	var own *statusError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &own) && own.cause == nil:
		return own.status
	}
	fmt.Fprintln(stderr, "postern:", err)
	var wrong *usageError
	if errors.As(err, &wrong) {
		fmt.Fprintf(stderr, "See '%s --help'.\n", wrong.command)
	}
	if own != nil {
		return own.status
	}
	return 1
}
