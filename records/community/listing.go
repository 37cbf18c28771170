package community

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"

	"postern/media"
	"postern/records/txn"
)

const daySeconds = 24 * 60 * 60

// listing is one list under way.
type listing struct {
	media.ListQuery
	listQueries
	walkQueries // those of lasting, or of all where nothing has ended
	kind        listKind
	tag         int64 // 0 for any
	max         int   // that listed may be
	since       int64
	until       int64
}

func newListing(ctx context.Context, s txn.Tx, queries listQueries, q media.ListQuery) (listing, error) {
	l := listing{ListQuery: q, listQueries: queries, max: 1, until: math.MaxInt64}
	if q.NSFW {
		l.max = 2
	}
	if !q.Since.IsZero() {
		l.since = q.Since.Unix()
	}
	if q.Until != 0 {
		l.until = q.Until
	}
	if q.UserID != 0 {
		l.kind = byUser
	}
	if q.Tag == "" {
		return l, nil
	}
	l.kind += byTag
	var err error
	l.tag, err = txn.QueryOne(ctx, s, txn.Value[int64], `SELECT id FROM tags WHERE name = ?`, q.Tag)
	return l, err
}

// tally is how many rows a day has.
type tally struct {
	day   int64
	count int
}

func scanTally(scan txn.Scan) (t tally, err error) {
	err = scan(&t.day, &t.count)
	return t, err
}

// wanted returns the numbers of what is wanted of the list, and how long the
// list is.
func (l listing) wanted(ctx context.Context, s txn.Tx) (numbers []int64, total int, err error) {
	most := firstDays
	if l.Ranks != nil || l.since%daySeconds > 0 || l.Offset > farOffset {
		most = allDays
	}
	days, older, ended, err := l.days(ctx, s, most)
	if err == nil && older > 0 && l.Offset >= lengthOf(days) {
		days, older, ended, err = l.days(ctx, s, allDays)
	}
	if err != nil {
		return nil, 0, err
	}
	if l.walkQueries = l.all; ended {
		l.walkQueries = l.lasting
	}
	if total = lengthOf(days) + older; l.Ranks == nil {
		numbers, err = l.stretch(ctx, s, days, l.Offset, l.Limit)
		return numbers, total, err
	}
	numbers, err = l.ranked(ctx, s, days)
	return numbers, total, err
}

const (
	// firstDays are read for a page that begins within them, which most do: those with no
	// farOffset. Of older ones the database returns the sum.
	firstDays = 60
	farOffset = 1000
	allDays   = math.MaxInt32
)

func lengthOf(days []tally) (n int) {
	for _, d := range days {
		n += d.count
	}
	return n
}

// placed is where in the list a row is.
type placed struct{ number, at int64 }

func scanPlaced(scan txn.Scan) (p placed, err error) {
	err = scan(&p.number, &p.at)
	return p, err
}

// dayRanks are wanted ranks of one day, in order.
type dayRanks struct {
	tally
	first int // the rank at which the day begins
	ranks []int
}

// maxPassed bounds the rows that are passed on the way to ranks of a day, each of
// which is counted from the end of the day. It is far above what a day has of most
// lists.
const maxPassed = 100_000

