package maintenance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"postern/command/console"
	"postern/config"
	"postern/setup"

	"github.com/spf13/cobra"
)

func (a *app) migrateCommand() *cobra.Command {
	var dryRun, withoutCopy bool
	cmd := &cobra.Command{
		Use: "migrate", Short: "Upgrade the database of a stopped server, as a start would", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.Settings()
			if err != nil {
				return err
			}
			if c.Database.URL != "" && dryRun {
				return a.showPostgresUpgrade(cmd.Context(), c.Database.URL)
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
	if a.tellMigrations(u); !u.IsDue() {
		return nil
	}
	fmt.Fprintf(a.Stdout, "Before that, %s is copied to %s.\n", config.ByteSize(u.Size).Rough(), u.Copy)
	return u.CheckRoom(c)
}

func (a *app) showPostgresUpgrade(ctx context.Context, url string) error {
	u, err := setup.PlannedPostgresUpgrade(ctx, url)
	if err != nil {
		return err
	}
	if u.Version == 0 {
		_, err = fmt.Fprintln(a.Stdout, "The database is empty: the first start of a server fills it.")
		return err
	}
	if a.tellMigrations(u); u.IsDue() {
		fmt.Fprintln(a.Stdout, "The next start of a server does that, and makes no copy: back it up by pg_dump before.")
	}
	return nil
}

func (a *app) tellMigrations(u setup.Upgrade) {
	if !u.IsDue() {
		fmt.Fprintf(a.Stdout, "The database is up to date (schema %d).\n", u.Version)
		return
	}
	fmt.Fprintf(a.Stdout, "The database has schema %d and gets %d migrations: %s\n", u.Version, len(u.Pending), strings.Join(u.Pending, ", "))
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
