package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	sqlite "modernc.org/sqlite"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// Searches. The index finds the items to ask has_words about, all that may be
// found and few others, in the order of lists.
//
// The index has each run of three characters of a word, and the shorter ones at
// its end, by user. So it knows words of three characters or more by their runs,
// in any script, and shorter ones by what runs begin with.

func init() {
	// LIKE knows no case but that of ASCII.
	sqlite.MustRegisterDeterministicScalarFunction("has_words", 2, hasWords)
}

// hasWords is has_words(text, words) in SQL: whether every word is in the text,
// whatever the case of its letters. The words are what items.SearchWords has
// made.
func hasWords(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, _ := args[0].(string)
	words, _ := args[1].(string)
	text = strings.ToLower(text)
	for word := range strings.SplitSeq(words, " ") {
		if !strings.Contains(text, word) {
			return int64(0), nil
		}
	}
	return int64(1), nil
}

// run is how many characters of a word the index has together.
const run = 3

// terms are what the index has of an item: a term for each run of characters of
// its texts, and one for its kind.
func terms(user int64, kind media.Kind, texts string) string {
	var b strings.Builder
	b.WriteString(kindTerm(user, kind))
	had := make(map[string]bool)
	for _, word := range strings.Fields(strings.ToLower(texts)) {
		letters := []rune(word)
		for i := range letters {
			part := string(letters[i:min(i+run, len(letters))])
			if !had[part] {
				had[part] = true
				b.WriteString(" " + term(user, part))
			}
		}
	}
	return b.String()
}

// term is a part of a word of a user's in characters of which the tokenizer
// makes one term.
func term(user int64, part string) string {
	b := strconv.AppendInt([]byte("u"), user, 10)
	b = append(b, '_')
	for _, r := range part {
		switch {
		case r >= utf8.RuneSelf, 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b = utf8.AppendRune(b, r)
		default:
			b = fmt.Appendf(b, "_%02x", r)
		}
	}
	return string(b)
}

// kindTerm is no term of a part of a word: what stands behind its underscores is
// no number.
func kindTerm(user int64, kind media.Kind) string { return term(user, "") + "_" + string(kind) }

// source is where a search takes candidates from.
type source struct {
	match string // what to ask the index for; "" for the whole gallery
	most  int    // candidates to look at before the next source has its turn, unless most have been right; 0 for all
}

// maxCandidates bounds those that are looked at in one query.
const maxCandidates = 2000

// maxTerms bounds the terms of words that the index is asked for.
const maxTerms = 64

// fewCandidates is how far a search goes by its long words, or by none, before it
// asks for its short words too.
const fewCandidates = 200

// sources are those of a list, each of which has all that the list has. What the
// index has to collect for a word of one or two characters takes long if the word
// is in many items; but then the first candidates have it, and nothing is asked.
func (l wordList) sources() []source {
	var long, short []string
	if l.Kind != "" {
		long = append(long, `"`+kindTerm(l.UserID, l.Kind)+`"`)
	}
	for _, word := range strings.Fields(l.Words) {
		letters := []rune(word)
		if len(letters) < run {
			short = append(short, `"`+term(l.UserID, word)+`" *`)
			continue
		}
		for i := 0; i < len(letters) && len(long) < maxTerms; i += run {
			i = min(i, len(letters)-run)
			long = append(long, `"`+term(l.UserID, string(letters[i:i+run]))+`"`)
		}
	}
	if len(short) == 0 {
		return []source{{match: strings.Join(long, " AND ")}}
	}
	return []source{
		{match: strings.Join(long, " AND "), most: fewCandidates},
		{match: strings.Join(append(long, short...), " AND ")},
	}
}

// candidates returns up to n places of a source behind another one.
func (l wordList) candidates(ctx context.Context, s *conn, from source, behind int64, n int) ([]int64, error) {
	query, args := candidatesQueries[from.match != ""][l.ascends()], []any{l.UserID, behind, n}
	if from.match != "" {
		args[0] = from.match
	}
	return txn.QueryAll(ctx, s, txn.Value[int64], query, args...)
}

// candidatesQueries are those for the index and for galleries, each for places
// above and for places below another.
var candidatesQueries = map[bool]map[bool]string{
	true: {
		true:  `SELECT rowid FROM item_words WHERE item_words MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?`,
		false: `SELECT rowid FROM item_words WHERE item_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`,
	},
	false: {
		true: `SELECT ` + place + ` FROM items WHERE user_id = ?1 AND ` + visibility.Present + `
			AND (created_at, number) > (?2 >> 30, ?2 & 1073741823) ORDER BY created_at, number LIMIT ?3`,
		false: `SELECT ` + place + ` FROM items WHERE user_id = ?1 AND ` + visibility.Present + `
			AND (created_at, number) < (?2 >> 30, ?2 & 1073741823) ORDER BY created_at DESC, number DESC LIMIT ?3`,
	},
}

// place is where an item stands in the order of lists, as one number. Numbers of
// items are below 1073741824, that is 2 to the 30th.
const place = `created_at * 1073741824 + number`

// numberAt is the number of the item at a place.
func numberAt(place int64) int64 { return place & (1<<30 - 1) }
