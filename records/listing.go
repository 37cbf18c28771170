package records

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"

	"postern/media"
)

const daySeconds = 24 * 60 * 60

// listing is one list under way.
type listing struct {
	media.ListQuery
	listQueries
	kind  listKind
	tag   int64 // 0 for any
	max   int   // that listed may be
	since int64
	until int64
}

func newListing(ctx context.Context, s session, queries listQueries, q media.ListQuery) (listing, error) {
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
	l.tag, err = queryOne(ctx, s, scanNumber, `SELECT id FROM tags WHERE name = ?`, q.Tag)
	return l, err
}

// tally is how many rows a day has.
type tally struct {
	day   int64
	count int
}

func scanTally(scan Scan) (t tally, err error) {
	err = scan(&t.day, &t.count)
	return t, err
}

// wanted returns the numbers of what is wanted of the list, and how long the
// list is.
func (l listing) wanted(ctx context.Context, s session) (numbers []int64, total int, err error) {
	days, err := l.days(ctx, s)
	if err != nil {
		return nil, 0, err
	}
	for _, d := range days {
		total += d.count
	}
	if l.Ranks == nil {
		numbers, err = l.stretch(ctx, s, days, l.Offset, l.Limit)
		return numbers, total, err
	}
	numbers, err = l.ranked(ctx, s, days)
	return numbers, total, err
}

// placed is where in the list a row is.
type placed struct{ number, at int64 }

func scanPlaced(scan Scan) (p placed, err error) {
	err = scan(&p.number, &p.at)
	return p, err
}

// ranked returns the numbers of the rows at the wanted ranks. It walks down the
// list once: of the rows of a day, none is passed twice.
func (l listing) ranked(ctx context.Context, s session, days []tally) (numbers []int64, err error) {
	found := make(map[int]int64, len(l.Ranks))
	first, passed := 0, -1 // the rank at which the day begins, and the one found last
	var last placed
	for _, rank := range slices.Sorted(slices.Values(l.Ranks)) {
		for len(days) > 0 && rank >= first+days[0].count {
			first, passed = first+days[0].count, -1
			days = days[1:]
		}
		if len(days) == 0 {
			break
		}
		if rank == passed {
			continue
		}
		if passed < 0 {
			passed, last = first-1, placed{0, days[0].before()}
		}
		next, err := l.behind(ctx, s, last, rank-passed-1)
		if errors.Is(err, fs.ErrNotExist) {
			continue // what is not shown any more is still in the tallies
		}
		if err != nil {
			return nil, err
		}
		found[rank], passed, last = next.number, rank, next
	}
	for _, rank := range l.Ranks {
		if number, ok := found[rank]; ok {
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}

// stretch returns up to limit numbers behind the first offset ones.
func (l listing) stretch(ctx context.Context, s session, days []tally, offset, limit int) ([]int64, error) {
	for _, d := range days {
		if offset < d.count {
			return queryAll(ctx, s, scanNumber, l.numbers[l.kind], l.args(l.since, d.before(), limit, offset)...)
		}
		offset -= d.count
	}
	return nil, nil
}

// behind returns the row that is behind another with so many between them. The
// second of the other is looked at by itself: SQLite would not find the other's
// number in an index otherwise, and a second can have any number of rows.
func (l listing) behind(ctx context.Context, s session, other placed, between int) (placed, error) {
	args := l.args(l.since, other.at, other.number)
	next, err := queryOne(ctx, s, scanPlaced, l.neighbour[l.kind], append(args, between)...)
	if !errors.Is(err, fs.ErrNotExist) {
		return next, err
	}
	passed, err := queryOne(ctx, s, scanCount, l.neighbours[l.kind], args...)
	if err != nil {
		return placed{}, err
	}
	return queryOne(ctx, s, scanPlaced, l.next[l.kind], append(args, between-passed)...)
}

// before is the first second after the day.
func (t tally) before() int64 { return (t.day + 1) * daySeconds }

func (l listing) args(since, before int64, rest ...any) []any {
	return append([]any{l.UserID, l.tag, l.max, since, before, l.until, unixTime{&l.Now}}, rest...)
}

// days are the tallies of the list, newest first, less what is too old or too
// new for it, or has ended.
func (l listing) days(ctx context.Context, s session) ([]tally, error) {
	days, err := queryAll(ctx, s, scanTally, talliesQuery, l.max == 2, l.what, l.UserID, l.tag, l.since/daySeconds)
	if err != nil || len(days) == 0 {
		return nil, err
	}
	if oldest := &days[len(days)-1]; oldest.day == l.since/daySeconds && l.since%daySeconds > 0 {
		all := l
		all.until = math.MaxInt64
		if oldest.count, err = queryOne(ctx, s, scanCount, l.counts[l.kind], all.args(l.since, oldest.before())...); err != nil {
			return nil, err
		}
	}
	if err := l.drop(ctx, s, l.ended, days); err != nil {
		return nil, err
	}
	// What came after a walk began is little, and found by its number.
	if l.Until != 0 {
		err = l.drop(ctx, s, l.newer, days)
	}
	return days, err
}

const talliesQuery = `
	SELECT day, CAST(sum(approved + CASE WHEN ? THEN nsfw ELSE 0 END) AS bigint) FROM tallies
	WHERE what = ? AND "user" = ? AND tag = ? AND day >= ? GROUP BY day ORDER BY day DESC`

// drop takes what a query counts by day out of the tallies.
func (l listing) drop(ctx context.Context, s session, query string, days []tally) error {
	dropped, err := queryAll(ctx, s, scanTally, query, l.args(l.since, 0)...)
	for _, n := range dropped {
		for i := range days {
			if days[i].day == n.day {
				days[i].count -= n.count
			}
		}
	}
	return err
}

// Newest implements media.CommunityRecords.
func (db *DB) Newest(ctx context.Context) (item, post int64, err error) {
	_, err = read(ctx, db, func(ctx context.Context, s session) (struct{}, error) {
		return queryOne(ctx, s, func(scan Scan) (struct{}, error) {
			return struct{}{}, scan(&item, &post)
		}, `SELECT coalesce((SELECT max(number) FROM items), 0), coalesce((SELECT max(id) FROM albums), 0)`)
	})
	return item, post, wrapErr("read newest numbers", err)
}
