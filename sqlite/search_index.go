package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"postern/media"
)

// Triggers note in stale_words which items have changed, so that no statement
// can forget the index. Searches look at those items themselves. When there are
// some, the transaction that finds them brings the index up to date, since the
// index takes a change of many items in a quarter of the time of one by one.

const (
	// manyStale is how many changed items make a transaction index them.
	manyStale = 64
	// mostIndexed bounds what a transaction indexes beside its own work.
	mostIndexed = 256
	// mostStale is how many items a search looks at beside the index. With more,
	// as after the migration that makes the index, it reads all of the gallery.
	mostStale = 1000
)

// indexesWords reports whether the index and the changed items together answer a
// list.
func (l itemList) indexesWords(ctx context.Context, s *conn) (bool, error) {
	if l.UserID == 0 || l.InTrash || l.Listed || l.AlbumID != 0 || l.CategoryID != 0 || l.Tag != "" ||
		l.Kind == "" && searchWords(l.Search) == "" {
		return false, nil
	}
	n, err := countStale(ctx, s, mostStale+1)
	return n <= mostStale, err
}

// countStale counts the changed items, up to most.
func countStale(ctx context.Context, s *conn, most int) (int, error) {
	return queryOne(ctx, s, scanInt, `SELECT count(*) FROM (SELECT 1 FROM stale_words LIMIT ?)`, most)
}

// keepIndexed indexes changed items if they are many.
func keepIndexed(ctx context.Context, s *conn) error {
	n, err := countStale(ctx, s, manyStale)
	if err != nil || n < manyStale {
		return err
	}
	_, err = indexWords(ctx, s, mostIndexed)
	return err
}

// startIndexing indexes in the background, in batches, what the migration that
// makes the index has left for it. What an error leaves, the next start finds.
func (db *DB) startIndexing() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	db.stopIndexing = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		n, err := read(ctx, db, func(ctx context.Context, s *conn) (int, error) { return countStale(ctx, s, manyStale) })
		if err == nil && n == manyStale {
			_ = db.inBatches(ctx, func(ctx context.Context, s *conn) (int64, error) { return indexWords(ctx, s, batch) })
		}
	}()
}

// staleItem is a changed item, and what the index should have of it: nothing
// unless there is a user.
type staleItem struct {
	place, user int64
	kind        media.Kind
	texts       string
}

func scanStaleItem(scan scanner) (it staleItem, err error) {
	err = scan(&it.place, &it.user, &it.kind, &it.texts)
	return it, err
}

// indexWords indexes up to most of the changed items, and returns how many.
func indexWords(ctx context.Context, s *conn, most int) (int64, error) {
	items, err := queryAll(ctx, s, scanStaleItem, staleItemsQuery, most)
	if err != nil {
		return 0, err
	}
	// The index writes to the disk whenever a row is not behind the last one.
	slices.SortFunc(items, func(a, b staleItem) int { return cmp.Compare(a.place, b.place) })
	numbers := make([]int64, len(items))
	for i, it := range items {
		numbers[i] = numberAt(it.place)
		if _, err := s.exec(ctx, `DELETE FROM item_words WHERE rowid = ?`, it.place); err != nil {
			return 0, err
		}
		if it.user == 0 {
			continue
		}
		if _, err := s.exec(ctx, `INSERT INTO item_words (rowid, words) VALUES (?, ?)`, it.place, terms(it.user, it.kind, it.texts)); err != nil {
			return 0, err
		}
	}
	list, err := numberList(numbers)
	if err != nil {
		return 0, err
	}
	_, err = s.exec(ctx, `DELETE FROM stale_words WHERE item IN (SELECT value FROM json_each(?))`, list)
	return int64(len(items)), err
}

const staleItemsQuery = `
	SELECT place, ifnull(user_id, 0), ifnull(kind, ''), ifnull(` + itemTexts + `, '')
	FROM (SELECT item AS stale, place FROM stale_words ORDER BY item LIMIT ?) LEFT JOIN items ON number = stale AND ` + present

// itemTexts are what is searched of an item.
const itemTexts = `title || char(10) || original_name || char(10) || ifnull((
		SELECT group_concat(name, char(10)) FROM item_tags JOIN tags ON tags.id = tag WHERE item = number), '')`

// indexFaults returns what the index lacks and what it should not have, a line
// each.
func indexFaults(ctx context.Context, s *conn) (faults []string, err error) {
	for _, fault := range []struct{ problem, query string }{
		{"%d items are not in the index of words", `
			SELECT count(*) FROM items WHERE user_id IS NOT NULL AND ` + present + `
				AND NOT EXISTS (SELECT 1 FROM item_words_docsize AS row WHERE row.id = ` + place + `)
				AND NOT EXISTS (SELECT 1 FROM stale_words WHERE item = number)`},
		{"the index of words has %d items too many", `
			SELECT count(*) FROM item_words_docsize AS row WHERE NOT EXISTS (
					SELECT 1 FROM items WHERE number = row.id & 1073741823 AND ` + place + ` = row.id AND user_id IS NOT NULL AND ` + present + `)
				AND NOT EXISTS (SELECT 1 FROM stale_words WHERE item = row.id & 1073741823)`},
	} {
		n, err := queryOne(ctx, s, scanInt, fault.query)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			faults = append(faults, fmt.Sprintf(fault.problem, n))
		}
	}
	return faults, nil
}

// allStaleStatement says of all items that they have changed.
const allStaleStatement = `
	INSERT INTO stale_words (item, place) SELECT number, ` + place + ` FROM items WHERE user_id IS NOT NULL AND ` + present + `
	ON CONFLICT DO NOTHING`
