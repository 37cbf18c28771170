// Postern is an upload gateway for images and videos that speaks the API of
// Chevereto.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the system may have no zone files

	"postern/media/frame"
)

// exampleConfig documents every setting, with its default.
//
//go:embed config.example.toml
var exampleConfig string

//go:embed templates static
var assets embed.FS

// A release is built with its version, the commit that it is made of, and the time
// of that commit.
var (
	version = "dev"
	commit  = ""
	date    = ""
)

func main() {
	frame.Main() // does not return where the program starts itself to confine another
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if status := exitStatus(err, os.Stderr); status != 0 {
		os.Exit(status)
	}
}

// run carries out the command that args name; without one, it serves.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	return runIn(ctx, env{getenv: getenv, environ: os.Environ(), stdin: os.Stdin, stdout: stdout, stderr: stderr, terminal: isTerminal(os.Stdin)}, args)
}

// statusError is an error with an exit status of its own. Without a cause the
// command has said everything.
type statusError struct {
	status int
	cause  error
}

func (e *statusError) Error() string { return fmt.Sprint(e.cause) }

func (e *statusError) Unwrap() error { return e.cause }

// exitStatus prints the error, after a wrong command line with a line about
// help, and returns the program's exit status.
func exitStatus(err error, stderr io.Writer) int {
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
