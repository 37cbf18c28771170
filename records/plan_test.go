package records_test

import (
	"testing"

	"postern/records"
	"postern/records/txn/plantest"
	"postern/sqlite"
	"postern/sqlite/sqlitetest"
)

func TestStatementsUseTheirIndexes(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Open)
	plantest.Check(t, records.Txn(db.DB), records.Plans())
}
