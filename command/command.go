// Package command has the commands of the program: one file a command, and their tree.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"postern/buildinfo"
	"postern/config"
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

// app is one run of the program: its environment and the flags that every
// command has.
type app struct {
	Env
	configFile, dataDir string
	json                bool              // of listing commands
	given               map[string]string // settings from the flags of serve
	started             bool              // the command line was understood
}

// usageError is a command line that was not understood.
type usageError struct {
	command string
	cause   error
}

func (e *usageError) Error() string { return e.cause.Error() }

func (e *usageError) Unwrap() error { return e.cause }

// Run carries out the command that args name.
func Run(ctx context.Context, e Env, args []string) error {
	a, root := newApp(e)
	if isServe(root, args) {
		args = append([]string{"serve"}, args...)
	}
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.started {
		return &usageError{cmd.CommandPath(), err}
	}
	return err
}

// newApp makes a run of the program, and its commands.
func newApp(e Env) (*app, *cobra.Command) {
	a := &app{Env: e, given: make(map[string]string)}
	return a, a.commands()
}

// Tree returns the commands, for documents about them.
func Tree(e Env) *cobra.Command {
	_, root := newApp(e)
	return root
}

// isServe reports whether args name no command, and ask for nothing that the
// program answers without one.
func isServe(root *cobra.Command, args []string) bool {
	cmd, _, err := root.Find(args)
	if err != nil || cmd != root {
		return false
	}
	for _, arg := range args {
		switch arg {
		case "-h", "--help", "-v", "--version":
			return false
		}
	}
	return true
}

// commands makes the tree of commands. Help, completion and man pages all come
// from it.
func (a *app) commands() *cobra.Command {
	root := &cobra.Command{
		Use:           "postern",
		Short:         "An upload gateway for images and videos that speaks the API of Chevereto",
		Version:       buildinfo.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetUsageTemplate(usageTemplate)
	root.SetVersionTemplate("postern {{.Version}}\n")
	cobra.EnableCommandSorting = false
	root.PersistentFlags().StringVar(&a.configFile, "config", "", "settings file (default config.toml, if it exists)")
	root.PersistentFlags().StringVar(&a.dataDir, "data-dir", "", "folder of database and files (default: see settings)")
	// Scripts give all commands the settings of the server that they mean.
	config.AddFlags(root.PersistentFlags(), a.given, a.Example)
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = f.Name != "config" && f.Name != "data-dir" })
	root.AddCommand(
		a.serveCommand(), a.userCommand(), a.keyCommand(), a.itemCommand(), a.albumCommand(), a.categoryCommand(),
		a.moderateCommand(), a.banCommand(), a.unbanCommand(), a.bansCommand(), a.auditCommand(),
		a.checkCommand(), a.backupCommand(), a.migrateStoreCommand(), a.migrateDBCommand(), a.probeCommand(),
		a.importCommand(), a.exportCommand(), a.uploadCommand(),
		a.configCommand(), a.reloadCommand(), a.healthCommand(), a.doctorCommand(), a.migrateCommand(),
		a.versionCommand(), manCommand(),
	)
	a.noteStart(root)
	return root
}

// usageTemplate has what one looks for first at the top: the commands.
const usageTemplate = `{{if .HasAvailableSubCommands}}Commands:
{{range .Commands}}{{if .IsAvailableCommand}}  {{rpad .Name .NamePadding}} {{.Short}}
{{end}}{{end}}
Usage: {{.CommandPath}} COMMAND ({{.CommandPath}} COMMAND --help shows its flags)
{{else}}Usage: {{.UseLine}}
{{end}}{{if .HasAvailableLocalFlags}}{{if not .HasAvailableSubCommands}}
{{end}}Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableInheritedFlags}}
Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}`

// noteStart makes each command note that its command line was understood, so
// that its own errors are told from those of the command line.
func (a *app) noteStart(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.started = true
			a.withAudit(cmd, args)
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		a.noteStart(sub)
	}
}

// group makes a command that only holds others.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs}
	cmd.AddCommand(commands...)
	// Without a word the help is shown; a word that names none is an error.
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// words wants just the words that the command's use line names.
func words(cmd *cobra.Command, args []string) error {
	names := strings.Fields(cmd.Use)[1:]
	switch {
	case len(args) < len(names):
		return fmt.Errorf("%s is missing", names[len(args)])
	case len(args) > len(names):
		return fmt.Errorf("%q is a word too many", args[len(names)])
	}
	return nil
}

// requireFlag makes a flag of the command a must.
func requireFlag(cmd *cobra.Command, name string) {
	if err := cmd.MarkFlagRequired(name); err != nil {
		panic(err) // the command has no such flag
	}
}

// settings reads the settings as serve does; --data-dir wins over them.
func (a *app) settings() (config.Config, error) {
	c, err := a.loadedSettings()
	return c.Config, err
}

// loadedSettings are the settings and where each came from.
func (a *app) loadedSettings() (config.Loaded, error) {
	if a.dataDir != "" {
		a.given["data_dir"] = a.dataDir
	}
	c, err := config.Read(a.configFile, a.Getenv, a.given)
	return c, errors.Join(err, config.CheckVariables(a.Environ))
}

// setup.WithDatabase runs f on the database, beside a server that may be running.
func (a *app) withDatabase(ctx context.Context, f func(config.Config, *setup.Database) error) error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	if err := setup.NeedDatabase(c); err != nil {
		return err
	}
	return setup.WithDatabase(ctx, c, f)
}

// listing gives a command the flag --json.
func (a *app) listing(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, "print a JSON array instead of a table")
	return cmd
}

// printList prints rows as a JSON array or as a table. The header and the cells
// of a row are separated by tabs.
func printList[T any](a *app, rows []T, header string, cells func(T) string) error {
	if a.json {
		encoder := json.NewEncoder(a.Stdout)
		encoder.SetIndent("", "  ")
		if rows == nil {
			rows = []T{}
		}
		return encoder.Encode(rows)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, header)
	for _, row := range rows {
		fmt.Fprintln(w, cells(row))
	}
	return w.Flush()
}

// dateOrDash is a point in time in a table.
func dateOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// confirm asks a question that only "y" or "yes" answers with yes.
func (a *app) confirm(question string) bool {
	fmt.Fprintf(a.Stdout, "%s [y/N] ", question)
	var answer string
	_, err := fmt.Fscanln(a.Stdin, &answer)
	answer = strings.ToLower(answer)
	return err == nil && (answer == "y" || answer == "yes")
}
