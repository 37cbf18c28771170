package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"postern/config"
	"postern/setup"

	"github.com/spf13/cobra"
)

func (a *app) migrateCommand() *cobra.Command {
	var dryRun, withoutCopy bool
	cmd := &cobra.Command{
		Use: "migrate", Short: "Upgrade the database of a stopped server, as a start would", Args: words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.settings()
			if err != nil {
				return err
			}
			if c.Database.URL != "" {
				return errors.New("PostgreSQL is upgraded by the start of a server: back it up by pg_dump before")
			}
			if err := setup.NeedDatabase(c); err != nil {
				return err
			}
			if dryRun {
				return a.showUpgrade(cmd.Context(), c)
			}
			return a.migrate(cmd.Context(), c, withoutCopy)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be done, and change nothing")
	cmd.Flags().BoolVar(&withoutCopy, "without-copy", false, "keep no copy of the old database")
	return cmd
}

func (a *app) showUpgrade(ctx context.Context, c config.Config) error {
	u, err := setup.PlannedUpgrade(ctx, c.DataDir)
	if err != nil {
		return err
	}
	if !u.IsDue() {
		_, err = fmt.Fprintf(a.Stdout, "The database is up to date (schema %d).\n", u.Version)
		return err
	}
	fmt.Fprintf(a.Stdout, "The database has schema %d and gets %d migrations: %s\nBefore that, %s is copied to %s.\n",
		u.Version, len(u.Pending), strings.Join(u.Pending, ", "), config.ByteSize(u.Size), u.Copy)
	return u.CheckRoom(c)
}

func (a *app) migrate(ctx context.Context, c config.Config, withoutCopy bool) error {
	unlock, err := setup.LockData(c.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	db, err := setup.OpenUpgraded(ctx, c, withoutCopy, a.tellCopy)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	return a.showUpgrade(ctx, c)
}

// tellCopy says where the database as it was is now.
func (a *app) tellCopy(copy string) {
	fmt.Fprintf(a.Stdout, "The database as it was is in %s.\n", copy)
}
