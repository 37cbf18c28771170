package maintenance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"postern/archive"
	"postern/command/console"
	"postern/config"
	"postern/importer"
	"postern/media"
	"postern/media/library"
	"postern/setup"
)

// export is one run of "export".
type export struct {
	*app
	user, album   string
	static        bool
	asJSON, quiet bool

	db      *setup.Database
	lib     *library.Library
	w       *archive.Writer
	gallery archive.Gallery
	status  *progressLine

	wantedUser  media.User  // zero for all
	wantedAlbum media.Album // zero for all
	perUser     bool        // each user has a folder
	describer   *archive.Describer

	done   int
	failed []importer.Failure
}

func (a *app) exportCommand() *cobra.Command {
	e := &export{app: a}
	cmd := &cobra.Command{
		Use: "export DIR", Short: "Write files and everything known about them into a folder",
		Long: "Writes all files with their original names, and items.jsonl with one line an item. postern import\n" +
			"folder reads it back.\n\n" +
			"Exit status: 0 everything was written; 2 some files were left out, and are named; 1 nothing was done.",
		Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withLibrary(cmd.Context(), func(c config.Config, db *setup.Database, lib *library.Library) error {
				if err := outside(c.DataDir, args[0]); err != nil {
					return err
				}
				e.db, e.lib, e.gallery.Title = db, lib, c.SiteName
				return e.run(cmd.Context(), args[0])
			})
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&e.user, "user", "", "only items of this user")
	f.StringVar(&e.album, "album", "", "only items in the album with this ID")
	f.BoolVar(&e.static, "static", false, "also write a gallery of plain HTML")
	f.BoolVar(&e.asJSON, "json", false, "print the report as JSON")
	f.BoolVarP(&e.quiet, "quiet", "q", false, "show no progress")
	return cmd
}

func (e *export) run(ctx context.Context, dir string) error {
	if err := e.find(ctx); err != nil {
		return err
	}
	var err error
	if e.w, err = archive.Create(dir); err != nil {
		return err
	}
	e.status = e.progress(e.quiet, "items")
	err = e.items(ctx)
	if err == nil && e.static {
		err = e.gallery.Write(e.w)
	}
	e.status.end()
	if err := errors.Join(err, e.w.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return e.tell()
}

// find reads what lines name.
func (e *export) find(ctx context.Context) error {
	users, err := e.db.Users(ctx)
	if err != nil {
		return err
	}
	if e.describer, err = archive.NewDescriber(ctx, e.db, e.lib.Now, users...); err != nil {
		return err
	}
	if e.user != "" {
		if e.wantedUser, err = console.FindUser(ctx, e.db, e.user); err != nil {
			return err
		}
	}
	if e.album != "" {
		e.wantedAlbum, err = e.db.AlbumBySlug(ctx, e.album)
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.user != "" && e.wantedAlbum.UserID != e.wantedUser.ID {
			return fmt.Errorf("there is no such album: %s", e.album)
		}
	}
	e.perUser = e.user == "" && e.album == ""
	return err
}

// items writes all items.
func (e *export) items(ctx context.Context) error {
	return archive.OldestFirst(func(before media.Cursor, limit int) ([]media.Item, error) {
		return e.db.Items(ctx, media.ItemQuery{
			Filter: media.Everything(e.lib.Now()), UserID: e.wantedUser.ID, AlbumID: e.wantedAlbum.ID, Before: before, Limit: limit,
		})
	}, func(it *media.Item) error { return e.item(ctx, it) })
}

// item writes one item. What is missing is told, and the rest goes on.
func (e *export) item(ctx context.Context, listed *media.Item) error {
	// Lists leave out long texts.
	full, err := e.db.Item(ctx, listed.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	it := &full
	l, err := e.describer.Line(ctx, it)
	if err != nil {
		return err
	}
	f, err := e.lib.Files.Open(ctx, it.Original)
	if errors.Is(err, fs.ErrNotExist) {
		e.failed = append(e.failed, importer.Failure{Path: it.Original.Key, Reason: "the file is missing"})
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := e.w.Add(&l, e.folderOf(&l), f); err != nil {
		return err
	}
	if e.static {
		thumb, err := e.thumb(ctx, it)
		if err != nil {
			return err
		}
		e.gallery.Add(l, thumb)
	}
	e.done++
	e.status.set(e.done)
	return nil
}

// thumb writes an item's thumb, and returns its name.
func (e *export) thumb(ctx context.Context, it *media.Item) (string, error) {
	if !it.Thumb.Exists() {
		return "", nil
	}
	f, err := e.lib.Files.Open(ctx, it.Thumb)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	name := archive.Thumbs + "/" + it.ID + "." + it.Thumb.Extension()
	return name, e.w.AddFile(name, f)
}

// folderOf is where an item's file lies: by its user, where there are several, and its
// album.
func (e *export) folderOf(l *archive.Line) (folder []string) {
	if e.perUser {
		folder = append(folder, "users", l.User)
	}
	if l.Album != nil && e.album == "" {
		folder = append(folder, "albums", l.Album.Title)
	}
	return folder
}

// tell prints the report. Its error is the exit status.
func (e *export) tell() error {
	if e.asJSON {
		report := struct {
			Exported int                `json:"exported"`
			Failed   []importer.Failure `json:"failed"`
		}{e.done, append([]importer.Failure{}, e.failed...)}
		if err := json.NewEncoder(e.Stdout).Encode(report); err != nil {
			return err
		}
	} else {
		for _, f := range e.failed {
			fmt.Fprintln(e.Stdout, console.Line(fmt.Sprintf("left: %s: %s", f.Path, f.Reason)))
		}
		fmt.Fprintf(e.Stdout, "%d exported, %d left\n", e.done, len(e.failed))
	}
	if len(e.failed) > 0 {
		return &console.StatusError{Status: exitSome}
	}
	return nil
}
