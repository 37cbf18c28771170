package maintenance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/importer"
	"postern/media"
	"postern/media/library"
	"postern/setup"
)

// exitSome is the exit status of an import or an export that has left something and
// says what.
const exitSome = 2

func (a *app) importCommand() *cobra.Command {
	return console.Group("import", "Bring in files: a folder, an export, or another site", a.importFolder(), a.importChevereto())
}

// folderImport is what "import folder" was asked for.
type folderImport struct {
	user, tags           string
	noAlbums, duplicates bool
	parallel             int
	json, quiet          bool
}

func (a *app) importFolder() *cobra.Command {
	var o folderImport
	cmd := &cobra.Command{
		Use: "folder DIR", Short: "Import a folder of images and videos, or an export, with or without a running server",
		Long: "Imports all images and videos below a folder for a user, or an export (postern export).\n" +
			"Another run continues where the last one ended, and imports only what is new.\n\n" +
			"Exit status: 0 everything was imported; 2 some files were left out, and are named; 1 nothing was done.",
		Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withLibrary(cmd.Context(), func(c config.Config, db *setup.Database, lib *library.Library) error {
				return a.runImport(cmd.Context(), c, db, lib, args[0], o)
			})
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.user, "user", "", "owner of the files (default for an export: each item's own user)")
	f.StringVar(&o.tags, "tags", "", "tags for each file, separated by commas")
	f.BoolVar(&o.noAlbums, "no-albums", false, "do not make albums from folders")
	f.BoolVar(&o.duplicates, "duplicates", false, "also import files that the user already has")
	f.IntVar(&o.parallel, "parallel", 0, "files at once (default limits.workers)")
	f.BoolVar(&o.json, "json", false, "print the report as JSON")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "show no progress")
	return cmd
}

// withLibrary runs f on the library of the data folder.
func (a *app) withLibrary(ctx context.Context, f func(config.Config, *setup.Database, *library.Library) error) error {
	c, err := a.Settings()
	if err != nil {
		return err
	}
	return setup.WithLibrary(ctx, c, a.Stderr, f)
}

func (a *app) runImport(ctx context.Context, c config.Config, db *setup.Database, lib *library.Library, dir string, o folderImport) error {
	export := importer.IsExport(dir)
	var owner media.User
	if o.user != "" {
		var err error
		if owner, err = console.FindUser(ctx, db, o.user); err != nil {
			return err
		}
	} else if !export {
		return errors.New("--user is missing: whose are the files?")
	}
	status := a.progress(o.quiet, "files")
	defer status.end()
	im := &importer.Importer{Library: lib, Items: db, Accounts: db, Progress: status.set}
	var r importer.Report
	var err error
	if export {
		var all *media.User
		if o.user != "" {
			all = &owner
		}
		r, err = im.Export(ctx, dir, all)
	} else {
		var journal string
		if journal, err = journalFile(c, dir, owner); err != nil {
			return err
		}
		if o.parallel <= 0 {
			o.parallel = lib.Policy().Workers
		}
		r, err = im.Folder(ctx, dir, importer.FolderOptions{
			User: owner, Tags: splitList(o.tags), NoAlbums: o.noAlbums, Duplicates: o.duplicates, Journal: journal, Parallel: o.parallel,
		})
	}
	status.end()
	return a.tellImport(r, err, o.json)
}

// splitList splits a list with commas.
func splitList(text string) (list []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// journalFile is where an import of a folder for a user remembers what has come.
func journalFile(c config.Config, dir string, owner media.User) (string, error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%q %d", full, owner.ID))
	folder, err := importsFolder(c)
	return filepath.Join(folder, hex.EncodeToString(digest[:16])+".jsonl"), err
}

// importsFolder is the folder of what imports keep.
func importsFolder(c config.Config) (string, error) {
	folder := filepath.Join(c.DataDir, "imports")
	return folder, os.MkdirAll(folder, 0o700)
}

// tellImport prints a report. Its error is that of the import, or the exit status.
func (a *app) tellImport(r importer.Report, failed error, asJSON bool) error {
	if asJSON {
		if r.Duplicates == nil {
			r.Duplicates = []importer.Duplicate{}
		}
		if r.Skipped == nil {
			r.Skipped = []importer.Failure{}
		}
		if r.Failed == nil {
			r.Failed = []importer.Failure{}
		}
		if err := a.PrintJSON(r); err != nil {
			return err
		}
	} else {
		for _, f := range r.Skipped {
			fmt.Fprintln(a.Stdout, console.Line(fmt.Sprintf("skipped: %s: %s", f.Path, f.Reason)))
		}
		for _, f := range r.Failed {
			fmt.Fprintln(a.Stdout, console.Line(fmt.Sprintf("left: %s: %s", f.Path, f.Reason)))
		}
		for _, d := range r.Duplicates {
			fmt.Fprintln(a.Stdout, console.Line(fmt.Sprintf("duplicate: %s is %s", d.Path, d.Item)))
		}
		skipped := ""
		if n := len(r.Skipped); n > 0 {
			skipped = fmt.Sprintf(", %d skipped", n)
		}
		fmt.Fprintf(a.Stdout, "%d imported, %d there from an earlier run, %d duplicates, %d left%s\n",
			r.Imported, r.Before, len(r.Duplicates), len(r.Failed), skipped)
	}
	if failed != nil && r.Imported > 0 {
		return &console.StatusError{Status: exitSome, Cause: failed}
	}
	if failed == nil && len(r.Failed) > 0 {
		return &console.StatusError{Status: exitSome}
	}
	return failed
}

// progressLine tells on a terminal how far a long command is. A nil one tells nothing.
type progressLine struct {
	w     io.Writer
	what  string
	mu    sync.Mutex
	start time.Time
	drawn time.Time
	shown bool
}

// progress returns a line where the error output is a terminal.
func (a *app) progress(quiet bool, what string) *progressLine {
	if f, ok := a.Stderr.(*os.File); ok && !quiet && console.IsTerminal(f) {
		return &progressLine{w: f, what: what, start: time.Now()}
	}
	return nil
}

// set tells how many are dealt with.
func (p *progressLine) set(done int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.drawn) < 200*time.Millisecond {
		return
	}
	p.drawn, p.shown = time.Now(), true
	fmt.Fprintf(p.w, "\r\x1b[K%d %s, %.1f/s", done, p.what, float64(done)/time.Since(p.start).Seconds())
}

// end removes the line.
func (p *progressLine) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
