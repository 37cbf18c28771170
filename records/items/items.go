// Package items has the statements on items: their files and tags, how they come, change
// and go, the lists of their owners, and what is counted of them.
package items

import "postern/records/txn"

// ItemRecords keeps items. Its methods are those of media.ItemRecords, media.Bans and
// others; errors, durability and concurrency are as records.DB says.
type ItemRecords struct {
	tx     *txn.DB
	index  txn.Index
	served served
}

// New returns the items of a database, whose words an index knows.
func New(db *txn.DB, index txn.Index) *ItemRecords { return &ItemRecords{tx: db, index: index} }
