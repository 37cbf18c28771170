package sqlite

import (
	"context"
	"math"
	"slices"

	"postern/media"
	"postern/records/txn"
)

// wordList is a list that the index answers.
type wordList struct{ txn.IndexQuery }

// search returns the numbers of the first items of a list, in its order.
func (l wordList) search(ctx context.Context, s *conn, limit int) ([]int64, error) {
	places, err := txn.QueryAll(ctx, s, txn.Value[int64], `
		SELECT `+place+` FROM stale_words CROSS JOIN items ON number = item WHERE `+l.Condition, l.Args...)
	if err != nil {
		return nil, err
	}
	indexed, err := l.searchIndex(ctx, s, limit)
	if err != nil {
		return nil, err
	}
	places = append(places, indexed...)
	slices.Sort(places)
	if !l.ascends() {
		slices.Reverse(places)
	}
	numbers := make([]int64, min(len(places), limit))
	for i := range numbers {
		numbers[i] = numberAt(places[i])
	}
	return numbers, nil
}

// searchIndex returns the places of the first items that have not changed since
// they were indexed.
func (l wordList) searchIndex(ctx context.Context, s *conn, limit int) (found []int64, err error) {
	behind := l.begin()
	for _, from := range l.sources() {
		for looked, n := 0, limit; from.most == 0 || looked < from.most || soonFound(limit, looked, len(found)); n = further(limit, looked, len(found)) {
			places, err := l.candidates(ctx, s, from, behind, n)
			if err != nil {
				return nil, err
			}
			some, err := l.check(ctx, s, places)
			if err != nil {
				return nil, err
			}
			if found = append(found, some...); len(found) >= limit || len(places) < n {
				return found, nil
			}
			behind, looked = places[len(places)-1], looked+len(places)
		}
	}
	return found, nil
}

// further is how many candidates to look at next: some more than are wanted still
// where most have been right, as many as before where few have.
func further(limit, looked, found int) int {
	if 2*found < looked {
		return min(looked, maxCandidates)
	}
	return 2*(limit-found) + 8
}

// soonFound reports whether so many are found among maxCandidates, if candidates go on as those that
// were looked at.
func soonFound(wanted, looked, found int) bool { return wanted*looked <= found*maxCandidates }

// check returns those of some places whose items the list has, in their order.
func (l wordList) check(ctx context.Context, s *conn, places []int64) ([]int64, error) {
	numbers := make([]int64, len(places))
	for i, p := range places {
		numbers[i] = numberAt(p)
	}
	list, err := txn.Numbers(numbers)
	if err != nil {
		return nil, err
	}
	return txn.QueryAll(ctx, s, txn.Value[int64], `
		SELECT `+place+` FROM (places_of(?)) CROSS JOIN items ON number = wanted
		WHERE NOT EXISTS (SELECT 1 FROM stale_words WHERE item = number) AND `+l.Condition+` ORDER BY place`, append([]any{list}, l.Args...)...)
}

// ascends reports whether the list is read from older to newer items.
func (l wordList) ascends() bool { return l.Before.Number != 0 }

// begin is the place that the list begins behind.
func (l wordList) begin() int64 {
	for _, c := range []media.Cursor{l.Before, l.After} {
		if c.Number != 0 {
			return c.CreatedAt.Unix()<<30 + min(c.Number, 1<<30-1)
		}
	}
	return math.MaxInt64
}
