package records

import (
	"postern/records/txn"
	"postern/records/txn/plantest"
)

// Txn is the database below.
func Txn(db *DB) *txn.DB { return db.tx }

// Plans are statements, by what they are for, and the indexes that they use.
func Plans() []plantest.Plan {
	return []plantest.Plan{
		{"a user's tags", []any{ownTagsQuery, 1, 1000}, []string{"item_tags_user (user_id=?", "album_tags_user (user_id=?"}},
		{"a user's items to retag", []any{taggedItemsQuery, 1, `["a"]`, "b", 500}, []string{"item_tags_user (user_id=? AND tag=?)"}},
		{"a user's albums to retag", []any{taggedAlbumsQuery, 1, `["a"]`, "b", 500}, []string{"album_tags_user (user_id=? AND tag=?)"}},
	}
}
