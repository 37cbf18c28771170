package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"postern/archive"
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
	users       map[int64]string
	albums      map[int64]*archive.Album
	categories  map[int64]string

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
		Args: words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withLibrary(cmd.Context(), func(c config.Config, db *setup.Database, lib *library.Library) error {
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
	e.users, e.albums, e.categories = make(map[int64]string), make(map[int64]*archive.Album), make(map[int64]string)
	users, err := e.db.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		e.users[u.ID] = u.Name
	}
	categories, err := e.db.Categories(ctx)
	if err != nil {
		return err
	}
	for _, c := range categories {
		e.categories[c.ID] = c.Name
	}
	if e.user != "" {
		if e.wantedUser, err = findUser(ctx, e.db, e.user); err != nil {
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

// exportPage is how many items are read at once.
const exportPage = 500

// items writes all items, the oldest first: an import gives names in the same order.
func (e *export) items(ctx context.Context) error {
	// Nothing is older than this, and a place has a number.
	last := media.Cursor{CreatedAt: time.Unix(-1<<40, 0), Number: 1}
	for {
		page, err := e.db.Items(ctx, media.ItemQuery{
			Filter: media.Everything(e.lib.Now()), UserID: e.wantedUser.ID, AlbumID: e.wantedAlbum.ID, Before: last, Limit: exportPage,
		})
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[0].Cursor()
		for _, it := range slices.Backward(page) {
			if err := e.item(ctx, &it); err != nil {
				return err
			}
		}
	}
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
	l := archive.NewLine(it)
	l.User, l.Category = e.users[it.UserID], e.categories[it.CategoryID]
	if l.Album, err = e.albumOf(ctx, it); err != nil {
		return err
	}
	f, err := e.lib.Open(ctx, it.Original)
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
	f, err := e.lib.Open(ctx, it.Thumb)
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

func (e *export) albumOf(ctx context.Context, it *media.Item) (*archive.Album, error) {
	if it.AlbumID == 0 {
		return nil, nil
	}
	if known := e.albums[it.AlbumID]; known != nil {
		return known, nil
	}
	a, err := e.db.Album(ctx, it.AlbumID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // deleted meanwhile
	}
	if err != nil {
		return nil, err
	}
	e.albums[a.ID] = &archive.Album{ID: a.Slug, Title: a.Title, CreatedAt: a.CreatedAt.UTC(), Visibility: a.Visibility, AccessKey: a.AccessKey, Lock: a.Lock}
	return e.albums[a.ID], nil
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
			fmt.Fprintf(e.Stdout, "left: %s: %s\n", f.Path, f.Reason)
		}
		fmt.Fprintf(e.Stdout, "%d exported, %d left\n", e.done, len(e.failed))
	}
	if len(e.failed) > 0 {
		return &statusError{status: exitSome}
	}
	return nil
}
