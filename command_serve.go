package main

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
				Getenv: a.getenv, Stdout: a.stdout, Stderr: a.stderr, Assets: a.assets, Settings: a.loadedSettings,
			})
		},
	}
	config.AddFlags(cmd.Flags(), a.given, a.example)
	return cmd
}
