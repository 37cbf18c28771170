// Package records keeps items, accounts and all else that package media asks of
// a database. Its statements are for every engine: an engine opens a database,
// keeps its schema and carries out transactions (package txn).
//
// The packages below keep a subject each; this one joins them, and keeps what is of
// several or of none: imports, the audit log, webhooks, identity and secret.
package records

import (
	"postern/media"
	"postern/records/accounts"
	"postern/records/community"
	"postern/records/items"
	"postern/records/txn"
)

// DB is a database of any engine. It is safe for concurrent use. Every write is durable
// when its method returns, or else left no trace; only an error of the commit
// itself leaves open which, unless it wraps media.ErrFull or media.ErrBusy. A
// method heeds the end of its context until it has its turn, and is then carried
// out.
type DB struct {
	*accounts.Accounts
	*items.ItemRecords
	*community.Community
	tx    *txn.DB
	index txn.Index
}

var (
	_ media.ItemRecords       = (*DB)(nil)
	_ media.Accounts          = (*DB)(nil)
	_ media.Bans              = (*DB)(nil)
	_ media.AddressBans       = (*DB)(nil)
	_ media.Sessions          = (*DB)(nil)
	_ media.Credentials       = (*DB)(nil)
	_ media.CommunityRecords  = (*DB)(nil)
	_ media.RenditionRecords  = (*DB)(nil)
	_ media.ModerationRecords = (*DB)(nil)
	_ media.AuditRecords      = (*DB)(nil)
	_ media.Oversight         = (*DB)(nil)
	_ media.WebhookRecords    = (*DB)(nil)
	_ media.ReportRecords     = (*DB)(nil)
)

// New returns the records that an engine keeps.
func New(engine txn.Engine, index txn.Index) *DB {
	t := txn.New(engine)
	return &DB{accounts.New(t), items.New(t, index), community.New(t), t, index}
}
