package records

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"postern/media"
)

// Items implements media.ItemLists.
func (db *DB) Items(ctx context.Context, q media.ItemQuery) ([]media.Item, error) {
	items, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Item, error) {
		l, err := newItemList(ctx, s, q)
		if err != nil || l.empty() {
			return nil, err
		}
		numbers, found, err := db.search(ctx, s, l, max(l.Limit, 0))
		if err != nil {
			return nil, err
		}
		if !found {
			query, args := l.items()
			return queryItems(ctx, s, query, args...)
		}
		list, err := numberList(numbers)
		if err != nil {
			return nil, err
		}
		return queryItems(ctx, s, foundItemsQuery, list)
	})
	if q.Before.Number != 0 {
		slices.Reverse(items)
	}
	return items, wrapErr("list items", err)
}

// foundItemsQuery selects the items of a JSON array of numbers, in its order.
const foundItemsQuery = `
	SELECT ` + cardColumns + ` FROM (places_of(?)) AS found
	CROSS JOIN items ON number = wanted ORDER BY place`

func scanBool(scan Scan) (yes bool, err error) {
	err = scan(&yes)
	return yes, err
}

func scanInt(scan Scan) (n int, err error) {
	err = scan(&n)
	return n, err
}

// itemList is a list of items, with the tags that its query's one is spelled as.
type itemList struct {
	media.ItemQuery
	tags []int64
}

func newItemList(ctx context.Context, s session, q media.ItemQuery) (l itemList, err error) {
	l.ItemQuery = q
	if q.Tag != "" {
		l.tags, err = queryAll(ctx, s, scanNumber, spellingsQuery, media.FoldTag(q.Tag))
	}
	return l, err
}

// empty reports whether the list is of a tag that nothing bears.
func (l itemList) empty() bool { return l.Tag != "" && len(l.tags) == 0 }

// items begins at the second that a page begins at, and so costs the same for
// every page of a long list.
func (l itemList) items() (query string, args []any) {
	order := "DESC"
	if l.Sort.Ascends() != (l.Before.Number != 0) {
		order = "ASC"
	}
	from, args := l.from()
	at, number := l.cursor()
	query = `SELECT ` + cardColumns + from + `
		ORDER BY ` + at + ` ` + order + `, ` + number + ` ` + order + ` LIMIT ?`
	return query, append(args, max(l.Limit, 0))
}

// cursor are the columns that the list is in the order of.
func (l itemList) cursor() (at, number string) {
	switch {
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
	}
	return unixTime{&c.CreatedAt}
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
	conditions := []string{present}
	if l.Listed {
		// The plus keeps SQLite from reading all of the user's items instead.
		conditions = []string{presentListed}
	}
	if l.InTrash {
		// The plus keeps SQLite from looking at the ends of all trashes.
		conditions = []string{"state = 'live'", "purge_at IS NOT NULL", "+purge_at > ?"}
		args = append(args, unixTime{&l.Now})
	}
	restrict := func(wanted bool, condition string, values ...any) {
		if wanted {
			conditions = append(conditions, condition)
			args = append(args, values...)
		}
	}
	restrict(true, seen, seenBy(l.Filter)...)
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
	restrict(l.Visibility != "", itemVisibility+" = ?", l.Visibility)
	at, number := l.cursor()
	behind, ahead := "<", ">"
	if l.Sort.Ascends() {
		behind, ahead = ahead, behind
	}
	restrict(l.After.Number != 0, "("+at+", "+number+") "+behind+" (?, ?)", l.key(l.After), l.After.Number)
	restrict(l.Before.Number != 0, "("+at+", "+number+") "+ahead+" (?, ?)", l.key(l.Before), l.Before.Number)
	return strings.Join(conditions, " AND "), args
}

// SearchCondition is the condition of items that have the words of a search, which
// are both of its arguments. It reads the tags of those items only whose other texts lack a word.
const SearchCondition = `(has_words(title || char(10) || original_name, ?) OR has_words(` + ItemTexts + `, ?))`

// AlbumStatus implements media.ItemLists.
func (db *DB) AlbumStatus(ctx context.Context, id int64, now time.Time) (media.Moderation, error) {
	status, err := read(ctx, db, func(ctx context.Context, s session) (media.Moderation, error) {
		return queryOne(ctx, s, scanAlbumStatus, `SELECT `+postCounts+` FROM albums WHERE id = ?`, unixTime{&now}, id)
	})
	return status, wrapErr("read status of album", err)
}

func scanAlbumStatus(scan Scan) (media.Moderation, error) {
	var c postCount
	if err := scan(c.columns()...); err != nil {
		return "", err
	}
	_, status, err := c.left()
	return status, err
}

// UpdateItem implements media.ItemLists.
func (db *DB) UpdateItem(ctx context.Context, it media.Item, now time.Time) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		number, err := queryOne(ctx, s, scanNumber, updateItemQuery, it.ID, unixTime{&now},
			it.Title, it.Description, it.AlbumID, unixTime{&it.ExpiresAt}, it.NSFW, it.RequestDigest, it.Titled, it.CategoryID,
			cmp.Or(it.Visibility, media.Hidden), it.Lock)
		if err != nil {
			return constraintErr(err, media.ErrIDTaken)
		}
		if _, err := s.exec(ctx, `DELETE FROM item_tags WHERE item = ?`, number); err != nil {
			return err
		}
		if err := insertTags(ctx, s, number, it.Tags); err != nil {
			return err
		}
		return db.index.Changed(ctx, s.Session, number)
	})
	return wrapErr("update item "+it.ID, err)
}

// Listed implements media.ItemLists.
func (db *DB) Listed(ctx context.Context, number int64) (bool, error) {
	listed, err := read(ctx, db, func(ctx context.Context, s session) (bool, error) {
		return queryOne(ctx, s, scanBool, `SELECT listed > 0 FROM items WHERE number = ? AND `+present, number)
	})
	return listed, wrapErr("read item", err)
}

const updateItemQuery = `
	UPDATE items SET title = ?3, description = ?4, album_id = nullif(CAST(?5 AS bigint), 0), expires_at = ?6, nsfw = ?7, treatment = ?8,
		titled = ?9, category_id = nullif(CAST(?10 AS bigint), 0), lock = ?12,
		visibility = CASE WHEN ` + itemVisibility + ` = ?11 THEN visibility ELSE ?11 END,
		unlisted = (unlisted AND ` + itemVisibility + ` = ?11)
	WHERE id = ?1 AND ` + present + ` AND (expires_at IS NULL OR expires_at > ?2)
	RETURNING number`

func scanNumber(scan Scan) (n int64, err error) {
	err = scan(&n)
	return n, err
}
