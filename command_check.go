package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"postern/media/check"
	"postern/sqlite"
	"postern/storage"
)

// Exit statuses of postern check.
const (
	exitRepaired  = 1
	exitDamaged   = 2
	exitUnchecked = 3 // the check could not be carried through
)

// checkData holds the data folder against its invariants.
func checkData(ctx context.Context, e env, args []string) error {
	var o check.Options
	c, _, err := parseArgs(e, "check", args, 0, func(set *flag.FlagSet) {
		set.BoolVar(&o.Deep, "deep", false, "read contents, too")
		set.BoolVar(&o.Repair, "repair", false, "mend what can be mended without losing anything")
		set.BoolVar(&o.Forget, "forget", false, "with --repair: remove the records of items whose original is missing")
	})
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err == nil && o.Forget && !o.Repair {
		err = errors.New("--forget goes with --repair")
	}
	if err == nil {
		o.Dir = c.DataDir
		o.Report = func(f check.Finding) { fmt.Fprintln(e.stdout, f) }
		err = checkFolder(ctx, e, c, o)
	}
	var known *statusError
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &statusError{exitUnchecked, err}
}

// checkFolder opens the folder as the server does, but never makes one: an
// empty database would call every file an orphan.
func checkFolder(ctx context.Context, e env, c config, o check.Options) error {
	if _, err := os.Stat(filepath.Join(c.DataDir, "postern.db")); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s", c.DataDir)
	}
	unlock, err := lockData(c.DataDir)
	if err != nil {
		return fmt.Errorf("%w: stop the server first, or check a backup", err)
	}
	defer unlock()
	db, err := openDatabase(ctx, c)
	if errors.Is(err, sqlite.ErrDamaged) {
		o.Report(check.Finding{Invariant: check.Database, Subject: "postern.db", Problem: err.Error()})
		return &statusError{status: exitDamaged}
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
	prober, err := newProber(c, probeDir(c), log)
	if err != nil {
		return err
	}
	defer prober.Close()
	// The secret is one of the things to look at, not to make.
	if o.Library, err = libraryWith(c, db, store, nil, log, prober.serve); err != nil {
		return err
	}
	result, err := check.Run(ctx, o)
	if err != nil {
		return err
	}
	return judge(e, result)
}

func judge(e env, r check.Result) error {
	_, err := fmt.Fprintf(e.stdout, "%d items, %d files: %d findings, %d repaired\n",
		r.Items, r.Files, r.Findings, r.Findings-r.Left)
	switch {
	case err != nil:
		return err
	case r.Left > 0:
		return &statusError{status: exitDamaged}
	case r.Findings > 0:
		return &statusError{status: exitRepaired}
	}
	return nil
}
