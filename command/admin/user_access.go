package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/media/auth"
	"postern/setup"
)

// passwordFlag adds the flag that names where a password is read from.
func passwordFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "password-file", "", "read the password from this file, or from standard input for -")
}

// readPassword returns the hash of the password in a file, "" for no file. The
// line end after the password is not part of it.
func (a *app) readPassword(file string) (hash string, err error) {
	if file == "" {
		return "", nil
	}
	in := a.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("--password-file: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, config.MaxSecret))
	if err != nil {
		return "", fmt.Errorf("--password-file: %w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if err := auth.CheckPassword(password); err != nil {
		return "", fmt.Errorf("--password-file: %w", err)
	}
	return auth.HashPassword(password), nil
}

// withUser runs f on the user whose name is the first word of a command.
func (a *app) withUser(f func(context.Context, config.Config, *setup.Database, media.User, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return a.WithDatabase(cmd.Context(), func(c config.Config, db *setup.Database) error {
			u, err := console.FindUser(cmd.Context(), db, args[0])
			if err != nil {
				return err
			}
			return f(cmd.Context(), c, db, u, args[1:])
		})
	}
}

func (a *app) userPassword() *cobra.Command {
	var file string
	var expires string
	cmd := &cobra.Command{
		Use: "password NAME", Short: "Set a user's password, or print a link for the user to set it", Args: console.Words,
		RunE: a.withUser(func(ctx context.Context, c config.Config, db *setup.Database, u media.User, _ []string) error {
			hash, err := a.readPassword(file)
			if err != nil {
				return err
			}
			if hash != "" {
				return db.SetPassword(ctx, media.Password{UserID: u.ID, Hash: hash, ChangedAt: time.Now()}, nil)
			}
			return a.invite(ctx, c, db, media.Invitation{UserID: u.ID, Uses: 1}, expires)
		}),
	}
	passwordFlag(cmd, &file)
	cmd.Flags().StringVar(&expires, "expires", "P1D", "how long the link works")
	return cmd
}

func (a *app) userInvite() *cobra.Command {
	i := media.Invitation{}
	var expires string
	bytes, items, daily := quotaFlag{parse: parseBytes}, quotaFlag{parse: parseCount}, quotaFlag{parse: parseCount}
	cmd := &cobra.Command{
		Use: "invite", Short: "Print a link with which people create accounts", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if i.Uses < 1 {
				return errors.New("--uses: must be more than 0")
			}
			i.Quota = media.Quota{Bytes: bytes.limit, Items: items.limit, Daily: daily.limit}
			return a.WithDatabase(cmd.Context(), func(c config.Config, db *setup.Database) error { return a.invite(cmd.Context(), c, db, i, expires) })
		},
	}
	cmd.Flags().IntVar(&i.Uses, "uses", 1, "how many accounts the link may create")
	cmd.Flags().StringVar(&expires, "expires", "P7D", "how long the link works")
	cmd.Flags().BoolVar(&i.Admin, "admin", false, "the users may do everything")
	cmd.Flags().BoolVar(&i.Moderator, "moderator", false, "the users may moderate")
	cmd.Flags().Var(&bytes, "max-bytes", "total size of each user's files, such as \"5 GB\", \"none\" or \"default\"")
	cmd.Flags().Var(&items, "max-items", "items of each user: a number, \"none\" or \"default\"")
	cmd.Flags().Var(&daily, "max-daily", "uploads a day of each user: a number, \"none\" or \"default\"")
	return cmd
}

// invite records an invitation and prints its link alone.
func (a *app) invite(ctx context.Context, c config.Config, db *setup.Database, i media.Invitation, expires string) error {
	life, err := periodOf("--expires", expires)
	if err != nil {
		return err
	}
	if life.IsZero() {
		return errors.New("--expires: must be more than 0")
	}
	now := time.Now().UTC()
	if err := db.DeleteExpiredInvitations(ctx, now); err != nil {
		return err
	}
	token, i := auth.NewInvitation(i)
	i.CreatedAt, i.ExpiresAt = now, life.After(now)
	if err := db.InsertInvitation(ctx, &i); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "%s/invitation/%s\n", publicURL(c), token)
	return err
}

