package accounts

import (
	"postern/records/txn"
	"postern/records/txn/plantest"
)

// Txn is the database below.
func Txn(db *Accounts) *txn.DB { return db.tx }

// Plans are statements, by what they are for, and the indexes that they use.
func Plans() []plantest.Plan {
	return []plantest.Plan{
		{"session", []any{sessionQuery, []byte("a")}, []string{"PRIMARY KEY (digest=?)"}},
		{"user by e-mail", []any{emailQuery, "a"}, []string{"user_details_email"}},
		{"ended sessions", []any{deleteSessionsQuery, 1}, []string{"sessions_expiry"}},
	}
}
