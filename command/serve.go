package command

import (
	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/server"
)

func (a *app) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server; postern without a command does the same", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.LoadedSettings()
			if err != nil {
				return err
			}
			return server.Serve(cmd.Context(), c, server.Options{
				Getenv: a.Getenv, Stdout: a.Stdout, Stderr: a.Stderr, Assets: a.Assets, Settings: a.LoadedSettings,
			})
		},
	}
	a.AddSettings(cmd.Flags())
	return cmd
}
