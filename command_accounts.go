package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"reflect"
	"strconv"
	"text/tabwriter"
	"time"

	"postern/media"
	"postern/sqlite"
)

// parseArgs reads a command's flags, wherever they stand among its words, and
// the settings. It fails unless there are just as many words as wanted, or
// anyWords is.
func parseArgs(e env, name string, args []string, words int, define func(*flag.FlagSet)) (config, []string, error) {
	set := flag.NewFlagSet("postern "+name, flag.ContinueOnError)
	set.SetOutput(e.stderr)
	file := set.String("config", "", "file of settings; "+defaultConfigFile+" when it exists")
	given := make(map[string]string)
	var c config
	_ = eachKey(&c, func(key string, _ reflect.Value) error {
		set.Func(flagName(key), "the setting "+key, func(s string) error { given[key] = s; return nil })
		return nil
	})
	if define != nil {
		define(set)
	}
	var found []string
	for rest := args; ; {
		if err := set.Parse(rest); err != nil {
			return c, nil, err
		}
		if set.NArg() == 0 {
			break
		}
		found, rest = append(found, set.Arg(0)), set.Args()[1:]
	}
	if len(found) != words && words != anyWords {
		fmt.Fprint(e.stderr, usage)
		return c, nil, fmt.Errorf("%s takes %d words, not %d", name, words, len(found))
	}
	c, err := loadConfig(*file, e.getenv, given)
	return c, found, err
}

// withDatabase runs f on the database, beside a server that may be running.
func withDatabase(ctx context.Context, c config, f func(*sqlite.DB) error) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}

// anyWords lets a command take as many words as there are.
const anyWords = -1

func userAdd(ctx context.Context, e env, args []string) error {
	var admin bool
	c, words, err := parseArgs(e, "user add", args, 1, func(set *flag.FlagSet) {
		set.BoolVar(&admin, "admin", false, "may do everything")
	})
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		u := media.User{Name: words[0], Admin: admin, CreatedAt: time.Now()}
		if err := db.InsertUser(ctx, &u); err != nil {
			return fmt.Errorf("add user %s: %w", u.Name, err)
		}
		_, err := fmt.Fprintln(e.stdout, u.ID)
		return err
	})
}

func userDelete(ctx context.Context, e env, args []string) error {
	c, words, err := parseArgs(e, "user delete", args, 1, nil)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		u, err := findUser(ctx, db, words[0])
		if err != nil {
			return err
		}
		return media.DeleteUser(ctx, db, u.ID, c.Account.Undo.Period, time.Now())
	})
}

func keyAdd(ctx context.Context, e env, args []string) error {
	var user, label, expires, value string
	c, _, err := parseArgs(e, "key add", args, 0, func(set *flag.FlagSet) {
		set.StringVar(&user, "user", "", "the key's user")
		set.StringVar(&label, "name", "", "a label")
		set.StringVar(&expires, "expires", "", "ISO 8601 duration; empty: never")
		set.StringVar(&value, "value", "", "a key that clients have already")
	})
	if err != nil {
		return err
	}
	var lifetime period
	if err := lifetime.UnmarshalText([]byte(expires)); err != nil {
		return fmt.Errorf("--expires: %w", err)
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		owner, err := findUser(ctx, db, user)
		if err != nil {
			return err
		}
		key, digest := media.NewKey()
		if value != "" {
			key, digest = value, media.KeyDigest(value)
		}
		record := media.APIKey{UserID: owner.ID, Name: label, Digest: digest, CreatedAt: time.Now()}
		if expires != "" {
			record.ExpiresAt = lifetime.After(record.CreatedAt.UTC())
		}
		if err := db.InsertKey(ctx, &record); err != nil {
			return fmt.Errorf("add key: %w", err)
		}
		_, err = fmt.Fprintln(e.stdout, key)
		return err
	})
}

func findUser(ctx context.Context, db *sqlite.DB, name string) (media.User, error) {
	if name == "" {
		return media.User{}, errors.New("--user is missing")
	}
	u, err := db.UserNamed(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return u, fmt.Errorf("there is no user %s", name)
	}
	return u, err
}

func keyList(ctx context.Context, e env, args []string) error {
	c, _, err := parseArgs(e, "key list", args, 0, nil)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		keys, err := db.Keys(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tUSER\tNAME\tCREATED\tEXPIRES\tREVOKED\tLAST USED")
		for _, k := range keys {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.UserName, k.Name,
				dateOrDash(k.CreatedAt), dateOrDash(k.ExpiresAt), dateOrDash(k.RevokedAt), dateOrDash(k.LastUsed))
		}
		return w.Flush()
	})
}

func dateOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func keyRevoke(ctx context.Context, e env, args []string) error {
	c, words, err := parseArgs(e, "key revoke", args, 1, nil)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not the ID of a key: see postern key list", words[0])
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		if err := db.RevokeKey(ctx, id, time.Now()); err != nil {
			return fmt.Errorf("revoke key %d: %w", id, err)
		}
		return nil
	})
}

func albumAdd(ctx context.Context, e env, args []string) error {
	var user string
	c, words, err := parseArgs(e, "album add", args, 1, func(set *flag.FlagSet) {
		set.StringVar(&user, "user", "", "the album's user")
	})
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		owner, err := findUser(ctx, db, user)
		if err != nil {
			return err
		}
		a := media.Album{Slug: media.NewID(), UserID: owner.ID, Title: words[0], CreatedAt: time.Now()}
		if err := db.InsertAlbum(ctx, &a); err != nil {
			return fmt.Errorf("add album: %w", err)
		}
		_, err = fmt.Fprintln(e.stdout, a.Slug)
		return err
	})
}

func categoryAdd(ctx context.Context, e env, args []string) error {
	c, words, err := parseArgs(e, "category add", args, 1, nil)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		category := media.Category{Name: words[0]}
		if err := db.InsertCategory(ctx, &category); err != nil {
			return fmt.Errorf("add category: %w", err)
		}
		_, err := fmt.Fprintln(e.stdout, category.ID)
		return err
	})
}
