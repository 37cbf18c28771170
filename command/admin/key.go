package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/media/auth"
	"postern/setup"
)

func (a *app) keyCommand() *cobra.Command {
	return console.Group("key", "Add, list and revoke API keys", a.keyAdd(), a.keyList(), a.keyRevoke())
}

// newKey is what "key add" was asked for.
type newKey struct {
	user, label, value, scope string
	lifetime                  config.Period
}

func (a *app) keyAdd() *cobra.Command {
	var k newKey
	var expires string
	cmd := &cobra.Command{
		Use: "add", Short: "Create an API key and print it", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if k.lifetime, err = periodOf("--expires", expires); err != nil {
				return err
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.addKey(cmd.Context(), db, k) })
		},
	}
	cmd.Flags().StringVar(&k.user, "user", "", "the key's user")
	cmd.Flags().StringVar(&k.label, "name", "", "a label, for lists of keys")
	cmd.Flags().StringVar(&expires, "expires", "", "how long the key works, such as P90D (default for ever)")
	cmd.Flags().StringVar(&k.scope, "scope", string(media.ScopeAll), "what the key may do: upload, read or all")
	cmd.Flags().StringVar(&k.value, "value", "", fmt.Sprintf("a key that clients already use, of at least %d characters (default a new one)", auth.MinKeyLength))
	console.RequireFlag(cmd, "user")
	return cmd
}

func (a *app) addKey(ctx context.Context, db *setup.Database, k newKey) error {
	scope, ok := media.ParseScope(k.scope)
	if !ok {
		return fmt.Errorf("--scope: %q is not upload, read or all", k.scope)
	}
	owner, err := console.FindUser(ctx, db, k.user)
	if err != nil {
		return err
	}
	key, digest := auth.NewKey()
	if k.value != "" {
		if err := auth.CheckKey(k.value); err != nil {
			return fmt.Errorf("--value: %w", err)
		}
		key, digest = k.value, auth.KeyDigest(k.value)
	}
	record := media.APIKey{UserID: owner.ID, Name: k.label, Scope: scope, Digest: digest, CreatedAt: time.Now()}
	if k.lifetime.String() != "" {
		record.ExpiresAt = k.lifetime.After(record.CreatedAt.UTC())
	}
	err = db.InsertKey(ctx, &record)
	if errors.Is(err, media.ErrNameTaken) {
		return errors.New("--value: somebody has this key already")
	}
	if err != nil {
		return fmt.Errorf("add key: %w", err)
	}
	_, err = fmt.Fprintln(a.Stdout, key)
	return err
}

// keyRow is an API key as key list prints it. Times that are null have not come.
type keyRow struct {
	ID        int64      `json:"id"`
	User      string     `json:"user"`
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	LastUsed  *time.Time `json:"last_used"`
	Scope     string     `json:"scope"`
}

func (a *app) keyList() *cobra.Command {
	var user string
	cmd := a.Listing(&cobra.Command{
		Use: "list", Short: "List API keys", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.listKeys(cmd.Context(), db, user) })
		},
	})
	cmd.Flags().StringVar(&user, "user", "", "only keys of this user")
	return cmd
}

func (a *app) listKeys(ctx context.Context, db *setup.Database, user string) error {
	keys, err := db.Keys(ctx)
	if err == nil && user != "" {
		var owner media.User
		if owner, err = console.FindUser(ctx, db, user); err == nil {
			keys, err = db.KeysOf(ctx, owner.ID)
		}
	}
	if err != nil {
		return err
	}
	var rows []keyRow
	for _, k := range keys {
		rows = append(rows, keyRow{
			k.ID, k.UserName, k.Name, k.CreatedAt.UTC(), timeOrNil(k.ExpiresAt), timeOrNil(k.RevokedAt), timeOrNil(k.LastUsed), string(k.Scope),
		})
	}
	return console.PrintList(a.Program, rows, "ID\tUSER\tNAME\tCREATED\tEXPIRES\tREVOKED\tLAST USED\tSCOPE", func(k keyRow) []any {
		return []any{k.ID, k.User, k.Name, console.DateOrDash(k.CreatedAt),
			console.DateOrDash(orZero(k.ExpiresAt)), console.DateOrDash(orZero(k.RevokedAt)), console.DateOrDash(orZero(k.LastUsed)), k.Scope}
	})
}

// periodOf reads the duration of a flag.
func periodOf(flag, text string) (life config.Period, err error) {
	if err := life.UnmarshalText([]byte(text)); err != nil {
		return life, fmt.Errorf("%s: %w", flag, err)
	}
	return life, nil
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func (a *app) keyRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Revoke an API key, and end the sessions that it began", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is not the ID of a key: see postern key list", args[0])
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				err := db.RevokeKey(cmd.Context(), id, time.Now())
				if errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("there is no key %d that is not revoked: see postern key list", id)
				}
				return err
			})
		},
	}
}
