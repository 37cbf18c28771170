package maintenance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/importer/bring"
	"postern/importer/chevereto"
	"postern/importer/movein"
	"postern/setup"
)

// exitLeft is the exit status of an import that has left records.
const exitLeft = 2

// importLock is the lock of an import in the data folder.
const importLock = "import.lock"

// cheveretoFlags are the flags of import chevereto.
type cheveretoFlags struct {
	dsn, dump, images, siteURL, keyFile, prefix string
	copy, link, move, fetch, dryRun, json       bool
	users, storages                             []string
}

func (a *app) importChevereto() *cobra.Command {
	var f cheveretoFlags
	cmd := &cobra.Command{
		Use: "chevereto", Short: "Import a Chevereto site: users, keys, albums, images, and their URLs (docs/import.md)", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.moveChevereto(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dsn, "dsn", "", "the database, as user:password@tcp(host:3306)/name")
	flags.StringVar(&f.dump, "dump", "", "a dump of the database in place of --dsn, plain or gzipped")
	flags.StringVar(&f.images, "images", "", "the site's root folder, or its folder of images")
	flags.StringVar(&f.siteURL, "site-url", "", "the site's URL, such as https://img.example.org")
	flags.StringVar(&f.keyFile, "encryption-key-file", "", "file with CHEVERETO_ENCRYPTION_KEY, if the site has one")
	flags.StringVar(&f.prefix, "prefix", "", "prefix of the tables (default: found)")
	flags.BoolVar(&f.copy, "copy", false, "copy the files (default)")
	flags.BoolVar(&f.link, "link", false, "link the files as a second name, on the same file system")
	flags.BoolVar(&f.move, "move", false, "move the files")
	flags.StringArrayVar(&f.storages, "storage", nil, "folder with the files of an external storage, as ID=DIR; may be given several times")
	flags.BoolVar(&f.fetch, "fetch-storages", false, "fetch the files of the other external storages from their public URLs")
	flags.StringSliceVar(&f.users, "limit-users", nil, "import only these users, by name, and no guests' uploads")
	flags.BoolVar(&f.dryRun, "dry-run", false, "change nothing, and report what would happen")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
	cmd.MarkFlagsOneRequired("dsn", "dump")
	cmd.MarkFlagsMutuallyExclusive("dsn", "dump")
	cmd.MarkFlagsMutuallyExclusive("copy", "link", "move")
	console.RequireFlag(cmd, "images")
	console.RequireFlag(cmd, "site-url")
	return cmd
}

// transfer is how the flags want files to come.
func (f cheveretoFlags) transfer() bring.Transfer {
	switch {
	case f.link:
		return bring.TransferLink
	case f.move:
		return bring.TransferMove
	}
	return bring.TransferCopy
}

// options reads the flags that need no database.
func (f cheveretoFlags) options() (o movein.Options, err error) {
	o = movein.Options{Images: f.images, Transfer: f.transfer(), DryRun: f.dryRun, LimitUsers: f.users, Storages: make(map[int64]string), Now: time.Now}
	if o.SiteURL, err = movein.ParseSiteURL(f.siteURL); err != nil {
		return o, fmt.Errorf("--site-url: %w", err)
	}
	for _, text := range f.storages {
		id, dir, ok := strings.Cut(text, "=")
		number, err := strconv.ParseInt(id, 10, 64)
		if !ok || err != nil || dir == "" {
			return o, fmt.Errorf("--storage: %q is not ID=DIR", text)
		}
		o.Storages[number] = dir
	}
	return o, nil
}

// installation opens the database or the dump.
func (f cheveretoFlags) installation(ctx context.Context) (*chevereto.Installation, chevereto.Source, error) {
	o := chevereto.Options{Prefix: f.prefix}
	if f.keyFile != "" {
		text, err := os.ReadFile(f.keyFile)
		if err != nil {
			return nil, nil, err
		}
		if o.Key, err = chevereto.ParseEncryptionKey(string(text)); err != nil {
			return nil, nil, err
		}
	}
	var source chevereto.Source
	var err error
	if f.dump != "" {
		source, err = chevereto.OpenDump(ctx, f.dump)
	} else {
		source, err = chevereto.OpenServer(ctx, f.dsn)
	}
	if err != nil {
		return nil, nil, err
	}
	in, err := chevereto.Open(ctx, source, o)
	if err != nil {
		return nil, nil, errors.Join(err, source.Close())
	}
	return in, source, nil
}

// moveChevereto makes a database where there is none, so that a site can move in
// before the first start.
func (a *app) moveChevereto(ctx context.Context, f cheveretoFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	c, err := a.Settings()
	if err != nil {
		return err
	}
	in, source, err := f.installation(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	o.Installation = in
	withDatabase := a.WithNewDatabase
	if o.DryRun && setup.NeedDatabase(c) != nil {
		// It leaves nothing behind: the site is held against an empty installation elsewhere.
		if c.DataDir, err = os.MkdirTemp("", "postern-dry-run-"); err != nil {
			return err
		}
		defer os.RemoveAll(c.DataDir)
		c.Store.Kind, withDatabase = "disk", setup.WithDatabase
	}
	return withDatabase(ctx, c, func(c config.Config, db *setup.Database) error {
		lock := flock.New(filepath.Join(c.DataDir, importLock))
		if locked, err := lock.TryLock(); err != nil || !locked {
			return cmp.Or(err, errors.New("another import is at work in this data folder"))
		}
		defer lock.Close()
		store, err := setup.OpenStore(c)
		if err != nil {
			return err
		}
		defer store.Close()
		if err := setup.ClaimStore(ctx, store, db); err != nil {
			return err
		}
		if o.TempDir, err = importsFolder(c); err != nil {
			return err
		}
		if f.fetch {
			if o.Fetch, err = setup.NewFetcher(c); err != nil {
				return err
			}
			o.Room = setup.NewVolume(c).CheckMinFree
		}
		o.Records = db
		c = setup.WithoutCodecFormats(c, slog.New(slog.DiscardHandler))
		return setup.WithFrameExtractor(c, a.Stderr, func(p *setup.FrameExtractor) error {
			if o.Library, err = setup.NewLibrary(c, setup.LibraryParts{DB: db, Store: store, Volume: setup.NewVolume(c), Frames: p, Log: slog.New(slog.DiscardHandler)}); err != nil {
				return err
			}
			return a.runMove(ctx, o, f.json)
		})
	})
}

// runMove imports, tells how far it is, and prints the report.
func (a *app) runMove(ctx context.Context, o movein.Options, asJSON bool) error {
	var told time.Time
	o.Progress = func(p movein.Progress) {
		every := 10 * time.Second
		if a.Terminal {
			every = 500 * time.Millisecond
		}
		if time.Since(told) < every {
			return
		}
		told = time.Now()
		end := "\n"
		if a.Terminal {
			end = "\033[K\r"
		}
		fmt.Fprint(a.Stderr, p, end)
	}
	report, err := movein.Chevereto(ctx, o)
	if a.Terminal && !told.IsZero() {
		fmt.Fprint(a.Stderr, "\033[K")
	}
	if err != nil && report.Done() == 0 {
		return err
	}
	if told := a.tellMove(report, asJSON); told != nil {
		return errors.Join(err, told)
	}
	switch {
	case err != nil:
		return fmt.Errorf("the import has ended before its end, and can be run again: %w", err)
	case report.Left() > 0:
		return &console.StatusError{Status: exitLeft}
	}
	return nil
}

func (a *app) tellMove(report *movein.Report, asJSON bool) error {
	if !asJSON {
		return report.WriteText(a.Stdout)
	}
	return a.PrintJSON(report)
}
