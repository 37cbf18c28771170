package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"postern/records/items"
	"postern/records/txn"
	"postern/records/visibility"
)

// wordIndex keeps the texts of items in small letters, so that a search need not make
// them so again and again, and the terms of these: a number for each pair of characters
// in a word, and for each character beyond ASCII. A term stands for one user, or else a
// search would read what all of them have of a word.
//
// The index does not know the order of lists, and collects all that have the terms. So
// it is asked for words that few items have; others are soon found in the order of lists.
// There is no index of trigrams (pg_trgm): it has none of words of two characters, such
// as most Chinese ones, and a database may not have it.
type wordIndex struct{}

var _ txn.Index = wordIndex{}

const (
	sampled    = 128  // of a user's items, to see how many have the words
	manyFound  = 8    // in the sample: their list is read in its order
	manyUnmade = 1000 // items without terms: they are not looked at one by one
	maxTerms   = 64   // of a search
)

// Search implements txn.Index.
func (wordIndex) Search(ctx context.Context, s txn.Session, q txn.IndexQuery, limit int) ([]int64, bool, error) {
	terms := searchTerms(q.UserID, q.Words)
	if len(terms) == 0 {
		return nil, false, nil
	}
	sample, err := numbers(ctx, s, sampleQuery+q.Condition, append([]any{q.UserID, sampled}, q.Args...)...)
	if err != nil || len(sample) >= manyFound {
		return nil, false, err
	}
	unmade, err := numbers(ctx, s, `SELECT item FROM item_words WHERE terms IS NULL LIMIT ?`, manyUnmade)
	if err != nil || len(unmade) == manyUnmade {
		return nil, false, err
	}
	order := "DESC"
	if q.Before.Number != 0 {
		order = "ASC"
	}
	query := foundQuery + q.Condition + ` ORDER BY created_at ` + order + `, number ` + order + ` LIMIT ?`
	found, err := numbers(ctx, s, query, append(append([]any{arrayOf(terms)}, q.Args...), limit)...)
	return found, err == nil, err
}

const (
	sampleQuery = `
	SELECT number FROM (
		SELECT * FROM items WHERE user_id = ? AND ` + visibility.Present + ` ORDER BY created_at DESC, number DESC LIMIT ?) AS items
	WHERE `

	// OFFSET 0 keeps the planner from reading all items of the user beside the candidates.
	foundQuery = `
	WITH candidates AS MATERIALIZED (
		SELECT item AS candidate FROM item_words WHERE terms @> CAST(? AS int[])
		UNION ALL SELECT item FROM item_words WHERE terms IS NULL)
	SELECT number FROM candidates JOIN LATERAL (SELECT * FROM items WHERE number = candidate OFFSET 0) AS items ON true
	WHERE `
)

func numbers(ctx context.Context, s txn.Session, query string, args ...any) (list []int64, err error) {
	err = s.Each(ctx, func(scan txn.Scan) error {
		var n int64
		err := scan(&n)
		list = append(list, n)
		return err
	}, query, args...)
	return list, err
}

func arrayOf(terms []int32) string {
	b := []byte("{")
	for i, term := range terms {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(term), 10)
	}
	return string(append(b, '}'))
}

// itemTerms are the terms of texts in small letters.
func itemTerms(user int64, texts string) []int32 {
	terms := []int32{}
	for _, word := range strings.Fields(texts) {
		letters := []rune(word)
		for i := range letters {
			if letters[i] >= utf8.RuneSelf {
				terms = append(terms, term(user, letters[i:i+1]))
			}
			if i > 0 {
				terms = append(terms, term(user, letters[i-1:i+1]))
			}
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// searchTerms are those that each item has that is found. Single letters of ASCII have
// none: too many items would.
func searchTerms(user int64, words string) (terms []int32) {
	for _, word := range strings.Fields(words) {
		letters := []rune(word)
		if len(letters) == 1 && letters[0] >= utf8.RuneSelf {
			terms = append(terms, term(user, letters))
		}
		for i := 1; i < len(letters); i++ {
			terms = append(terms, term(user, letters[i-1:i+1]))
		}
	}
	slices.Sort(terms)
	terms = slices.Compact(terms)
	return terms[:min(len(terms), maxTerms)]
}

// term is a hash (FNV-1a) of a user and some characters. Two that have the same one by
// chance only make a candidate that has not the words.
func term(user int64, letters []rune) int32 {
	h := uint32(2166136261)
	add := func(n uint64) {
		for range 8 {
			h = (h ^ uint32(n&0xff)) * 16777619
			n >>= 8
		}
	}
	add(uint64(user))
	for _, letter := range letters {
		add(uint64(letter))
	}
	return int32(h)
}

// Changed implements txn.Index.
func (wordIndex) Changed(ctx context.Context, s txn.Session, items ...int64) error {
	list, err := json.Marshal(items)
	if err == nil {
		_, err = index(ctx, s, `number IN (numbers_of(?))`, string(list))
	}
	return err
}

// indexed is what the index has of an item.
type indexed struct {
	Item  int64   `json:"item"`
	Words string  `json:"words"`
	Terms []int32 `json:"terms"`
}

// index makes anew what is kept of some items, and returns the highest number.
func index(ctx context.Context, s txn.Session, condition string, args ...any) (last int64, err error) {
	var made []indexed
	err = s.Each(ctx, func(scan txn.Scan) error {
		var i indexed
		var user int64
		err := scan(&i.Item, &user, &i.Words)
		i.Words = strings.ToLower(i.Words)
		i.Terms = itemTerms(user, i.Words)
		made, last = append(made, i), max(last, i.Item)
		return err
	}, `SELECT number, coalesce(user_id, 0), `+items.ItemTexts+` FROM items WHERE `+condition, args...)
	if err != nil || len(made) == 0 {
		return 0, err
	}
	all, err := json.Marshal(made)
	if err != nil {
		return 0, err
	}
	_, err = s.Exec(ctx, `
		INSERT INTO item_words (item, words, terms)
		SELECT item, words, terms FROM json_to_recordset(CAST(? AS json)) AS made (item bigint, words text, terms int[])
		ON CONFLICT (item) DO UPDATE SET words = excluded.words, terms = excluded.terms`, string(all))
	return last, err
}

// indexedAtOnce is how many items a transaction indexes that had no terms.
const indexedAtOnce = 500

// indexUnmade makes the terms of items that were there before there were any. Close
// waits for it.
func (db *DB) indexUnmade(ctx context.Context) error {
	for n := indexedAtOnce; n == indexedAtOnce; {
		err := db.transact(ctx, nil, func(ctx context.Context, s txn.Session) error {
			unmade, err := numbers(ctx, s, `SELECT item FROM item_words WHERE terms IS NULL ORDER BY item LIMIT ? FOR UPDATE SKIP LOCKED`, indexedAtOnce)
			if n = len(unmade); err != nil || n == 0 {
				return err
			}
			return wordIndex{}.Changed(ctx, s, unmade...)
		})
		if err != nil {
			return wrapErr("index words", err)
		}
	}
	return nil
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
