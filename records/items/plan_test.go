package items_test

import (
	"testing"

	"postern/records/items"
	"postern/records/txn/plantest"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

func TestStatementsUseTheirIndexes(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Open)
	plantest.Check(t, items.Txn(db.ItemRecords), items.Plans())
}
