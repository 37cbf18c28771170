package community

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"postern/media"
	"postern/records/items"
	"postern/records/txn"
	"postern/records/visibility"
)

// ListItems implements media.CommunityRecords.
func (db *Community) ListItems(ctx context.Context, q media.ListQuery) (media.List[media.Item], error) {
	list, err := listBy(ctx, db.tx, itemLists, q, func(ctx context.Context, s txn.Tx, numbers string) ([]media.Item, error) {
		return items.Query(ctx, s, listedItemsQuery, numbers)
	})
	return list, txn.Wrap("list items", err)
}

// ListPosts implements media.CommunityRecords.
func (db *Community) ListPosts(ctx context.Context, q media.ListQuery, viewer int64) (media.List[media.Post], error) {
	list, err := listBy(ctx, db.tx, postLists, q, func(ctx context.Context, s txn.Tx, numbers string) ([]media.Post, error) {
		return txn.QueryAll(ctx, s, scanPost, listedPostsQuery, txn.Time(&q.Now), viewer, numbers)
	})
	return list, txn.Wrap("list posts", err)
}

// The rows with these numbers, a JSON array, in its order.
const (
	listedItemsQuery = `
	SELECT ` + items.ListColumns + ` FROM (places_of(?)) AS wishes
	CROSS JOIN items ON number = wanted ORDER BY place`
	listedPostsQuery = `
	SELECT ` + postColumns + ` FROM (places_of(?)) AS wishes
	CROSS JOIN albums ON albums.id = wanted JOIN users ON users.id = user_id ORDER BY place`
)

// listQueries are the statements of lists of one sort of rows, by listKind.
// Their parameters are, in this order: the user, the tag, the most that listed
// may be, the times from and before which rows are created, the highest
// number, now, and for numbers a limit and an offset.
type listQueries struct {
	what    int         // in the tallies
	lasting walkQueries // of what has not ended
	all     walkQueries // ended or not
	counts  [4]string   // how many there are, ended or not
	newer   string      // how many of each day are above the highest number
	ended   string      // how many of each day up to that have ended
}

// walkQueries are those that find places in a list. For neighbour, neighbours and
// next the fifth and eighth parameters are time and number of the other, and the ninth
// is the offset.
type walkQueries struct {
	numbers    [4]string // a stretch, newest first
	places     [4]string // place and number of those at the offsets that a list names with their days (rankOf)
	neighbour  [4]string // number and time of the one so many behind another of its second
	neighbours [4]string // how many are behind another of its second
	next       [4]string // number and time of the one so many behind a second
}

// listKind says what a list is restricted by.
type listKind int

const (
	byNone listKind = iota
	byUser
	byTag
	byUserAndTag
)

