// Package console is what the commands of the program have in common: the world around
// them, the settings, the database, tables and JSON, and exit statuses.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"postern/config"
	"postern/media"
	"postern/setup"
)

// Env is what commands have of the world.
type Env struct {
	Getenv         func(string) string
	Environ        []string // all variables, as NAME=VALUE
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Terminal       bool   // is somebody there to answer questions?
	Example        string // config.example.toml, which documents every setting
	Assets         fs.FS  // folders of templates and of static files
}

// IsTerminal reports whether a person may be at the other end of a file.
func IsTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()) }

// Program is one run of the program: its environment and the flags that every
// command has. The flags are set once the command line is read.
type Program struct {
	Env
	JSON bool // a listing command prints JSON

	configFile, dataDir string
	given               map[string]string // settings from flags
}

// New returns a run of the program.
func New(e Env) *Program { return &Program{Env: e, given: make(map[string]string)} }

// AddFlags defines the flags that every command has.
func (p *Program) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&p.configFile, "config", "", "settings file (default config.toml, if it exists)")
	flags.StringVar(&p.dataDir, "data-dir", "", "folder of database and files (default: see settings)")
}

// AddSettings defines a flag for every setting.
func (p *Program) AddSettings(flags *pflag.FlagSet) { config.AddFlags(flags, p.given, p.Example) }

// Settings reads the settings as serve does; --data-dir wins over them.
func (p *Program) Settings() (config.Config, error) {
	c, err := p.LoadedSettings()
	return c.Config, err
}

// LoadedSettings are the settings and where each came from.
func (p *Program) LoadedSettings() (config.Loaded, error) {
	if p.dataDir != "" {
		p.given["data_dir"] = p.dataDir
	}
	c, err := config.Read(p.configFile, p.Getenv, p.given)
	return c, errors.Join(err, config.CheckVariables(p.Environ))
}

// WithDatabase runs f on the database, beside a server that may be running. Where there
// is no database it makes none, and returns an error that says so.
func (p *Program) WithDatabase(ctx context.Context, f func(config.Config, *setup.Database) error) error {
	c, err := p.Settings()
	if err != nil {
		return err
	}
	if err := setup.NeedDatabase(c); err != nil {
		return err
	}
	return setup.WithDatabase(ctx, c, f)
}

// WithNewDatabase runs f on the database of settings. Where there is none it makes one, and
// says so: the folder may be a wrong one.
func (p *Program) WithNewDatabase(ctx context.Context, c config.Config, f func(config.Config, *setup.Database) error) error {
	if setup.NeedDatabase(c) != nil {
		fmt.Fprintf(p.Stderr, "postern: made a database in %s\n", c.DataDir)
	}
	return setup.WithDatabase(ctx, c, f)
}

// FindUser returns the user of a name. Its error says what is wrong in words.
func FindUser(ctx context.Context, db *setup.Database, name string) (media.User, error) {
	u, err := db.UserNamed(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return u, fmt.Errorf("there is no user %s", name)
	}
	return u, err
}

// Group makes a command that only holds others. It prints its help.
func Group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs}
	cmd.AddCommand(commands...)
	// Without a word the help is shown; a word that names none is an error.
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// Words wants just the words that the command's use line names. It is a
// cobra.PositionalArgs.
func Words(cmd *cobra.Command, args []string) error {
	names := strings.Fields(cmd.Use)[1:]
	switch {
	case len(args) < len(names):
		return fmt.Errorf("%s is missing", names[len(args)])
	case len(args) > len(names):
		return fmt.Errorf("%q is a word too many", args[len(names)])
	}
	return nil
}

// RequireFlag makes a flag of the command a must. It panics if the command has no such
// flag.
func RequireFlag(cmd *cobra.Command, name string) {
	if err := cmd.MarkFlagRequired(name); err != nil {
		panic(err)
	}
}

// Listing gives a command the flag --json. A command that lists prints an array by it.
func (p *Program) Listing(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&p.JSON, "json", false, "print JSON")
	return cmd
}

// PrintJSON prints a value as indented JSON.
func (p *Program) PrintJSON(value any) error {
	encoder := json.NewEncoder(p.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// PrintList prints rows as a table, or with --json as a JSON array. Tabs separate the
// words of the header. Each cell is printed as a Line.
func PrintList[T any](p *Program, rows []T, header string, cells func(T) []any) error {
	if p.JSON {
		if rows == nil {
			rows = []T{}
		}
		return p.PrintJSON(rows)
	}
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, header)
	for _, row := range rows {
		for i, cell := range cells(row) {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, Line(fmt.Sprint(cell)))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// Line is a text that anybody may have written as one line for a terminal, which obeys
// nothing of it: control characters, ends of lines and marks of the direction of writing
// become escapes as Go has them.
func Line(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// DateOrDash is a point in time in a table: RFC 3339 in UTC, and a dash for the zero time.
func DateOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
