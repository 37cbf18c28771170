// Postern is an upload gateway for pictures and clips that speaks the API of
// Chevereto.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the system may have no zone files

	"postern/media/probe/sandbox"
)

//go:embed templates static
var assets embed.FS

// version is set when a release is built.
var version = "dev"

func main() {
	sandbox.Main() // does not return where the program starts itself to confine another
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if status := exitStatus(err, os.Stderr); status != 0 {
		os.Exit(status)
	}
}

// statusError is an error with an exit status of its own. Without a cause the
// command has said everything.
type statusError struct {
	status int
	cause  error
}

func (e *statusError) Error() string { return fmt.Sprint(e.cause) }

func (e *statusError) Unwrap() error { return e.cause }

// exitStatus says what went wrong and returns the program's exit status.
func exitStatus(err error, stderr io.Writer) int {
	var own *statusError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 2
	case errors.As(err, &own) && own.cause == nil:
		return own.status
	}
	fmt.Fprintln(stderr, "postern:", err)
	if own != nil {
		return own.status
	}
	return 1
}

const usage = `usage: postern [serve] [--config FILE] [settings as flags]
       postern user add NAME [--admin]
       postern user list
       postern user quota NAME [--max-bytes SIZE] [--max-items N] [--max-daily N]
       postern user delete NAME
       postern key add --user NAME [--name LABEL] [--expires P90D] [--value KEY]
       postern key list
       postern key revoke ID
       postern album add --user NAME TITLE
       postern category add NAME
       postern ban HASH|FILE [--reason TEXT] [--remove]
       postern unban HASH|FILE
       postern bans
       postern backup FOLDER
       postern moderate [ID approved|nsfw|rejected|pending]
       postern check [--deep] [--repair [--forget]]
       postern probe FILE [--out FRAME.jpg] | --list
       postern version
`

// command is one of the program's commands.
type command func(ctx context.Context, e env, args []string) error

// env is what commands have of the world.
type env struct {
	getenv         func(string) string
	stdout, stderr io.Writer
}

var commands = map[string]command{
	"serve":        serve,
	"user add":     userAdd,
	"user list":    userList,
	"user quota":   userQuota,
	"user delete":  userDelete,
	"key add":      keyAdd,
	"key list":     keyList,
	"key revoke":   keyRevoke,
	"album add":    albumAdd,
	"category add": categoryAdd,
	"ban":          ban,
	"unban":        unban,
	"bans":         banList,
	"backup":       backUp,
	"moderate":     moderate,
	"check":        checkData,
	"probe":        probeClip,
	"version":      printVersion,
}

// run carries out the command that args name; without one, it serves.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	e := env{getenv, stdout, stderr}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return serve(ctx, e, args)
	}
	for _, words := range []int{2, 1} {
		if len(args) < words {
			continue
		}
		if cmd, ok := commands[strings.Join(args[:words], " ")]; ok {
			return cmd(ctx, e, args[words:])
		}
	}
	fmt.Fprint(stderr, usage)
	if args[0] == "help" {
		return nil
	}
	return fmt.Errorf("no command %q", strings.Join(args[:min(len(args), 2)], " "))
}

func printVersion(_ context.Context, e env, _ []string) error {
	_, err := fmt.Fprintln(e.stdout, "postern", version)
	return err
}
