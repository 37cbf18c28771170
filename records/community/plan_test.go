package community_test

import (
	"testing"

	"postern/records/community"
	"postern/records/txn/plantest"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

func TestStatementsUseTheirIndexes(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Open)
	plantest.Check(t, community.Txn(db.Community), community.Plans())
}
