// Postern is an upload gateway for images and videos that speaks the API of
// Chevereto.
package main

import (
	"context"
	"embed"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the system may have no zone files

	"postern/command"
	"postern/command/console"
	"postern/media/frame"
)

// exampleConfig documents every setting, with its default.
//
//go:embed config.example.toml
var exampleConfig string

//go:embed templates static
var assets embed.FS

func main() {
	frame.Main() // does not return where the program starts itself to decode a picture
	err := run(untilSignal(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if status := console.ExitStatus(err, os.Stderr); status != 0 {
		os.Exit(status)
	}
}

// untilSignal returns a context that a first signal ends. A second one ends the program
// at once: when the context ends, signals have their own effect again. (signal.NotifyContext
// gives that back later, and loses a signal that comes between.)
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}

// run carries out the command that args name; without one, it serves.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	return command.Run(ctx, console.Env{
		Getenv: getenv, Environ: os.Environ(), Stdin: os.Stdin, Stdout: stdout, Stderr: stderr, Terminal: console.IsTerminal(os.Stdin),
		Example: exampleConfig, Assets: assets,
	}, args)
}
