// Package command has the tree of the program's commands. Those about the running server
// are here; the others are in the packages below, one file a command.
package command

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"postern/buildinfo"
	"postern/command/admin"
	"postern/command/console"
	"postern/command/maintenance"
)

// app is one run of the program.
type app struct {
	*console.Program
	started bool // the command line was understood
}

// Run carries out the command that args name.
func Run(ctx context.Context, e console.Env, args []string) error {
	a, root := newApp(e)
	if isServe(root, args) {
		args = append([]string{"serve"}, args...)
	}
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.started {
		return &console.UsageError{Command: cmd.CommandPath(), Cause: err}
	}
	return err
}

// newApp makes a run of the program, and its commands.
func newApp(e console.Env) (*app, *cobra.Command) {
	a := &app{Program: console.New(e)}
	return a, a.commands()
}

// Tree returns the commands, for documents about them.
func Tree(e console.Env) *cobra.Command {
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
	a.AddFlags(root.PersistentFlags())
	// Scripts give all commands the settings of the server that they mean.
	a.AddSettings(root.PersistentFlags())
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = f.Name != "config" && f.Name != "data-dir" })
	root.AddCommand(a.serveCommand())
	root.AddCommand(admin.Commands(a.Program)...)
	root.AddCommand(maintenance.Commands(a.Program)...)
	root.AddCommand(
		a.uploadCommand(), a.probeCommand(), a.configCommand(), a.reloadCommand(), a.healthCommand(), a.doctorCommand(),
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
