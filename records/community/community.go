// Package community has the statements on albums and posts, and on what people do there:
// categories, comments, votes, and the lists that everybody sees.
package community

import "postern/records/txn"

// Community keeps albums, posts, comments, votes and categories. Errors, durability and
// concurrency are as records.DB says.
type Community struct{ tx *txn.DB }

// New returns the community of a database.
func New(db *txn.DB) *Community { return &Community{db} }