// publicURL is where people find the site, as far as the settings say, without a
// slash at the end.
func publicURL(c config.Config) string {
	if c.BaseURL != "" {
		return strings.TrimRight(config.Address(c.BaseURL), "/")
	}
	addresses, _ := config.AddressesOf(c.Listen) // check has read it
	for _, text := range addresses {
		host, port, err := net.SplitHostPort(text)
		if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
			host = "localhost"
		}
		if err == nil {
			return "http://" + net.JoinHostPort(host, port)
		}
	}
	return "http://localhost"
}

// Roles of users, as commands name them.
const (
	roleAdmin     = "admin"
	roleModerator = "moderator"
	roleUser      = "user"
)

func roleOf(u media.User) string {
	switch {
	case u.Admin:
		return roleAdmin
	case u.Moderator:
		return roleModerator
	}
	return roleUser
}

func stateOf(u media.User) string {
	if u.Active() {
		return "active"
	}
	return string(u.State)
}

func (a *app) userRole() *cobra.Command {
	return &cobra.Command{
		Use: "role NAME ROLE", Short: "Make a user an admin, a moderator, or a user without such rights", Args: console.Words,
		RunE: a.withUser(func(ctx context.Context, _ config.Config, db *setup.Database, u media.User, args []string) error {
			if args[0] != roleAdmin && args[0] != roleModerator && args[0] != roleUser {
				return fmt.Errorf("%q is not admin, moderator or user", args[0])
			}
			admin, moderator := args[0] == roleAdmin, args[0] == roleModerator
			return changeUser(ctx, db, u, media.UserChange{Admin: &admin, Moderator: &moderator})
		}),
	}
}

func (a *app) userRename() *cobra.Command {
	return &cobra.Command{
		Use: "rename NAME NEW", Short: "Give a user another name", Args: console.Words,
		RunE: a.withUser(func(ctx context.Context, _ config.Config, db *setup.Database, u media.User, args []string) error {
			if err := media.CheckUserName(args[0]); err != nil {
				return err
			}
			return changeUser(ctx, db, u, media.UserChange{Name: &args[0]})
		}),
	}
}

func (a *app) userDisable() *cobra.Command {
	var hide bool
	cmd := &cobra.Command{
		Use: "disable NAME", Short: "Keep a user from signing in and uploading; the files stay", Args: console.Words,
		RunE: a.withUser(func(ctx context.Context, _ config.Config, db *setup.Database, u media.User, _ []string) error {
			return explainChange(media.DisableUser(ctx, db, u.ID, hide), u, media.UserChange{})
		}),
	}
	cmd.Flags().BoolVar(&hide, "hide-files", false, "nobody but admins sees the user's files and albums; without it they are shown")
	return cmd
}

func (a *app) userEnable() *cobra.Command {
	return &cobra.Command{
		Use: "enable NAME", Short: "Let a user sign in and upload, even one who waits for approval", Args: console.Words,
		RunE: a.withUser(func(ctx context.Context, _ config.Config, db *setup.Database, u media.User, _ []string) error {
			return media.EnableUser(ctx, db, u.ID)
		}),
	}
}

func (a *app) userApprove() *cobra.Command {
	return a.settleUser("approve NAME", "Let in a user who has registered", (*setup.Database).Approve)
}

func (a *app) userRefuse() *cobra.Command {
	return a.settleUser("refuse NAME", "Remove a user who has registered and waits for approval", (*setup.Database).Refuse)
}

func (a *app) settleUser(use, short string, settle func(*setup.Database, context.Context, int64) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: console.Words,
		RunE: a.withUser(func(ctx context.Context, _ config.Config, db *setup.Database, u media.User, _ []string) error {
			err := settle(db, ctx, u.ID)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s does not wait for approval, or has files (postern user enable, postern user delete)", u.Name)
			}
			return err
		}),
	}
}

// changeUser changes a user, and says in words why not.
func changeUser(ctx context.Context, db *setup.Database, u media.User, change media.UserChange) error {
	return explainChange(db.UpdateUser(ctx, u.ID, change), u, change)
}

func explainChange(err error, u media.User, change media.UserChange) error {
	switch {
	case errors.Is(err, media.ErrNameTaken):
		return fmt.Errorf("there is a user %s already", *change.Name)
	case errors.Is(err, media.ErrLastAdmin):
		return fmt.Errorf("%s is the last active admin: make another one first (postern user role NAME admin)", u.Name)
	}
	return err
}
