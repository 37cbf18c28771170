package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"postern/media"
	"postern/sqlite"
)

// quotaFlag reads a user's own limit: a number in the unit of parse, "default"
// for that of the settings, or "none".
func quotaFlag(limit *int64, given *bool, parse func(string) (int64, error)) func(string) error {
	return func(s string) (err error) {
		*given = true
		switch s {
		case "default":
			*limit = 0
		case "none":
			*limit = media.NoLimit
		default:
			if *limit, err = parse(s); err == nil && *limit <= 0 {
				err = errors.New(`must be more than 0, "none" or "default"`)
			}
		}
		return err
	}
}

func parseCount(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }

func parseBytes(s string) (int64, error) {
	var size byteSize
	err := size.UnmarshalText([]byte(s))
	return int64(size), err
}

// userQuota gives a user limits of its own; those that are not named stay.
func userQuota(ctx context.Context, e env, args []string) error {
	var q media.Quota
	var bytes, items, daily bool
	c, words, err := parseArgs(e, "user quota", args, 1, func(set *flag.FlagSet) {
		set.Func("max-bytes", "what the user's files may take together, such as 5 GB", quotaFlag(&q.Bytes, &bytes, parseBytes))
		set.Func("max-items", "how many items the user may have", quotaFlag(&q.Items, &items, parseCount))
		set.Func("max-daily", "how many uploads the user may make in a day", quotaFlag(&q.Daily, &daily, parseCount))
	})
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		u, err := findUser(ctx, db, words[0])
		if err != nil {
			return err
		}
		if !bytes {
			q.Bytes = u.Quota.Bytes
		}
		if !items {
			q.Items = u.Quota.Items
		}
		if !daily {
			q.Daily = u.Quota.Daily
		}
		return db.SetQuota(ctx, u.ID, q)
	})
}

// userList shows all users with what they keep and may keep.
func userList(ctx context.Context, e env, args []string) error {
	c, _, err := parseArgs(e, "user list", args, 0, nil)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		users, err := db.Users(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tADMIN\tCREATED\tBYTES\tOF\tITEMS\tOF\tTODAY\tOF")
		for _, u := range users {
			usage, err := db.Usage(ctx, u.ID, "", time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%d\t%s\t%t\t%s\t%d\t%s\t%d\t%s\t%d\t%s\n", u.ID, u.Name, u.Admin, dateOrDash(u.CreatedAt),
				usage.Bytes, limitText(u.Quota.Bytes), usage.Items, limitText(u.Quota.Items), usage.Daily, limitText(u.Quota.Daily))
		}
		return w.Flush()
	})
}

func limitText(limit int64) string {
	switch limit {
	case 0:
		return "default"
	case media.NoLimit:
		return "none"
	}
	return strconv.FormatInt(limit, 10)
}

// ban keeps a file from being uploaded again, and tells which items have it.
func ban(ctx context.Context, e env, args []string) error {
	var reason string
	var remove bool
	c, words, err := parseArgs(e, "ban", args, 1, func(set *flag.FlagSet) {
		set.StringVar(&reason, "reason", "", "why, for the list of bans")
		set.BoolVar(&remove, "remove", false, "also remove the items that have the file")
	})
	if err != nil {
		return err
	}
	digest, err := digestOf(words[0])
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		if err := db.InsertBan(ctx, media.Ban{Digest: digest, Reason: reason, CreatedAt: time.Now()}); err != nil {
			return err
		}
		return tellBearers(ctx, e, db, digest, remove)
	})
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

func tellBearers(ctx context.Context, e env, db *sqlite.DB, digest string, remove bool) error {
	if len(digest) != hex.EncodedLen(md5.Size) {
		fmt.Fprintf(e.stdout, "banned %s; items that are here already are known by their MD5 alone\n", digest)
		return nil
	}
	items, err := db.Duplicates(ctx, media.DuplicateQuery{MD5: digest, Binned: true})
	if err != nil {
		return err
	}
	if !remove {
		_, err = fmt.Fprintf(e.stdout, "banned %s; %d items have it, which --remove removes\n", digest, len(items))
		return err
	}
	for _, it := range items {
		// The bytes are the server's to remove: it may be publishing them.
		if _, err := db.BeginDelete(ctx, it.ID); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove item %s: %w", it.ID, err)
		}
	}
	_, err = fmt.Fprintf(e.stdout, "banned %s; %d items are gone, their files follow within minutes or at the next start\n", digest, len(items))
	return err
}

func unban(ctx context.Context, e env, args []string) error {
	c, words, err := parseArgs(e, "unban", args, 1, nil)
	if err != nil {
		return err
	}
	digest, err := digestOf(words[0])
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		err := db.DeleteBan(ctx, digest)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is not banned", digest)
		}
		return err
	})
}

func banList(ctx context.Context, e env, args []string) error {
	c, _, err := parseArgs(e, "bans", args, 0, nil)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		bans, err := db.Bans(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "DIGEST\tCREATED\tREASON")
		for _, b := range bans {
			fmt.Fprintf(w, "%s\t%s\t%s\n", b.Digest, dateOrDash(b.CreatedAt), b.Reason)
		}
		return w.Flush()
	})
}
