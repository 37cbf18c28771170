package command

import (
	"github.com/spf13/cobra"

	"postern/config"
	"postern/server"
)

func (a *app) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server; postern without a command does the same", Args: words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadedSettings()
			if err != nil {
				return err
			}
			return server.Serve(cmd.Context(), c, server.Options{
				Getenv: a.Getenv, Stdout: a.Stdout, Stderr: a.Stderr, Assets: a.Assets, Settings: a.loadedSettings,
			})
		},
	}
	config.AddFlags(cmd.Flags(), a.given, a.Example)
	return cmd
}
