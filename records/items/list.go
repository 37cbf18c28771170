package items

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// Items implements media.ItemLists.
func (db *ItemRecords) Items(ctx context.Context, q media.ItemQuery) ([]media.Item, error) {
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Item, error) {
		l, err := newItemList(ctx, s, q)
		if err != nil || l.empty() {
			return nil, err
		}
		numbers, found, err := db.search(ctx, s, l, max(l.Limit, 0))
		if !found && err == nil {
			numbers, found, err = l.mergeSpellings(ctx, s)
		}
		if err != nil {
			return nil, err
		}
		if !found {
			query, args := l.items()
			return Query(ctx, s, query, args...)
		}
		list, err := txn.Numbers(numbers)
		if err != nil {
			return nil, err
		}
		return Query(ctx, s, foundItemsQuery, list)
	})
	if q.Before.Number != 0 {
		slices.Reverse(items)
	}
	return items, txn.Wrap("list items", err)
}

// foundItemsQuery selects the items of a JSON array of numbers, in its order.
const foundItemsQuery = `
	SELECT ` + cardColumns + ` FROM (places_of(?)) AS found
	CROSS JOIN items ON number = wanted ORDER BY place`

// itemList is a list of items, with the tags that its query's one is spelled as.
type itemList struct {
	media.ItemQuery
	tags []int64
}

func newItemList(ctx context.Context, s txn.Tx, q media.ItemQuery) (l itemList, err error) {
	l.ItemQuery = q
	if q.Tag != "" {
		l.tags, err = txn.QueryAll(ctx, s, txn.Value[int64], spellingsQuery, media.FoldTag(q.Tag))
	}
	return l, err
}

// empty reports whether the list is of a tag that nothing bears.
func (l itemList) empty() bool { return l.Tag != "" && len(l.tags) == 0 }

// items begins at the second that a page begins at, and so costs the same for
// every page of a long list.
func (l itemList) items() (query string, args []any) { return l.columns(cardColumns) }

func (l itemList) columns(columns string) (query string, args []any) {
	order := "DESC"
	if l.Sort.Ascends() != (l.Before.Number != 0) {
		order = "ASC"
	}
	from, args := l.from()
	at, number := l.cursor()
	query = `SELECT ` + columns + from + `
		ORDER BY ` + at + ` ` + order + `, ` + number + ` ` + order + ` LIMIT ?`
	return query, append(args, max(l.Limit, 0))
}

// cursor are the columns that the list is in the order of.
func (l itemList) cursor() (at, number string) {
	switch {
	case l.Sort == media.SortAlbum:
		return "position", "number"
	case l.Sort == media.SortTitle:
		return "lower(CASE WHEN title = '' THEN original_name ELSE title END)", "number"
	case l.Sort == media.SortSize:
		return "(SELECT size FROM files WHERE item = number AND role = 'original')", "number"
	case l.Sort == media.SortViews:
		return "views", "number"
	case l.Tag != "":
		return "tagged_at", "tagged"
	}
	return "created_at", "number"
}

// key is the argument that stands for a place in the first column of cursor.
func (l itemList) key(c media.Cursor) any {
	switch l.Sort {
	case media.SortTitle:
		return c.Key
	case media.SortSize, media.SortViews:
		n, _ := strconv.ParseInt(c.Key, 10, 64) // anything else is no place of such a list
		return n
	case media.SortAlbum:
		return c.Number
	}
	return txn.Time(&c.CreatedAt)
}

func (l itemList) from() (from string, args []any) {
	condition, args := l.condition()
	if l.Tag == "" {
		return ` FROM items WHERE ` + condition, args
	}
	// A CROSS JOIN is read from the left: the tag is what finds the items.
	table, first := l.tagged()
	return ` FROM (` + table + `) AS bearers CROSS JOIN items ON number = tagged WHERE ` + condition, append(first, args...)
}

