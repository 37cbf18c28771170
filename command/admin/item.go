package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

func (a *app) itemCommand() *cobra.Command {
	return console.Group("item", "List, show, move, expire and delete items",
		a.itemList(), a.itemShow(), a.itemMove(), a.itemExpire(), a.itemDelete())
}

// itemRow is an item as item list and item show print it. Fields that are null say
// that nobody or nothing is there.
type itemRow struct {
	ID         string     `json:"id"`
	User       *string    `json:"user"`    // null for a guest
	Address    string     `json:"address"` // digest of the address that sent it
	Type       string     `json:"type"`
	Bytes      int64      `json:"bytes"`
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	Title      string     `json:"title"`
	File       string     `json:"file"`
	MD5        string     `json:"md5"`
	Status     string     `json:"status"`
	Views      int64      `json:"views"`
	UploadedAt time.Time  `json:"uploaded_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
}

func newItemRow(it media.Item, names map[int64]string) itemRow {
	row := itemRow{
		ID: it.ID, Address: it.AddressHash, Type: it.Original.MIME, Bytes: it.Original.Size, Width: it.Width, Height: it.Height,
		Title: it.Title, File: it.Original.Key, MD5: it.MD5, Status: string(it.Moderation()), Views: it.Views,
		UploadedAt: it.CreatedAt.UTC(), ExpiresAt: timeOrNil(it.ExpiresAt),
	}
	if name, ok := names[it.UserID]; ok {
		row.User = &name
	}
	return row
}

// userNames are the names of all users by their IDs.
func userNames(ctx context.Context, db *setup.Database) (map[int64]string, error) {
	users, err := db.Users(ctx)
	names := make(map[int64]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, err
}

// What can be looked for in a list of items.
var (
	itemType      = regexp.MustCompile(`^(image|video)/[a-z0-9.+-]+$`)
	addressDigest = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// itemBatch is how many items are read at once.
const itemBatch = 500

func (a *app) itemList() *cobra.Command {
	var user, since string
	q := media.ItemSearch{Limit: itemBatch}
	cmd := a.Listing(&cobra.Command{
		Use: "list", Short: "List items that are not in the trash, newest first", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since != "" {
				var err error
				if q.Since, err = time.Parse(time.DateOnly, since); err != nil {
					return fmt.Errorf("--since: %q is no day such as 2026-11-30", since)
				}
			}
			if q.MIME = strings.ToLower(q.MIME); q.MIME != "" && !itemType.MatchString(q.MIME) {
				return fmt.Errorf("--type: %q is no type such as image/png", q.MIME)
			}
			if q.AddressHash != "" && !addressDigest.MatchString(q.AddressHash) {
				return fmt.Errorf("--address: %q is no digest of an address: item show prints them", q.AddressHash)
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.listItems(cmd.Context(), db, user, q) })
		},
	})
	cmd.Flags().StringVar(&user, "user", "", "only items of this user")
	cmd.Flags().StringVar(&q.AddressHash, "address", "", "only items of guests from the address of this digest")
	cmd.Flags().StringVar(&q.MIME, "type", "", "only items of this type, such as image/png")
	cmd.Flags().StringVar(&since, "since", "", "only items uploaded since this day of UTC, such as 2026-11-30")
	return cmd
}

func (a *app) listItems(ctx context.Context, db *setup.Database, user string, q media.ItemSearch) error {
	q.Now = time.Now()
	if user != "" {
		owner, err := console.FindUser(ctx, db, user)
		if err != nil {
			return err
		}
		q.UserID = owner.ID
	}
	names, err := userNames(ctx, db)
	if err != nil {
		return err
	}
	var rows []itemRow
	for more := true; more; {
		items, err := db.FindItems(ctx, q)
		if err != nil {
			return err
		}
		for _, it := range items {
			rows = append(rows, newItemRow(it, names))
			q.After = it.Cursor()
		}
		more = len(items) == itemBatch
	}
	return console.PrintList(a.Program, rows, "ID\tUSER\tTYPE\tBYTES\tUPLOADED\tEXPIRES\tSTATUS\tFILE", func(r itemRow) []any {
		return []any{r.ID, userOrDash(r.User), r.Type, r.Bytes,
			console.DateOrDash(r.UploadedAt), console.DateOrDash(orZero(r.ExpiresAt)), r.Status, r.File}
	})
}

func userOrDash(name *string) string {
	if name == nil {
		return "-"
	}
	return *name
}

// withItem runs f on the live item whose ID is the first word of a command.
func (a *app) withItem(f func(context.Context, *setup.Database, media.Item, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
			it, err := db.Item(cmd.Context(), args[0])
			if errors.Is(err, fs.ErrNotExist) || err == nil && it.Expired(time.Now()) {
				return fmt.Errorf("there is no item %s", args[0])
			}
			if err != nil {
				return err
			}
			return f(cmd.Context(), db, it, args[1:])
		})
	}
}

func (a *app) itemShow() *cobra.Command {
	return a.Listing(&cobra.Command{
		Use: "show ID", Short: "Print everything known about an item", Args: console.Words,
		RunE: a.withItem(func(ctx context.Context, db *setup.Database, it media.Item, _ []string) error {
			names, err := userNames(ctx, db)
			if err != nil {
				return err
			}
			row := newItemRow(it, names)
			if a.JSON {
				return a.PrintJSON(row)
			}
			_, err = fmt.Fprintf(a.Stdout, "id        %s\nuser      %s\naddress   %s\ntype      %s\nbytes     %d\nsize      %d x %d\ntitle     %s\nfile      %s\nmd5       %s\nstatus    %s\nviews     %d\nuploaded  %s\nexpires   %s\n",
				row.ID, userOrDash(row.User), row.Address, row.Type, row.Bytes, row.Width, row.Height, console.Line(row.Title), row.File, row.MD5,
				row.Status, row.Views, console.DateOrDash(row.UploadedAt), console.DateOrDash(it.ExpiresAt))
			return err
		}),
	})
}

func (a *app) itemMove() *cobra.Command {
	return &cobra.Command{
		Use: "move ID NAME", Short: "Give an item to another user; it leaves its album, private if that has a password", Args: console.Words,
		RunE: a.withItem(func(ctx context.Context, db *setup.Database, it media.Item, rest []string) error {
			to, err := console.FindUser(ctx, db, rest[0])
			if err != nil {
				return err
			}
			return db.GiveItems(ctx, []int64{it.Number}, to.ID)
		}),
	}
}

func (a *app) itemDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete ID", Short: "Delete an item permanently; its files follow within minutes or at the next start", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				// The bytes are the server's to remove: it may be publishing them.
				_, err := db.BeginDelete(cmd.Context(), args[0])
				if errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("there is no item %s", args[0])
				}
				return err
			})
		},
	}
}

func (a *app) itemExpire() *cobra.Command {
	var after string
	cmd := &cobra.Command{
		Use: "expire ID", Short: "Let an item expire, now or after some time, or never", Args: console.Words,
		RunE: a.withItem(func(ctx context.Context, db *setup.Database, it media.Item, _ []string) error {
			now := time.Now().UTC()
			it.ExpiresAt = now.Truncate(time.Second)
			switch {
			case strings.EqualFold(after, "never"):
				it.ExpiresAt = time.Time{}
			case after != "":
				life, err := periodOf("--after", after)
				if err != nil {
					return err
				}
				it.ExpiresAt = media.RoundUp(life.After(now))
			}
			it.RequestDigest = ""
			return db.UpdateItem(ctx, it, now.Add(-time.Second))
		}),
	}
	cmd.Flags().StringVar(&after, "after", "", "a duration such as P7D, or never (default at once)")
	return cmd
}
