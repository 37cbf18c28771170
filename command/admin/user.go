package admin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

func (a *app) userCommand() *cobra.Command {
	return console.Group("user", "Add, list, limit and delete users",
		a.userAdd(), a.userInvite(), a.userInvitations(), a.userUninvite(), a.userList(), a.userPassword(), a.userRole(), a.userRename(),
		a.userDisable(), a.userEnable(), a.userApprove(), a.userRefuse(), a.userQuota(), a.userDelete())
}

func (a *app) userAdd() *cobra.Command {
	var admin bool
	var file string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a user and print its ID", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error { return a.addUser(cmd.Context(), args[0], admin, file) },
	}
	cmd.Flags().BoolVar(&admin, "admin", false, "the user may do everything")
	passwordFlag(cmd, &file)
	return cmd
}

// addUser makes a database where there is none, so that users can be made
// before the first start.
func (a *app) addUser(ctx context.Context, name string, admin bool, passwordFile string) error {
	if err := media.CheckUserName(name); err != nil {
		return err
	}
	hash, err := a.readPassword(passwordFile)
	if err != nil {
		return err
	}
	c, err := a.Settings()
	if err != nil {
		return err
	}
	return a.WithNewDatabase(ctx, c, func(_ config.Config, db *setup.Database) error {
		u := media.User{Name: name, Admin: admin, CreatedAt: time.Now()}
		err := db.InsertUser(ctx, &u)
		if errors.Is(err, media.ErrNameTaken) {
			return fmt.Errorf("there is a user %s already", name)
		}
		if err == nil && hash != "" {
			err = db.SetPassword(ctx, media.Password{UserID: u.ID, Hash: hash, ChangedAt: time.Now()}, nil)
		}
		if err != nil {
			return fmt.Errorf("add user %s: %w", name, err)
		}
		_, err = fmt.Fprintln(a.Stdout, u.ID)
		return err
	})
}

// userRow is a user as user list prints it. A limit of null means that the
// settings decide, one of -1 that there is none.
type userRow struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Admin     bool      `json:"admin"`
	CreatedAt time.Time `json:"created_at"`
	Bytes     int64     `json:"bytes"`
	MaxBytes  *int64    `json:"max_bytes"`
	Items     int64     `json:"items"`
	MaxItems  *int64    `json:"max_items"`
	Today     int64     `json:"today"`
	MaxDaily  *int64    `json:"max_daily"`
	Role      string    `json:"role"`
	State     string    `json:"state"`
	Hidden    bool      `json:"files_hidden"`
}

func (a *app) userList() *cobra.Command {
	return a.Listing(&cobra.Command{
		Use: "list", Short: "List users with their usage and limits", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.listUsers(cmd.Context(), db) })
		},
	})
}

func (a *app) listUsers(ctx context.Context, db *setup.Database) error {
	users, err := db.Users(ctx)
	if err != nil {
		return err
	}
	var rows []userRow
	for _, u := range users {
		usage, err := db.Usage(ctx, u.ID, "", time.Now())
		if err != nil {
			return err
		}
		rows = append(rows, userRow{
			u.ID, u.Name, u.Admin, u.CreatedAt.UTC(), usage.Bytes, limitOf(u.Quota.Bytes),
			usage.Items, limitOf(u.Quota.Items), usage.Daily, limitOf(u.Quota.Daily), roleOf(u), stateOf(u), u.Withheld,
		})
	}
	return console.PrintList(a.Program, rows, "ID\tNAME\tADMIN\tCREATED\tBYTES\tOF\tITEMS\tOF\tTODAY\tOF\tROLE\tSTATE", func(u userRow) []any {
		state := u.State
		if u.Hidden {
			state += ", files hidden"
		}
		return []any{u.ID, u.Name, u.Admin, console.DateOrDash(u.CreatedAt),
			u.Bytes, limitText(u.MaxBytes), u.Items, limitText(u.MaxItems), u.Today, limitText(u.MaxDaily), u.Role, state}
	})
}

