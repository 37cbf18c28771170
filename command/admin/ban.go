package admin

import (
	"cmp"
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

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

func (a *app) banCommand() *cobra.Command {
	var reason, expires string
	var remove bool
	cmd := &cobra.Command{
		Use: "ban HASH|FILE|ADDRESS|NETWORK|GUEST", Short: "Refuse a file, or uploads from an address, from now on", Args: console.Words,
		Long: "Refuse a file from now on, by its MD5 or SHA-256; or uploads from an address, from a network such as\n" +
			"192.0.2.0/24, or from the guest of an item: \"guest:\" and the digest that item show prints as its address.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if address, err := media.ParseBannedAddress(args[0]); err == nil {
				if remove {
					return errors.New("--remove is for a file: an address has none")
				}
				return a.banAddress(cmd.Context(), media.AddressBan{Address: address, Reason: reason}, expires)
			}
			if expires != "" {
				return errors.New("--expires is for an address: the ban of a file has no end")
			}
			digest, err := digestOf(args[0])
			if err != nil {
				return err
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				err := db.InsertBan(cmd.Context(), media.Ban{Digest: digest, Reason: reason, CreatedAt: time.Now()})
				if err != nil {
					return err
				}
				return a.tellBearers(cmd.Context(), db, digest, remove)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the list of bans")
	cmd.Flags().StringVar(&expires, "expires", "", "how long an address is banned, such as P7D (default for ever)")
	cmd.Flags().BoolVar(&remove, "remove", false, "also remove the items that have the file")
	return cmd
}

// banAddress refuses uploads from an address, a network or a guest, for the time that expires
// names.
func (a *app) banAddress(ctx context.Context, ban media.AddressBan, expires string) error {
	life, err := periodOf("--expires", expires)
	if err != nil {
		return err
	}
	if life.String() != "" {
		if life.IsZero() {
			return errors.New("--expires: must be more than 0")
		}
		ban.ExpiresAt = life.After(time.Now().UTC())
	}
	return a.WithDatabase(ctx, func(_ config.Config, db *setup.Database) error {
		if err := db.ShutOutAddress(ctx, ban); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.Stdout, "banned %s\n", ban.Address)
		return err
	})
}

// digestOf takes a digest as it is, and else the MD5 of the file of that name.
func digestOf(word string) (string, error) {
	if digest, ok := media.ParseDigest(word); ok {
		return digest, nil
	}
	f, err := os.Open(word)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%q is neither an MD5, a SHA-256, a file, an address, a network nor a guest", word)
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
		Use: "unban HASH|FILE|ADDRESS|NETWORK|GUEST", Short: "Allow a file, or uploads from an address, again", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := media.ParseBannedAddress(args[0])
			lift := (*setup.Database).AdmitAddress
			if err != nil {
				what, err = digestOf(args[0])
				lift = (*setup.Database).DeleteBan
			}
			if err != nil {
				return err
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				err := lift(db, cmd.Context(), what)
				if errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("%s is not banned", what)
				}
				return err
			})
		},
	}
}

// banRow is a ban as bans prints it: of a file, or of an address, a network or a guest.
type banRow struct {
	Digest    string     `json:"digest"`     // "" for an address
	CreatedAt *time.Time `json:"created_at"` // null for an address
	Reason    string     `json:"reason"`
	Address   string     `json:"address"`    // "" for a file
	ExpiresAt *time.Time `json:"expires_at"` // null for never
}

func (a *app) bansCommand() *cobra.Command {
	return a.Listing(&cobra.Command{
		Use: "bans", Short: "List banned files and addresses", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.listBans(cmd.Context(), db) })
		},
	})
}

func (a *app) listBans(ctx context.Context, db *setup.Database) error {
	bans, err := db.Bans(ctx)
	if err != nil {
		return err
	}
	addresses, err := db.BannedAddresses(ctx, time.Now())
	if err != nil {
		return err
	}
	var rows []banRow
	for _, b := range bans {
		rows = append(rows, banRow{Digest: b.Digest, CreatedAt: timeOrNil(b.CreatedAt), Reason: b.Reason})
	}
	for _, b := range addresses {
		rows = append(rows, banRow{Address: b.Address, Reason: b.Reason, ExpiresAt: timeOrNil(b.ExpiresAt)})
	}
	return console.PrintList(a.Program, rows, "BANNED\tCREATED\tREASON\tEXPIRES", func(b banRow) []any {
		return []any{cmp.Or(b.Digest, b.Address), console.DateOrDash(orZero(b.CreatedAt)), b.Reason, console.DateOrDash(orZero(b.ExpiresAt))}
	})
}
