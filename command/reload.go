package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/server"
)

// reloadCommand asks the server to read its settings, as a hangup signal does, and
// says what has come of it.
func (a *app) reloadCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reload", Short: "Let the running server read its settings again", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.Settings()
			if err != nil {
				return err
			}
			var answer server.OrderAnswer
			if err := server.Order(cmd.Context(), c.DataDir, "/reload", &answer); err != nil {
				return err
			}
			if answer.Error != "" {
				return fmt.Errorf("the settings stay as they were: %s", answer.Error)
			}
			_, err = fmt.Fprintln(a.Stdout, answer.Reloaded)
			return err
		},
	}
}
