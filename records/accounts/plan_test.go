package accounts_test

import (
	"testing"

	"postern/records/accounts"
	"postern/records/txn/plantest"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

func TestStatementsUseTheirIndexes(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Open)
	plantest.Check(t, accounts.Txn(db.Accounts), accounts.Plans())
}
