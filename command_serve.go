package main

import (
	"github.com/spf13/cobra"

	"postern/config"
)

func (a *app) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server; postern without a command does the same", Args: words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadedSettings()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), c, serverOptions{
				getenv: a.getenv, stdout: a.stdout, stderr: a.stderr, assets: a.assets, settings: a.loadedSettings,
			})
		},
	}
	config.AddFlags(cmd.Flags(), a.given, a.example)
	return cmd
}
