package command

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"postern/config"
	"postern/media"
	"postern/setup"
)

func (a *app) banCommand() *cobra.Command {
	var reason string
	var remove bool
	cmd := &cobra.Command{
		Use: "ban HASH|FILE", Short: "Refuse a file from now on, by its MD5 or SHA-256", Args: words,
		RunE: func(cmd *cobra.Command, args []string) error {
			digest, err := digestOf(args[0])
			if err != nil {
				return err
			}
			return a.withDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				err := db.InsertBan(cmd.Context(), media.Ban{Digest: digest, Reason: reason, CreatedAt: time.Now()})
				if err != nil {
					return err
				}
				return a.tellBearers(cmd.Context(), db, digest, remove)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the list of bans")
	cmd.Flags().BoolVar(&remove, "remove", false, "also remove the items that have the file")
	return cmd
}

// digestOf takes a digest as it is, and else the MD5 of the file of that name.
func digestOf(word string) (string, error) {
	if digest, ok := media.ParseDigest(word); ok {
		return digest, nil
	}
	f, err := os.Open(word)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%q is neither an MD5, a SHA-256 nor a file", word)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// tellBearers tells how many items have a banned file, and removes them if asked.
func (a *app) tellBearers(ctx context.Context, db *setup.Database, digest string, remove bool) error {
	if len(digest) != hex.EncodedLen(md5.Size) {
		fmt.Fprintf(a.Stdout, "banned %s; items that are here already are known by their MD5 alone\n", digest)
		return nil
	}
	items, err := db.Duplicates(ctx, media.DuplicateQuery{MD5: digest, Trashed: true})
	if err != nil {
		return err
	}
	if !remove {
		_, err = fmt.Fprintf(a.Stdout, "banned %s; %d items have it, which --remove removes\n", digest, len(items))
		return err
	}
	for _, it := range items {
		// The bytes are the server's to remove: it may be publishing them.
		if _, err := db.BeginDelete(ctx, it.ID); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove item %s: %w", it.ID, err)
		}
	}
	_, err = fmt.Fprintf(a.Stdout, "banned %s; %d items are gone, their files follow within minutes or at the next start\n", digest, len(items))
	return err
}

func (a *app) unbanCommand() *cobra.Command {
	return &cobra.Command{
		Use: "unban HASH|FILE", Short: "Allow a file again", Args: words,
		RunE: func(cmd *cobra.Command, args []string) error {
			digest, err := digestOf(args[0])
			if err != nil {
				return err
			}
			return a.withDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				err := db.DeleteBan(cmd.Context(), digest)
				if errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("%s is not banned", digest)
				}
				return err
			})
		},
	}
}

// banRow is a ban as bans prints it.
type banRow struct {
	Digest    string    `json:"digest"`
	CreatedAt time.Time `json:"created_at"`
	Reason    string    `json:"reason"`
}

func (a *app) bansCommand() *cobra.Command {
	return a.listing(&cobra.Command{
		Use: "bans", Short: "List banned files", Args: words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.listBans(cmd.Context(), db) })
		},
	})
}

func (a *app) listBans(ctx context.Context, db *setup.Database) error {
	bans, err := db.Bans(ctx)
	if err != nil {
		return err
	}
	var rows []banRow
	for _, b := range bans {
		rows = append(rows, banRow{b.Digest, b.CreatedAt.UTC(), b.Reason})
	}
	return printList(a, rows, "DIGEST\tCREATED\tREASON", func(b banRow) string {
		return fmt.Sprintf("%s\t%s\t%s", b.Digest, dateOrDash(b.CreatedAt), b.Reason)
	})
}
