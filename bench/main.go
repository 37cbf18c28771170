// Command bench measures Postern against the programs that people use in its
// place, on one machine and in one run, and prints tables of CPU time, memory
// and quality with the goals beside the figures. README.md in this folder says
// how to run and read it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	"postern/media/frame"
)

func main() {
	frame.Main() // for the programs that show frames of videos
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	rounds  int
	only    *regexp.Regexp
	tables  string
	dir     string
	inputs  string
	records string
	install bool
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) > 0 && jobs[args[0]] != nil {
		return jobs[args[0]](args[1:], stdout)
	}
	o, err := parseFlags(args)
	if err != nil {
		return err
	}
	dir, remove, err := workFolder(o.dir)
	if err != nil {
		return err
	}
	defer remove()
	if o.install {
		installTools(ctx, stdout)
	}
	b := &bench{ctx: ctx, options: o, dir: dir, out: stdout}
	b.tools, err = findTools(ctx, dir)
	if err != nil {
		return err
	}
	printMachine(stdout, b.tools)
	for _, table := range []struct {
		name string
		run  func() error
	}{{"pictures", b.pictures}, {"stills", b.stills}, {"videos", b.videos}, {"uploads", b.uploads}, {"serving", b.serving}, {"starts", b.starts}} {
		if !strings.Contains(o.tables, table.name) {
			continue
		}
		if err := table.run(); err != nil {
			return fmt.Errorf("%s: %w", table.name, err)
		}
	}
	return nil
}

// bench is one run.
type bench struct {
	options
	ctx   context.Context
	dir   string // for what is generated and written
	out   io.Writer
	tools tools
}

func parseFlags(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 5, "measure everything so many times in turn and take the median")
	flags.StringVar(&o.tables, "tables", "pictures,stills,videos,uploads,serving,starts", "what to measure")
	flags.StringVar(&o.dir, "dir", "", "keep what is generated in this folder")
	flags.StringVar(&o.inputs, "inputs", os.Getenv("BENCH_INPUTS"), "measure the pictures of this folder too (environment BENCH_INPUTS)")
	flags.StringVar(&o.records, "records", "", "SQLite database to measure starts with, such as one that make growth keeps; empty for a new one")
	flags.BoolVar(&o.install, "install", os.Getuid() == 0, "install missing programs with apt-get")
	only := flags.String("run", "", "measure only inputs whose name matches")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	var err error
	o.only, err = regexp.Compile(*only)
	return o, err
}

// workFolder returns dir, or else a temporary folder that remove removes.
func workFolder(dir string) (name string, remove func(), err error) {
	if dir != "" {
		if dir, err = filepath.Abs(dir); err != nil {
			return "", nil, err
		}
		return dir, func() {}, os.MkdirAll(dir, 0o755)
	}
	dir, err = os.MkdirTemp("", "postern-bench")
	return dir, func() { os.RemoveAll(dir) }, err
}
