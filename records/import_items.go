package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"postern/media"
	"postern/records/items"
	"postern/records/txn"
)

// ImportItems implements media.Imports.
func (db *DB) ImportItems(ctx context.Context, site int64, items []media.ImportedItem) ([]error, error) {
	var refused []error
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		refused = make([]error, len(items))
		free, err := allFree(ctx, s, site, items)
		if err != nil {
			return err
		}
		im := itemImport{db: db, session: s, site: site, tags: make(map[string]int64)}
		for i := range items {
			if !free {
				refused[i], err = importRefusal(ctx, s, site, items[i])
			}
			if refused[i] == nil && err == nil {
				err = im.insert(ctx, items[i])
			}
			if err != nil {
				return fmt.Errorf("item %d: %w", items[i].Number, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, txn.Wrap("import items", err)
	}
	return refused, nil
}

// itemImport adds items in one transaction. What is wrong with an item is found before,
// since a statement that fails costs the others of the transaction.
type itemImport struct {
	db      *DB
	session txn.Tx
	site    int64
	tags    map[string]int64 // IDs of spellings that are there
}

func (im *itemImport) insert(ctx context.Context, in media.ImportedItem) error {
	it, s := in.Item, im.session
	number, err := items.Insert(ctx, s, it, time.Time{})
	if err != nil {
		return err
	}
	if err := items.InsertFileRows(ctx, s, number, it, it.Roles(), time.Time{}); err != nil {
		return err
	}
	if in.Unlisted {
		if _, err := s.Exec(ctx, `UPDATE items SET unlisted = ? WHERE number = ?`, true, number); err != nil {
			return err
		}
	}
	if it.Unprocessed {
		if err := items.InsertRenditionJob(ctx, s, number, it.CreatedAt); err != nil {
			return err
		}
	}
	if err := im.tag(ctx, number, it.Tags); err != nil {
		return err
	}
	if err := insertOldNumber(ctx, s, im.site, media.OldItem, in.Number, number); err != nil {
		return err
	}
	for i := range in.Paths {
		in.Paths[i].Target = number
	}
	if err := insertOldPaths(ctx, s, im.site, in.Paths); err != nil {
		return err
	}
	it.Number = number
	return im.db.index.Changed(ctx, s.Session, number)
}

// tag gives an item its tags. Each spelling is looked up once.
func (im *itemImport) tag(ctx context.Context, number int64, tags []string) error {
	for position, name := range tags {
		name = txn.CleanText(name)
		if im.tags[name] == 0 {
			if err := items.InsertTag(ctx, im.session, name); err != nil {
				return err
			}
			id, err := txn.QueryOne(ctx, im.session, txn.Value[int64], `SELECT id FROM tags WHERE name = ?`, name)
			if err != nil {
				return err
			}
			im.tags[name] = id
		}
		if _, err := im.session.Exec(ctx, `INSERT INTO item_tags (item, position, tag) VALUES (?, ?, ?)`, number, position, im.tags[name]); err != nil {
			return err
		}
	}
	return nil
}

// allFree reports whether the numbers, IDs and keys of all items are free, in fewer
// looks than importRefusal takes for each.
func allFree(ctx context.Context, s txn.Tx, site int64, all []media.ImportedItem) (bool, error) {
	var numbers []int64
	var ids, keys, names []string
	seen := make(map[string]bool)
	once := func(kind, name string) bool {
		key := kind + name
		had := seen[key]
		seen[key] = true
		return !had
	}
	for _, in := range all {
		if !once("number ", strconv.FormatInt(in.Number, 10)) || !once("id ", txn.CleanText(in.Item.ID)) {
			return false, nil
		}
		numbers, ids, names = append(numbers, in.Number), append(ids, in.Item.ID), append(names, in.Item.ID)
		for _, key := range in.Item.Keys() {
			folded := foldASCII(txn.CleanText(key))
			if !once("key ", folded) {
				return false, nil
			}
			keys, names = append(keys, folded), append(names, media.KeyName(key))
		}
	}
	known, err := oldNumbers(ctx, s, site, media.OldItem, numbers)
	if err != nil || len(known) > 0 {
		return false, err
	}
	for _, look := range []struct {
		query string
		texts []string
	}{
		{`SELECT EXISTS (SELECT 1 FROM items WHERE id IN (texts_of(?)))`, ids},
		{`SELECT EXISTS (SELECT 1 FROM files WHERE nocase(key) IN (texts_of(?)))`, keys},
	} {
		list, err := txn.Texts(look.texts)
		if err != nil {
			return false, err
		}
		taken, err := txn.QueryOne(ctx, s, txn.Value[bool], look.query, list)
		if err != nil || taken {
			return false, err
		}
	}
	err = items.RefuseRetired(ctx, s, media.ErrIDTaken, names...)
	if errors.Is(err, media.ErrIDTaken) {
		return false, nil
	}
	return err == nil, err
}

// foldASCII is nocase of a text.
func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// importRefusal says why an item cannot be added; nil for nothing.
func importRefusal(ctx context.Context, s txn.Tx, site int64, in media.ImportedItem) (refused, err error) {
	known, err := oldNumbers(ctx, s, site, media.OldItem, []int64{in.Number})
	if err != nil || len(known) > 0 {
		return fs.ErrExist, err
	}
	err = items.RefuseRetired(ctx, s, media.ErrIDTaken, in.Item.ID)
	if errors.Is(err, media.ErrIDTaken) {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	taken, err := txn.QueryOne(ctx, s, txn.Value[bool], `SELECT EXISTS (SELECT 1 FROM items WHERE id = ?)`, in.Item.ID)
	if err != nil || taken {
		return media.ErrIDTaken, err
	}
	var names []string
	for _, key := range in.Item.Keys() {
		names = append(names, media.KeyName(key))
		taken, err := txn.QueryOne(ctx, s, txn.Value[bool], `SELECT EXISTS (SELECT 1 FROM files WHERE nocase(key) = nocase(?))`, key)
		if err != nil || taken {
			return media.ErrKeyTaken, err
		}
	}
	err = items.RefuseRetired(ctx, s, media.ErrKeyTaken, names...)
	if errors.Is(err, media.ErrKeyTaken) {
		return err, nil
	}
	return nil, err
}
