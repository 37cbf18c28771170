package maintenance

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"postern/config"
	"postern/media"
	"postern/postgres"
	"postern/records/transfer"
	"postern/setup"
	"postern/sqlite"
)

// movingDatabase is the database of a data folder while records move there.
const movingDatabase = "postern.db.moving"

func (a *app) migrateDBCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate-db FROM TO", Short: "Copy all records between databases (sqlite, postgres)",
		Long: "Copies all records from the database in data_dir to that of database.url, or back,\n" +
			"while no server runs. The other one must be empty. All rows are compared at the end.\n" +
			"A run that is cut off leaves the first database as it was; run it again to go on.",
		Args: cobra.ExactArgs(2), ValidArgs: []string{"sqlite", "postgres"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.Settings()
			if err != nil {
				return err
			}
			return a.migrateDB(cmd.Context(), c, args[0], args[1])
		},
	}
}

func (a *app) migrateDB(ctx context.Context, c config.Config, from, to string) error {
	if c.Database.URL == "" {
		return errors.New("database.url: must name the PostgreSQL database")
	}
	unlock, err := setup.LockData(c.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case from == "sqlite" && to == "postgres":
		return a.toPostgres(ctx, c)
	case from == "postgres" && to == "sqlite":
		return a.toSQLite(ctx, c)
	}
	return errors.New("migrate from sqlite to postgres, or from postgres to sqlite")
}

// identityEntry and secretEntry are what all gateways of a database have in common.
const (
	identityEntry = "cluster"
	secretEntry   = "secret"
)

func (a *app) toPostgres(ctx context.Context, c config.Config) error {
	local := c
	local.Database.URL = ""
	if err := setup.NeedDatabase(local); err != nil {
		return err
	}
	identity, err := a.upgradedIdentity(ctx, local)
	if err != nil {
		return err
	}
	secret, err := setup.LoadSecret(c.DataDir)
	if err != nil {
		return err
	}
	source, err := sqlite.OpenSource(ctx, filepath.Join(c.DataDir, setup.DatabaseFile))
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := postgres.OpenTarget(ctx, c.Database.URL, identity, map[string]string{
		identityEntry: identity, secretEntry: hex.EncodeToString(secret),
	})
	if errors.Is(err, postgres.ErrNotEmpty) {
		there, same := postgres.OpenSource(ctx, c.Database.URL)
		if same != nil {
			return same
		}
		defer there.Close()
		return a.tellMoved(ctx, source, there, err)
	}
	if err != nil {
		return err
	}
	defer target.Close()
	if err := a.transfer(ctx, source, target); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "Start the gateways with database.url. Move %s away: it is of no use to them.\n", filepath.Join(c.DataDir, setup.DatabaseFile))
	return err
}

// upgradedIdentity brings the schema of a data folder up to date, and returns which
// installation it is.
func (a *app) upgradedIdentity(ctx context.Context, c config.Config) (string, error) {
	db, err := setup.OpenUpgraded(ctx, c, false, a.tellCopy)
	if err != nil {
		return "", err
	}
	identity, err := db.Identity(ctx, media.RandomHex(32))
	return identity, errors.Join(err, db.Close())
}

func (a *app) toSQLite(ctx context.Context, c config.Config) error {
	source, err := postgres.OpenSource(ctx, c.Database.URL)
	if err != nil {
		return err
	}
	defer source.Close()
	path, fresh := filepath.Join(c.DataDir, setup.DatabaseFile), filepath.Join(c.DataDir, movingDatabase)
	if _, err := os.Stat(path); err == nil {
		there, err := sqlite.OpenSource(ctx, path)
		if err != nil {
			return err
		}
		defer there.Close()
		return a.tellMoved(ctx, source, there, fmt.Errorf("%s is there already: move it away", path))
	}
	meta, err := source.Meta(ctx)
	if err != nil {
		return err
	}
	secret, err := hex.DecodeString(meta[secretEntry])
	if err != nil {
		return fmt.Errorf("read the secret: %w", err)
	}
	delete(meta, secretEntry)
	target, err := sqlite.OpenTarget(ctx, fresh, meta)
	if err != nil {
		return err
	}
	if err := errors.Join(a.transfer(ctx, source, target), target.Close()); err != nil {
		return err
	}
	if len(secret) > 0 {
		if err := setup.WriteSynced(filepath.Join(c.DataDir, setup.SecretFile), secret); err != nil {
			return err
		}
	}
	if err := sqlite.Rename(fresh, path); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.Stdout, "Start the server without database.url. Nothing in PostgreSQL is removed.")
	return err
}

// transfer moves all rows and says how far it is.
func (a *app) transfer(ctx context.Context, from transfer.Source, to transfer.Target) error {
	r, err := transfer.Run(ctx, transfer.Options{From: from, To: to, Progress: a.tellTransfer})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "%d tables, %d rows: %d copied, %d were there; both databases are the same\n", r.Tables, r.Rows, r.Copied, r.Rows-r.Copied)
	return err
}

// tellTransfer is for people who wait.
func (a *app) tellTransfer(p transfer.Progress) {
	if p.Rows == 0 {
		return
	}
	verb := "copied"
	if p.Check {
		verb = "compared"
	}
	fmt.Fprintf(a.Stderr, "%s: %d rows %s, %.0f a second\n", p.Table, p.Rows, verb, float64(p.Rows)/max(p.Took, time.Millisecond).Seconds())
}

// tellMoved says that there is nothing to do where both databases have the same rows, and
// refuses others.
func (a *app) tellMoved(ctx context.Context, a1, b transfer.Source, refusal error) error {
	same, err := transfer.Same(ctx, a1, b, a.tellTransfer)
	if err != nil || !same {
		return errors.Join(refusal, err)
	}
	_, err = fmt.Fprintln(a.Stdout, "all records are there already; both databases are the same")
	return err
}
