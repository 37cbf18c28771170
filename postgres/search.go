package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"postern/records/items"
	"postern/records/txn"
)

// wordIndex keeps the texts of items in small letters, so that a search need not
// make them so again and again. It reads the gallery in the order of lists until
// it has a page. There is no index of trigrams (pg_trgm): it would know nothing of
// users, and so read what all of them have of a word; it has none of words of two
// characters, such as most Chinese ones; and a database may not have it.
type wordIndex struct{}

var _ txn.Index = wordIndex{}

// Search implements txn.Index.
func (wordIndex) Search(context.Context, txn.Session, txn.IndexQuery, int) ([]int64, bool, error) {
	return nil, false, nil
}

// Changed implements txn.Index.
func (wordIndex) Changed(ctx context.Context, s txn.Session, items ...int64) error {
	list, err := json.Marshal(items)
	if err == nil {
		_, err = index(ctx, s, `number IN (numbers_of(?))`, string(list))
	}
	return err
}

// index makes anew what is kept of some items, and returns the highest number.
func index(ctx context.Context, s txn.Session, condition string, args ...any) (last int64, err error) {
	texts := make(map[int64]string)
	err = s.Each(ctx, func(scan txn.Scan) error {
		var number int64
		var text string
		err := scan(&number, &text)
		texts[number], last = strings.ToLower(text), max(last, number)
		return err
	}, `SELECT number, `+items.ItemTexts+` FROM items WHERE `+condition, args...)
	if err != nil {
		return 0, err
	}
	all, err := json.Marshal(texts)
	if err != nil {
		return 0, err
	}
	_, err = s.Exec(ctx, `
		INSERT INTO item_words (item, words) SELECT key::bigint, value FROM json_each_text(?::json)
		ON CONFLICT (item) DO UPDATE SET words = excluded.words`, string(all))
	return last, err
}

// Faults implements txn.Index.
func (wordIndex) Faults(ctx context.Context, s txn.Session) (faults []string, err error) {
	err = s.Each(ctx, func(scan txn.Scan) error {
		var n int
		if err := scan(&n); err != nil || n == 0 {
			return err
		}
		faults = append(faults, fmt.Sprintf("%d items are not in the index of words", n))
		return nil
	}, `SELECT count(*) FROM items WHERE NOT EXISTS (SELECT 1 FROM item_words WHERE item = number)`)
	return faults, err
}

// Reset implements txn.Index.
func (wordIndex) Reset(ctx context.Context, s txn.Session) error {
	for last := int64(0); ; {
		next, err := index(ctx, s, `number IN (SELECT number FROM items WHERE number > ? ORDER BY number LIMIT 1000)`, last)
		if err != nil || next == 0 {
			return err
		}
		last = next
	}
}