func (l itemList) condition() (condition string, args []any) {
	conditions := []string{visibility.Present}
	if l.Listed {
		// The plus keeps SQLite from reading all of the user's items instead.
		conditions = []string{visibility.PresentListed}
	}
	if l.InTrash {
		// The sum keeps both engines from looking at the ends of all trashes.
		conditions = []string{"state = 'live'", "purge_at IS NOT NULL", "purge_at + 0 > ?"}
		args = append(args, txn.Time(&l.Now))
	}
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions = append(conditions, condition)
			args = append(args, values...)
		}
	}
	restrict(true, visibility.Seen, visibility.SeenBy(l.Filter)...)
	// The plus has the same reason here.
	apart := l.AlbumID != 0 || l.Tag != ""
	restrict(l.UserID != 0 && apart, "+user_id = ?", l.UserID)
	restrict(l.UserID != 0 && !apart, "user_id = ?", l.UserID)
	restrict(l.AlbumID != 0, "album_id = ?", l.AlbumID)
	restrict(l.CategoryID != 0, "category_id = ?", l.CategoryID)
	restrict(l.Kind != "", "kind = ?", l.Kind)
	words := SearchWords(l.Search)
	restrict(words != "", SearchCondition, words, words)
	restrict(l.Listed, "listed > 0")
	restrict(l.NoAlbum, "album_id IS NULL")
	restrict(l.Ending, "expires_at IS NOT NULL")
	restrict(l.Visibility != "", visibility.OfItem+" = ?", l.Visibility)
	at, number := l.cursor()
	place := "(?, ?)"
	if l.Sort == media.SortAlbum {
		place = "(coalesce((SELECT was.position FROM items AS was WHERE was.number = ?), 0), ?)"
	}
	behind, ahead := "<", ">"
	if l.Sort.Ascends() {
		behind, ahead = ahead, behind
	}
	restrict(l.After.Number != 0, "("+at+", "+number+") "+behind+" "+place, l.key(l.After), l.After.Number)
	restrict(l.Before.Number != 0, "("+at+", "+number+") "+ahead+" "+place, l.key(l.Before), l.Before.Number)
	return strings.Join(conditions, " AND "), args
}

// SearchCondition is the condition of items that have the words of a search, which
// are both of its arguments. It reads the tags of those items only whose other texts lack a word.
const SearchCondition = `(has_words(title || char(10) || original_name, ?) OR has_words(` + ItemTexts + `, ?))`

// Numbers implements media.ItemLists.
func (db *ItemRecords) Numbers(ctx context.Context, q media.ItemQuery) ([]media.Numbered, error) {
	q.After, q.Before = media.Cursor{}, media.Cursor{}
	items, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Numbered, error) {
		l, err := newItemList(ctx, s, q)
		if err != nil || l.empty() {
			return nil, err
		}
		order := "DESC"
		if l.Sort.Ascends() {
			order = "ASC"
		}
		from, args := l.from()
		at, number := l.cursor()
		return txn.QueryAll(ctx, s, scanNumbered, `SELECT number, id`+from+` ORDER BY `+at+` `+order+`, `+number+` `+order, args...)
	})
	return items, txn.Wrap("list numbers of items", err)
}

func scanNumbered(scan txn.Scan) (n media.Numbered, err error) {
	return n, scan(&n.Number, &n.ID)
}

// AlbumStatus implements media.ItemLists.
func (db *ItemRecords) AlbumStatus(ctx context.Context, id int64, now time.Time) (media.Moderation, error) {
	status, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Moderation, error) {
		return txn.QueryOne(ctx, s, scanAlbumStatus, `SELECT `+visibility.PostCounts+` FROM albums WHERE id = ?`, txn.Time(&now), id)
	})
	return status, txn.Wrap("read status of album", err)
}

func scanAlbumStatus(scan txn.Scan) (media.Moderation, error) {
	var c visibility.PostCount
	if err := scan(c.Columns()...); err != nil {
		return "", err
	}
	_, status, err := c.Left()
	return status, err
}

// UpdateItem implements media.ItemLists.
func (db *ItemRecords) UpdateItem(ctx context.Context, it media.Item, now time.Time) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		number, err := txn.QueryOne(ctx, s, txn.Value[int64], updateItemQuery, it.ID, txn.Time(&now),
			it.Title, it.Description, it.AlbumID, txn.Time(&it.ExpiresAt), it.NSFW, it.RequestDigest, it.Titled, it.CategoryID,
			cmp.Or(it.Visibility, media.Hidden), it.Lock)
		if err != nil {
			return txn.Conflict(err, media.ErrIDTaken)
		}
		if _, err := s.Exec(ctx, `DELETE FROM item_tags WHERE item = ?`, number); err != nil {
			return err
		}
		if err := insertTags(ctx, s, number, it.Tags); err != nil {
			return err
		}
		return db.index.Changed(ctx, s.Session, number)
	})
	return txn.Wrap("update item "+it.ID, err)
}

// Listed implements media.ItemLists.
func (db *ItemRecords) Listed(ctx context.Context, number int64) (bool, error) {
	listed, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (bool, error) {
		return txn.QueryOne(ctx, s, txn.Value[bool], `SELECT listed > 0 FROM items WHERE number = ? AND `+visibility.Present, number)
	})
	return listed, txn.Wrap("read item", err)
}

const updateItemQuery = `
	UPDATE items SET title = ?3, description = ?4, album_id = nullif(CAST(?5 AS bigint), 0), expires_at = ?6, nsfw = ?7, treatment = ?8,
		titled = ?9, category_id = nullif(CAST(?10 AS bigint), 0), lock = ?12,
		visibility = CASE WHEN ` + visibility.OfItem + ` = ?11 THEN visibility ELSE ?11 END,
		unlisted = (unlisted AND ` + visibility.OfItem + ` = ?11)
	WHERE id = ?1 AND ` + visibility.Present + ` AND (expires_at IS NULL OR expires_at > ?2)
	RETURNING number`