// ranked returns the numbers of the rows at the wanted ranks.
func (l listing) ranked(ctx context.Context, s txn.Tx, days []tally) (numbers []int64, err error) {
	found := make(map[int]int64, len(l.Ranks))
	var counted []dayRanks
	for _, d := range ranksByDay(l.Ranks, days) {
		if len(d.ranks)*d.count <= maxPassed {
			counted = append(counted, d)
		} else if err := l.walk(ctx, s, d, found); err != nil {
			return nil, err
		}
	}
	if err := l.count(ctx, s, counted, found); err != nil {
		return nil, err
	}
	for _, rank := range l.Ranks {
		if number := found[rank]; number != 0 {
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}

// ranksByDay sorts ranks by the days that they are in. What is in none is left out.
func ranksByDay(ranks []int, days []tally) (all []dayRanks) {
	first := 0
	for _, rank := range slices.Compact(slices.Sorted(slices.Values(ranks))) {
		for len(days) > 0 && rank >= first+days[0].count {
			first += days[0].count
			days = days[1:]
		}
		if len(days) == 0 {
			break
		}
		if n := len(all); n == 0 || all[n-1].day != days[0].day {
			all = append(all, dayRanks{tally: days[0], first: first})
		}
		last := &all[len(all)-1]
		last.ranks = append(last.ranks, rank)
	}
	return all
}

// count finds ranks by their distance from the end of their day. What is not shown
// any more is still in the tallies, so that a day may have fewer.
func (l listing) count(ctx context.Context, s txn.Tx, days []dayRanks, found map[int]int64) error {
	if _, ok := s.Session.(txn.RowOffsets); ok {
		return l.countAtOnce(ctx, s, days, found)
	}
	for _, d := range days {
		for _, rank := range d.ranks {
			number, err := txn.QueryOne(ctx, s, txn.Value[int64], l.numbers[l.kind], l.args(max(l.since, d.day*daySeconds), d.before(), 1, rank-d.first)...)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			found[rank] = number
		}
	}
	return nil
}

// countAtOnce is count in one statement.
func (l listing) countAtOnce(ctx context.Context, s txn.Tx, days []dayRanks, found map[int]int64) error {
	var ranks []int
	var offsets []int64 // with their days
	for _, d := range days {
		for _, rank := range d.ranks {
			ranks, offsets = append(ranks, rank), append(offsets, d.day<<32+int64(rank-d.first))
		}
	}
	if len(ranks) == 0 {
		return nil
	}
	list, err := txn.Numbers(offsets)
	if err != nil {
		return err
	}
	next := 0
	return s.Each(ctx, func(scan txn.Scan) error {
		var place, number int64
		if err := scan(&place, &number); err != nil {
			return err
		}
		found[ranks[next]] = number
		next++
		return nil
	}, l.places[l.kind], l.args(l.since, 0, list)...)
}

// walk finds ranks of a day by walking down it once: no row is passed twice.
func (l listing) walk(ctx context.Context, s txn.Tx, d dayRanks, found map[int]int64) error {
	passed, last := d.first-1, placed{0, d.before()}
	for _, rank := range d.ranks {
		next, err := l.behind(ctx, s, last, rank-passed-1)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // what is not shown any more is still in the tallies
		}
		if err != nil {
			return err
		}
		found[rank], passed, last = next.number, rank, next
	}
	return nil
}

// stretch returns up to limit numbers behind the first offset ones.
func (l listing) stretch(ctx context.Context, s txn.Tx, days []tally, offset, limit int) ([]int64, error) {
	for _, d := range days {
		if offset < d.count {
			return txn.QueryAll(ctx, s, txn.Value[int64], l.numbers[l.kind], l.args(l.since, d.before(), limit, offset)...)
		}
		offset -= d.count
	}
	return nil, nil
}

// behind returns the row that is behind another with so many between them. The
// second of the other is looked at by itself: SQLite would not find the other's
// number in an index otherwise, and a second can have any number of rows.
func (l listing) behind(ctx context.Context, s txn.Tx, other placed, between int) (placed, error) {
	args := l.args(l.since, other.at, other.number)
	next, err := txn.QueryOne(ctx, s, scanPlaced, l.neighbour[l.kind], append(args, between)...)
	if !errors.Is(err, fs.ErrNotExist) {
		return next, err
	}
	passed, err := txn.QueryOne(ctx, s, txn.Value[int], l.neighbours[l.kind], args...)
	if err != nil {
		return placed{}, err
	}
	return txn.QueryOne(ctx, s, scanPlaced, l.next[l.kind], append(args, between-passed)...)
}

// before is the first second after the day.
func (t tally) before() int64 { return (t.day + 1) * daySeconds }

func (l listing) args(since, before int64, rest ...any) []any {
	return append([]any{l.UserID, l.tag, l.max, since, before, l.until, txn.Time(&l.Now)}, rest...)
}

// days are up to most tallies of the list, newest first, and the sum of older ones, less
// what is too old or too new for it, or has ended, and whether anything has.
func (l listing) days(ctx context.Context, s txn.Tx, most int) (days []tally, older int, ended bool, err error) {
	days, err = txn.QueryAll(ctx, s, scanTally, talliesQuery, l.max == 2, l.what, l.UserID, l.tag, l.since/daySeconds, most)
	if err != nil || len(days) == 0 {
		return nil, 0, false, err
	}
	if len(days) == most {
		older, err = txn.QueryOne(ctx, s, txn.Value[int], olderTalliesQuery, l.max == 2, l.what, l.UserID, l.tag, l.since/daySeconds, days[most-1].day)
		if err != nil {
			return nil, 0, false, err
		}
	}
	if oldest := &days[len(days)-1]; oldest.day == l.since/daySeconds && l.since%daySeconds > 0 {
		all := l
		all.until = math.MaxInt64
		if oldest.count, err = txn.QueryOne(ctx, s, txn.Value[int], l.counts[l.kind], all.args(l.since, oldest.before())...); err != nil {
			return nil, 0, false, err
		}
	}
	if ended, err = l.drop(ctx, s, l.listQueries.ended, days, &older); err != nil {
		return nil, 0, false, err
	}
	// What came after a walk began is little, and found by its number.
	if l.Until != 0 {
		_, err = l.drop(ctx, s, l.newer, days, &older)
	}
	return days, older, ended, err
}

const (
	talliesQuery = `
	SELECT day, CAST(sum(approved + CASE WHEN ? THEN nsfw ELSE 0 END) AS bigint) FROM tallies
	WHERE what = ? AND "user" = ? AND tag = ? AND day >= ? GROUP BY day ORDER BY day DESC LIMIT ?`
	olderTalliesQuery = `
	SELECT CAST(coalesce(sum(approved + CASE WHEN ? THEN nsfw ELSE 0 END), 0) AS bigint) FROM tallies
	WHERE what = ? AND "user" = ? AND tag = ? AND day >= ? AND day < ?`
)

// drop takes what a query counts by day out of the tallies and the sum of older ones, and
// reports whether there is any.
func (l listing) drop(ctx context.Context, s txn.Tx, query string, days []tally, older *int) (some bool, err error) {
	dropped, err := txn.QueryAll(ctx, s, scanTally, query, l.args(l.since, 0)...)
	for _, n := range dropped {
		if n.day < days[len(days)-1].day {
			*older -= n.count
		}
		for i := range days {
			if days[i].day == n.day {
				days[i].count -= n.count
			}
		}
	}
	return len(dropped) > 0, err
}

// Newest implements media.CommunityRecords.
func (db *Community) Newest(ctx context.Context) (item, post int64, err error) {
	_, err = txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (struct{}, error) {
		return txn.QueryOne(ctx, s, func(scan txn.Scan) (struct{}, error) {
			return struct{}{}, scan(&item, &post)
		}, `SELECT coalesce((SELECT max(number) FROM items), 0), coalesce((SELECT max(id) FROM albums), 0)`)
	})
	return item, post, txn.Wrap("read newest numbers", err)
}
