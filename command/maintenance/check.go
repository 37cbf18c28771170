package maintenance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media/maintenance/check"
	"postern/records/txn"
	"postern/setup"
	"postern/storage"
)

// Exit statuses of postern check, beside console.ExitUnchecked.
const (
	exitRepaired = 1
	ExitDamaged  = 2
)

func (a *app) checkCommand() *cobra.Command {
	var o check.Options
	cmd := &cobra.Command{
		Use: "check [FOLDER]", Short: "Compare the files and the database",
		Long: "Compares the files and the database. FOLDER is a backup to look at in place of the server's data.",
		Args: func(_ *cobra.Command, args []string) error { return console.Unchecked(oneWordAtMost(args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return console.Unchecked(a.checkData(cmd.Context(), o, args...))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return console.Unchecked(err) })
	cmd.Flags().BoolVar(&o.Deep, "deep", false, "read the contents of files, too")
	cmd.Flags().BoolVar(&o.RecordsOnly, "records-only", false, "look at the database alone, and at no files")
	cmd.Flags().BoolVar(&o.Repair, "repair", false, "repair what can be repaired without losing anything")
	cmd.Flags().BoolVar(&o.Forget, "forget", false, "with --repair: remove the records of items whose original is missing")
	return cmd
}

func oneWordAtMost(args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%q is a word too many", args[1])
	}
	return nil
}

// checkData holds the data against its invariants: the server's, or a backup's.
func (a *app) checkData(ctx context.Context, o check.Options, backup ...string) error {
	if o.Forget && !o.Repair {
		return errors.New("--forget goes with --repair")
	}
	if o.RecordsOnly && (o.Deep || o.Forget) {
		return errors.New("--deep and --forget look at files, and --records-only at none")
	}
	c, err := a.Settings()
	if err != nil {
		return err
	}
	if len(backup) > 0 {
		c.DataDir, c.Store.Kind, c.Database.URL = backup[0], "disk", "" // a backup is always a data folder
	}
	if err := setup.NeedDatabase(c); err != nil {
		return err
	}
	o.Dir = c.DataDir
	o.Report = func(f check.Finding) { fmt.Fprintln(a.Stdout, console.Line(f.String())) }
	pace := console.NewPace(a.Stderr)
	o.Progress = func(r check.Result) {
		pace.Tell(fmt.Sprintf("%s checked, %d findings", checkedOf(r), r.Findings), r.Items+r.Files, 0)
	}
	if c.Store.Kind == "s3" {
		return a.checkBucket(ctx, c, o)
	}
	return a.checkFolder(ctx, c, o)
}

// checkFolder opens the folder as the server does.
func (a *app) checkFolder(ctx context.Context, c config.Config, o check.Options) error {
	unlock, err := setup.LockData(c.DataDir)
	if err != nil {
		return fmt.Errorf("%w: stop the server first, or check a backup", err)
	}
	defer unlock()
	db, err := setup.OpenUpgraded(ctx, c, false, a.tellCopy)
	if errors.Is(err, txn.ErrDamaged) {
		o.Report(check.Finding{Invariant: check.Database, Subject: setup.DatabaseFile, Problem: err.Error()})
		return &console.StatusError{Status: ExitDamaged}
	}
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := storage.OpenDisk(c.DataDir)
	if err != nil {
		return err
	}
	defer store.Close()
	o.Records = db
	log := slog.New(slog.DiscardHandler)
	prober, err := setup.NewFrameExtractor(c, setup.FrameDir(c), setup.KeepCodecs(c, log), log)
	if err != nil {
		return err
	}
	defer prober.Close()
	// The secret is one of the things to look at, not to make.
	if o.Library, err = setup.LibraryWith(c, setup.LibraryParts{DB: db, Store: store, Volume: setup.NewVolume(c), Frames: prober, Log: log}, nil); err != nil {
		return err
	}
	result, err := check.Run(ctx, o)
	if err != nil {
		return err
	}
	a.markChecked(ctx, c, db, o, result)
	return a.tellResult(result)
}

// minOrphanAge is that of an object without a record while a server runs: the lease and
// the grace of an upload are over for an hour.
const minOrphanAge = (10 + 15 + 60) * time.Minute

// checkBucket holds a bucket against the database, beside a server that may be running.
func (a *app) checkBucket(ctx context.Context, c config.Config, o check.Options) error {
	if o.Deep || o.Forget {
		return errors.New("--deep and --forget are for files on a disk")
	}
	bucket := check.BucketOptions{RecordsOnly: o.RecordsOnly, Repair: o.Repair, Report: o.Report, Progress: o.Progress}
	if unlock, err := setup.LockData(c.DataDir); err == nil {
		defer unlock()
	} else {
		bucket.MinAge = minOrphanAge
	}
	db, err := setup.OpenUpgraded(ctx, c, false, a.tellCopy)
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := setup.OpenBucket(c)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := setup.ClaimStore(ctx, store, db); err != nil {
		return err
	}
	bucket.Bucket, bucket.Records, bucket.Now = store, db, db.Now
	result, err := check.RunBucket(ctx, bucket)
	if err != nil {
		return err
	}
	a.markChecked(ctx, c, db, o, result)
	return a.tellResult(result)
}

// markChecked notes when nothing was left to find, for the metrics. A full disk hinders no
// check.
func (a *app) markChecked(ctx context.Context, c config.Config, db *setup.Database, o check.Options, r check.Result) {
	if r.Left > 0 || o.RecordsOnly {
		return
	}
	if err := db.Mark(ctx, c.DataDir, setup.LastCheckFile); err != nil {
		fmt.Fprintln(a.Stderr, "the time of this check is not noted:", err)
	}
}

// checkedOf is what a check has looked at: of a bucket, it counts files alone.
func checkedOf(r check.Result) string {
	if r.Items == 0 && r.Files > 0 {
		return fmt.Sprintf("%d files", r.Files)
	}
	return fmt.Sprintf("%d items, %d files", r.Items, r.Files)
}

// tellResult prints the sum of a check. Its error is the exit status.
func (a *app) tellResult(r check.Result) error {
	_, err := fmt.Fprintf(a.Stdout, "%s: %d findings, %d repaired\n", checkedOf(r), r.Findings, r.Findings-r.Left)
	switch {
	case err != nil:
		return err
	case r.Left > 0:
		return &console.StatusError{Status: ExitDamaged}
	case r.Findings > 0:
		return &console.StatusError{Status: exitRepaired}
	}
	return nil
}