func limitOf(limit int64) *int64 {
	if limit == 0 {
		return nil
	}
	return &limit
}

func limitText(limit *int64) string {
	switch {
	case limit == nil:
		return "default"
	case *limit == media.NoLimit:
		return "none"
	}
	return strconv.FormatInt(*limit, 10)
}

// quotaFlag is a user's own limit on the command line: a number in the unit of
// parse, "default" for that of the settings, or "none". It implements
// pflag.Value.
type quotaFlag struct {
	limit int64
	given bool
	parse func(string) (int64, error)
}

func (f *quotaFlag) String() string { return "" }

func (f *quotaFlag) Type() string { return "LIMIT" }

func (f *quotaFlag) Set(s string) (err error) {
	f.given = true
	switch s {
	case "default":
		f.limit = 0
	case "none":
		f.limit = media.NoLimit
	default:
		if f.limit, err = f.parse(s); err == nil && f.limit <= 0 {
			err = errors.New(`must be more than 0, "none" or "default"`)
		}
	}
	return err
}

// or returns the limit of the flag, and the one that stands where it was not
// given.
func (f *quotaFlag) or(stands int64) int64 {
	if f.given {
		return f.limit
	}
	return stands
}

func parseCount(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }

func parseBytes(s string) (int64, error) {
	var size config.ByteSize
	err := size.UnmarshalText([]byte(s))
	return int64(size), err
}

func (a *app) userQuota() *cobra.Command {
	bytes, items, daily := quotaFlag{parse: parseBytes}, quotaFlag{parse: parseCount}, quotaFlag{parse: parseCount}
	cmd := &cobra.Command{
		Use: "quota NAME", Short: "Give a user other limits; limits that are not named stay", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				u, err := console.FindUser(cmd.Context(), db, args[0])
				if err != nil {
					return err
				}
				q := media.Quota{Bytes: bytes.or(u.Quota.Bytes), Items: items.or(u.Quota.Items), Daily: daily.or(u.Quota.Daily)}
				return db.SetQuota(cmd.Context(), u.ID, q)
			})
		},
	}
	cmd.Flags().Var(&bytes, "max-bytes", "total size of the user's files, such as \"5 GB\", \"none\" or \"default\"")
	cmd.Flags().Var(&items, "max-items", "number of items: a number, \"none\" or \"default\"")
	cmd.Flags().Var(&daily, "max-daily", "uploads a day: a number, \"none\" or \"default\"")
	return cmd
}

func (a *app) userDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete a user; the items go to the trash first", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithDatabase(cmd.Context(), func(c config.Config, db *setup.Database) error {
				return a.deleteUser(cmd.Context(), c, db, args[0], yes)
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask; without a terminal the command never asks")
	return cmd
}

// deleteUser says what goes with the user and asks, if somebody is there to answer
// and has not said yes already.
func (a *app) deleteUser(ctx context.Context, c config.Config, db *setup.Database, name string, yes bool) error {
	u, err := console.FindUser(ctx, db, name)
	if err != nil {
		return err
	}
	holdings, err := db.Holdings(ctx, u.ID)
	if err != nil {
		return err
	}
	lastAdmin := fmt.Errorf("%s is the last admin: make another one first (postern user add NAME --admin)", u.Name)
	if holdings.LastAdmin {
		return lastAdmin
	}
	then := "at once"
	if !c.Account.Undo.IsZero() {
		then = "when " + c.Account.Undo.String() + " in the trash are over"
	}
	fmt.Fprintf(a.Stdout, "With %s go %d albums, %d comments, %d keys, and %d items (%d bytes), their files %s.\n",
		u.Name, holdings.Albums, holdings.Comments, holdings.Keys, holdings.Items, holdings.Bytes, then)
	if a.Terminal && !yes && !a.confirm("Delete "+u.Name+"?") {
		return errors.New("nothing was deleted")
	}
	err = media.DeleteUser(ctx, db, u.ID, c.Account.Undo.Period, time.Now())
	if errors.Is(err, media.ErrLastAdmin) {
		return lastAdmin
	}
	return err
}
