// Package accounts has the statements on users, on what lets them in (keys, passwords,
// sessions, invitations), and on whom they follow.
package accounts

import "postern/records/txn"

// Accounts keeps users and what lets them in. Errors, durability and concurrency are as
// records.DB says.
type Accounts struct{ tx *txn.DB }

// New returns the accounts of a database.
func New(db *txn.DB) *Accounts { return &Accounts{db} }
