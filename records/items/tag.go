package items

import (
	"cmp"
	"context"
	"slices"

	"postern/media"
	"postern/records/txn"
)

// InsertTag adds a spelling of a tag, unless it is there.
func InsertTag(ctx context.Context, s txn.Tx, name string) error {
	_, err := s.Exec(ctx, `INSERT INTO tags (name, folded) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, media.FoldTag(name))
	return err
}

// spellingsQuery selects the tags that are all spellings of one, by what FoldTag
// makes of it.
const spellingsQuery = `SELECT id FROM tags WHERE folded = ?`

// tagged is a table of the items that have the tag of the list, each once, and
// of their dates. Where the tag has one spelling, it is in the order of an index.
func (l itemList) tagged() (table string, args []any) {
	table = `SELECT item AS tagged, created_at AS tagged_at FROM item_tags WHERE `
	if l.UserID != 0 {
		table += `user_id = ? AND user_id > 0 AND `
		args = append(args, l.UserID)
	}
	if l.Listed {
		table += `listed > 0 AND `
	}
	if len(l.tags) == 1 {
		return table + `tag = ?`, append(args, l.tags[0])
	}
	return table + `tag IN (` + spellingsQuery + `) GROUP BY item, created_at`, append(args, media.FoldTag(l.Tag))
}

// place is where an item stands in a list by date.
type place struct{ at, number int64 }

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.at, other.at), cmp.Compare(p.number, other.number))
}

func scanPlace(scan txn.Scan) (p place, err error) { return p, scan(&p.at, &p.number) }

// mergeSpellings returns the numbers of the first items of a list by date, if its tag has
// several spellings. Each of these is in the order of an index; all together, the database
// would sort whatever any of them has.
func (l itemList) mergeSpellings(ctx context.Context, s txn.Tx) (numbers []int64, merged bool, err error) {
	if len(l.tags) < 2 || l.Sort != media.SortNewest {
		return nil, false, nil
	}
	var places []place
	for _, tag := range l.tags {
		of := l
		of.tags = []int64{tag}
		query, args := of.columns("tagged_at, tagged")
		some, err := txn.QueryAll(ctx, s, scanPlace, query, args...)
		if err != nil {
			return nil, false, err
		}
		places = append(places, some...)
	}
	slices.SortFunc(places, place.compare)
	if l.Before.Number == 0 {
		slices.Reverse(places)
	}
	places = slices.Compact(places) // an item may have two spellings
	for _, p := range places[:min(len(places), max(l.Limit, 0))] {
		numbers = append(numbers, p.number)
	}
	return numbers, true, nil
}
