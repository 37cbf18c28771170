package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"postern/media"
	"postern/records/items"
	"postern/records/txn"
	"postern/records/visibility"
)

// Triggers note in stale_words which items have changed, so that no statement
// can forget the index. Searches look at those items themselves. When there are
// some, the transaction that finds them brings the index up to date, since the
// index takes a change of many items in a quarter of the time of one by one.

const (
	// manyStale is how many changed items make a transaction index them.
	manyStale = 64
	// maxIndexed bounds what a transaction indexes beside its own work.
	maxIndexed = 256
	// indexBatch bounds what a transaction of indexAll indexes.
	indexBatch = 500
	// maxStale is how many items a search looks at beside the index. With more,
	// as after the migration that makes the index, it reads all of the gallery.
	maxStale = 1000
)

// wordIndex is the index as records know it.
type wordIndex struct{}

var _ txn.Index = wordIndex{}

// Search implements txn.Index.
func (wordIndex) Search(ctx context.Context, s txn.Session, q txn.IndexQuery, limit int) ([]int64, bool, error) {
	c := s.(*conn)
	n, err := countStale(ctx, c, maxStale+1)
	if err != nil || n > maxStale {
		return nil, false, classify(err)
	}
	numbers, err := wordList{q}.search(ctx, c, limit)
	return numbers, true, classify(err)
}

// Changed implements txn.Index: triggers say so.
func (wordIndex) Changed(context.Context, txn.Session, ...int64) error { return nil }

// Faults implements txn.Index.
func (wordIndex) Faults(ctx context.Context, s txn.Session) ([]string, error) {
	faults, err := indexFaults(ctx, s.(*conn))
	return faults, classify(err)
}

// Reset implements txn.Index. The index is made anew from the next start on.
func (wordIndex) Reset(ctx context.Context, s txn.Session) error {
	for _, statement := range []string{`INSERT INTO item_words (item_words) VALUES ('delete-all')`, allStaleStatement} {
		if _, err := s.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// countStale counts the changed items, up to most.
func countStale(ctx context.Context, s *conn, most int) (int, error) {
	return txn.QueryOne(ctx, s, txn.Value[int], `SELECT count(*) FROM (SELECT 1 FROM stale_words LIMIT ?)`, most)
}

// keepIndexed indexes changed items if they are many.
func keepIndexed(ctx context.Context, s *conn) error {
	n, err := countStale(ctx, s, manyStale)
	if err != nil || n < manyStale {
		return err
	}
	_, err = indexWords(ctx, s, maxIndexed)
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
			_ = db.indexAll(ctx)
		}
	}()
}

// indexAll indexes all changed items in batches. Between two of them it rests for
// as long as the last one took, so that others can write.
func (db *DB) indexAll(ctx context.Context) error {
	for {
		var rows int64
		began := time.Now()
		err := db.update(ctx, func(ctx context.Context, s *conn) (err error) {
			rows, err = indexWords(ctx, s, indexBatch)
			return err
		})
		if err != nil || rows < indexBatch {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Since(began)):
		}
	}
}

// staleItem is a changed item, and what the index should have of it: nothing
// unless there is a user.
type staleItem struct {
	place, user int64
	kind        media.Kind
	texts       string
}

func scanStaleItem(scan txn.Scan) (it staleItem, err error) {
	err = scan(&it.place, &it.user, &it.kind, &it.texts)
	return it, err
}

// indexWords indexes up to most of the changed items, and returns how many.
func indexWords(ctx context.Context, s *conn, most int) (int64, error) {
	items, err := txn.QueryAll(ctx, s, scanStaleItem, staleItemsQuery, most)
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
	list, err := txn.Numbers(numbers)
	if err != nil {
		return 0, err
	}
	_, err = s.exec(ctx, `DELETE FROM stale_words WHERE item IN (numbers_of(?))`, list)
	return int64(len(items)), err
}

const staleItemsQuery = `
	SELECT place, coalesce(user_id, 0), coalesce(kind, ''), coalesce(` + items.ItemTexts + `, '')
	FROM (SELECT item AS stale, place FROM stale_words ORDER BY item LIMIT ?) LEFT JOIN items ON number = stale AND ` + visibility.Present

// indexFaults returns what the index lacks and what it should not have, a line
// each.
func indexFaults(ctx context.Context, s *conn) (faults []string, err error) {
	for _, fault := range []struct{ problem, query string }{
		{"%d items are not in the index of words", `
			SELECT count(*) FROM items WHERE user_id IS NOT NULL AND ` + visibility.Present + `
				AND NOT EXISTS (SELECT 1 FROM item_words_docsize AS row WHERE row.id = ` + place + `)
				AND NOT EXISTS (SELECT 1 FROM stale_words WHERE item = number)`},
		{"the index of words has %d items too many", `
			SELECT count(*) FROM item_words_docsize AS row WHERE NOT EXISTS (
					SELECT 1 FROM items WHERE number = row.id & 1073741823 AND ` + place + ` = row.id AND user_id IS NOT NULL AND ` + visibility.Present + `)
				AND NOT EXISTS (SELECT 1 FROM stale_words WHERE item = row.id & 1073741823)`},
	} {
		n, err := txn.QueryOne(ctx, s, txn.Value[int], fault.query)
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
	INSERT INTO stale_words (item, place) SELECT number, ` + place + ` FROM items WHERE user_id IS NOT NULL AND ` + visibility.Present + `
	ON CONFLICT DO NOTHING`
