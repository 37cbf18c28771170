package items

import (
	"context"

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
	if len(l.tags) == 1 {
		return table + `tag = ?`, append(args, l.tags[0])
	}
	return table + `tag IN (` + spellingsQuery + `) GROUP BY item, created_at`, append(args, media.FoldTag(l.Tag))
}
