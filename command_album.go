package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"postern/media"
)

func (a *app) albumCommand() *cobra.Command {
	return group("album", "Add albums", a.albumAdd())
}

func (a *app) albumAdd() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use: "add TITLE", Short: "Add an album and print its ID, as album_id takes it", Args: words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withDatabase(cmd.Context(), func(_ config, db *database) error {
				owner, err := findUser(cmd.Context(), db, user)
				if err != nil {
					return err
				}
				album := media.Album{Slug: media.NewID(), UserID: owner.ID, Title: args[0], CreatedAt: time.Now()}
				if err := db.InsertAlbum(cmd.Context(), &album); err != nil {
					return fmt.Errorf("add album: %w", err)
				}
				_, err = fmt.Fprintln(a.stdout, album.Slug)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "the album's user")
	requireFlag(cmd, "user")
	return cmd
}
