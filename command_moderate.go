package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"postern/media"
	"postern/sqlite"
)

// moderate records a verdict on an item, or lists what waits for one.
func moderate(ctx context.Context, e env, args []string) error {
	c, words, err := parseArgs(e, "moderate", args, anyWords, nil)
	if err != nil {
		return err
	}
	return withDatabase(ctx, c, func(db *sqlite.DB) error {
		switch len(words) {
		case 0:
			return listPending(ctx, e, db)
		case 2:
			verdict, ok := media.ParseVerdict(words[1])
			if !ok {
				return fmt.Errorf("%q is no verdict: it is approved, nsfw, rejected or pending", words[1])
			}
			return db.Judge(ctx, words[0], verdict)
		}
		fmt.Fprint(e.stderr, usage)
		return fmt.Errorf("moderate takes an item's ID and a verdict, or nothing")
	})
}

// pendingBatch is how many items are read at once.
const pendingBatch = 500

func listPending(ctx context.Context, e env, db *sqlite.DB) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tTYPE\tUPLOADED\tFILE")
	for after := int64(0); ; {
		items, err := db.PendingItems(ctx, after, pendingBatch)
		if err != nil {
			return err
		}
		for _, it := range items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", it.ID, it.Original.MIME, dateOrDash(it.CreatedAt), it.Original.Key)
			after = it.Number
		}
		if len(items) < pendingBatch {
			return w.Flush()
		}
	}
}