// listStatements makes the statements of a list from the tables of rows and of
// their tags. A row of tags names its row's user and time.
func listStatements(what int, rows, number, tags, owner, ended string) listQueries {
	fill := strings.NewReplacer("ENDED", ended, "ROWS", rows, "NUMBER", number, "TAGS", tags, "OWNER", owner)
	from := [4]string{
		byNone: ` FROM ROWS WHERE listed > 0 AND listed <= ?3 AND created_at >= ?4 AND created_at < ?5 AND NUMBER <= ?6`,
		byUser: ` FROM ROWS WHERE user_id = ?1 AND listed > 0 AND listed <= ?3 AND created_at >= ?4 AND created_at < ?5 AND NUMBER <= ?6`,
		byTag: ` FROM TAGS JOIN ROWS ON NUMBER = OWNER
			WHERE tag = ?2 AND TAGS.listed > 0 AND ROWS.listed BETWEEN 1 AND ?3 AND TAGS.created_at >= ?4 AND TAGS.created_at < ?5 AND OWNER <= ?6`,
		byUserAndTag: ` FROM TAGS JOIN ROWS ON NUMBER = OWNER
			WHERE TAGS.user_id = ?1 AND TAGS.user_id > 0 AND tag = ?2 AND TAGS.listed > 0 AND ROWS.listed BETWEEN 1 AND ?3
				AND TAGS.created_at >= ?4 AND TAGS.created_at < ?5 AND OWNER <= ?6`,
	}
	const days = `SELECT created_at / 86400, count(*) FROM ROWS
		WHERE %s AND +listed BETWEEN 1 AND ?3 AND +created_at >= ?4 AND (?1 = 0 OR +user_id = ?1)
			AND (?2 = 0 OR EXISTS (SELECT 1 FROM TAGS WHERE OWNER = NUMBER AND tag = ?2))
		GROUP BY 1`
	q := listQueries{
		what:  what,
		newer: fill.Replace(fmt.Sprintf(days, `NUMBER > ?6`)),
		ended: fill.Replace(fmt.Sprintf(days, `NUMBER IN (ENDED) AND NUMBER <= ?6`)),
	}
	for kind, from := range from {
		at, number := `created_at`, `NUMBER`
		if listKind(kind) >= byTag {
			at, number = `TAGS.created_at`, `OWNER`
		}
		q.counts[kind] = fill.Replace(`SELECT count(*)` + from)
		q.all.add(kind, from, ``, at, number, fill)
		q.lasting.add(kind, from, ` AND `+number+` NOT IN (ENDED)`, at, number, fill)
	}
	return q
}

// add makes the statements of lists of a kind. at and number are the columns that
// lists are in the order of.
func (q *walkQueries) add(kind int, from, lasting, at, number string, fill *strings.Replacer) {
	order := ` ORDER BY ` + at + ` DESC, ` + number + ` DESC LIMIT `
	behind := strings.Replace(from, at+` < ?5`, at+` = ?5 AND `+number+` < ?8`, 1) + lasting
	ofDay := strings.Replace(from, at+` < ?5`, at+` >= wanted / 4294967296 * 86400 AND `+at+` < (wanted / 4294967296 + 1) * 86400`, 1) + lasting
	q.numbers[kind] = fill.Replace(`SELECT NUMBER` + from + lasting + order + `?8 OFFSET ?9`)
	q.places[kind] = fill.Replace(`SELECT place, coalesce((SELECT NUMBER` + ofDay + order + `1 OFFSET wanted % 4294967296), 0) FROM (places_of(?8)) AS wishes ORDER BY place`)
	q.neighbour[kind] = fill.Replace(`SELECT NUMBER, ` + at + behind + order + `1 OFFSET ?9`)
	q.neighbours[kind] = fill.Replace(`SELECT count(*)` + behind)
	q.next[kind] = fill.Replace(`SELECT NUMBER, ` + at + from + lasting + order + `1 OFFSET ?9`)
}

var (
	itemLists = listStatements(0, "items", "number", "item_tags", "item", visibility.Ended)
	postLists = listStatements(1, "albums", "id", "album_tags", "album", visibility.Spent)
)

// listBy finds the numbers of the rows that q wants, and reads the rows. The day on
// which a stretch begins is found by the tallies, so that deep pages cost as
// little as the first.
func listBy[T any](ctx context.Context, db *txn.DB, queries listQueries, q media.ListQuery,
	rows func(ctx context.Context, s txn.Tx, numbers string) ([]T, error)) (list media.List[T], err error) {
	return txn.Read(ctx, db, func(ctx context.Context, s txn.Tx) (list media.List[T], err error) {
		l, err := newListing(ctx, s, queries, q)
		if errors.Is(err, fs.ErrNotExist) {
			return list, nil // a tag that nothing bears
		}
		if err != nil {
			return list, err
		}
		var numbers []int64
		if numbers, list.Total, err = l.wanted(ctx, s); err != nil || len(numbers) == 0 {
			return list, err
		}
		wanted, err := txn.Numbers(numbers)
		if err != nil {
			return list, err
		}
		list.Some, err = rows(ctx, s, wanted)
		return list, err
	})
}
