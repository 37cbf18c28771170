package items

import (
	"context"
	"slices"
	"strings"

	"postern/media"
	"postern/records/txn"
)

// Searches. An item is found if each word of a search is somewhere in its title,
// its file name or one of its tags, inside a longer word too, whatever the case
// of its letters. has_words says so, and is asked about every item that is
// returned; an engine's Index says which items to ask about.

// SearchWords are the words of a search in small letters, without those that are
// in another, the longest first: each text is read once for each of them.
func SearchWords(search string) string {
	words := strings.Fields(strings.ToLower(search))
	words = words[:min(len(words), media.MaxSearchWords)]
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	var kept []string
	for _, word := range words {
		if !slices.ContainsFunc(kept, func(k string) bool { return strings.Contains(k, word) }) {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

// ItemTexts are what is searched of an item, as statements on items say it.
const ItemTexts = `title || char(10) || original_name || char(10) || coalesce((
		SELECT string_agg(name, char(10)) FROM item_tags JOIN tags ON tags.id = tag WHERE item = number), '')`

// search returns the numbers of the first items of a list, in its order, unless
// the list is to be read instead.
func (db *ItemRecords) search(ctx context.Context, s txn.Tx, l itemList, limit int) ([]int64, bool, error) {
	words := SearchWords(l.Search)
	if l.UserID == 0 || l.Sort != media.SortNewest || l.InTrash || l.Listed || l.AlbumID != 0 || l.CategoryID != 0 || l.Tag != "" ||
		l.Kind == "" && words == "" {
		return nil, false, nil
	}
	condition, args := l.condition()
	return db.index.Search(ctx, s.Session, txn.IndexQuery{ItemQuery: l.ItemQuery, Words: words, Condition: condition, Args: txn.Clean(args)}, limit)
}
