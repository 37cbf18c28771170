package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

func (a *app) moderateCommand() *cobra.Command {
	return a.Listing(&cobra.Command{
		Use:   "moderate [ID approved|nsfw|rejected|pending]",
		Short: "List pending items, or decide on one",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return errors.New("moderate takes an item's ID and a verdict, or nothing")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				if len(args) == 0 {
					return a.listPending(cmd.Context(), db)
				}
				return a.setModeration(cmd.Context(), db, args[0], args[1])
			})
		},
	})
}

// setModeration records a verdict and says what the item is then: not only
// moderators mark items as adult.
func (a *app) setModeration(ctx context.Context, db *setup.Database, id, word string) error {
	verdict, ok := media.ParseVerdict(word)
	if !ok {
		return fmt.Errorf("%q is no verdict: it is approved, nsfw, rejected or pending", word)
	}
	it, err := db.SetModeration(ctx, id, verdict)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no item %s", id)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "%s is %s\n", id, it.Moderation())
	switch {
	case it.Moderation() == verdict:
	case it.PostNSFW:
		fmt.Fprintln(a.Stdout, "Its post is marked as adult; only the owner can take that back.")
	case it.NSFW:
		fmt.Fprintln(a.Stdout, "Its owner has marked it as adult; only the owner can take that back.")
	}
	return nil
}

// pendingRow is an item as moderate prints it.
type pendingRow struct {
	ID         string    `json:"id"`
	Type       string    `json:"type"`
	UploadedAt time.Time `json:"uploaded_at"`
	File       string    `json:"file"`
}

// pendingBatch is how many items are read at once.
const pendingBatch = 500

func (a *app) listPending(ctx context.Context, db *setup.Database) error {
	var rows []pendingRow
	for after := int64(0); ; {
		items, err := db.PendingItems(ctx, media.PendingQuery{}, time.Now(), after, pendingBatch)
		if err != nil {
			return err
		}
		for _, it := range items {
			rows = append(rows, pendingRow{it.ID, it.Original.MIME, it.CreatedAt.UTC(), it.Original.Key})
			after = it.Number
		}
		if len(items) < pendingBatch {
			break
		}
	}
	return console.PrintList(a.Program, rows, "ID\tTYPE\tUPLOADED\tFILE", func(p pendingRow) []any {
		return []any{p.ID, p.Type, console.DateOrDash(p.UploadedAt), p.File}
	})
}
