package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

func (a *app) albumCommand() *cobra.Command {
	return console.Group("album", "Add and list albums", a.albumAdd(), a.albumList())
}

func (a *app) albumAdd() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use: "add TITLE", Short: "Add an album and print its ID, as album_id takes it", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				owner, err := console.FindUser(cmd.Context(), db, user)
				if err != nil {
					return err
				}
				album := media.Album{Slug: media.NewID(), UserID: owner.ID, Title: args[0], CreatedAt: time.Now()}
				if err := db.InsertAlbum(cmd.Context(), &album); err != nil {
					return fmt.Errorf("add album: %w", err)
				}
				_, err = fmt.Fprintln(a.Stdout, album.Slug)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "the album's user")
	console.RequireFlag(cmd, "user")
	return cmd
}

// albumRow is an album as album list prints it.
type albumRow struct {
	ID         string    `json:"id"`
	User       string    `json:"user"`
	Title      string    `json:"title"`
	Items      int       `json:"items"`
	Visibility string    `json:"visibility"`
	CreatedAt  time.Time `json:"created_at"`
}

func (a *app) albumList() *cobra.Command {
	var user string
	cmd := a.Listing(&cobra.Command{
		Use: "list", Short: "List albums by their users, newest first", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.listAlbums(cmd.Context(), db, user) })
		},
	})
	cmd.Flags().StringVar(&user, "user", "", "only albums of this user")
	return cmd
}

func (a *app) listAlbums(ctx context.Context, db *setup.Database, user string) error {
	users, err := db.Users(ctx)
	if err == nil && user != "" {
		var owner media.User
		owner, err = console.FindUser(ctx, db, user)
		users = []media.User{owner}
	}
	if err != nil {
		return err
	}
	var rows []albumRow
	for _, u := range users {
		q := media.AlbumQuery{UserID: u.ID, Limit: itemBatch, Now: time.Now()}
		for more := true; more; {
			albums, err := db.AlbumsOf(ctx, q)
			if err != nil {
				return err
			}
			for _, album := range albums {
				rows = append(rows, albumRow{album.Slug, u.Name, album.Title, album.Items, string(album.Visibility), album.CreatedAt.UTC()})
				q.After = album.Cursor()
			}
			more = len(albums) == itemBatch
		}
	}
	return console.PrintList(a.Program, rows, "ID\tUSER\tTITLE\tITEMS\tVISIBILITY\tCREATED", func(r albumRow) []any {
		return []any{r.ID, r.User, r.Title, r.Items, r.Visibility, console.DateOrDash(r.CreatedAt)}
	})
}
