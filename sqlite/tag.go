package sqlite

import (
	"database/sql/driver"

	sqlite "modernc.org/sqlite"

	"postern/media"
)

func init() {
	// Migrations need it.
	sqlite.MustRegisterDeterministicScalarFunction("fold_tag", 1, foldTag)
}

// foldTag is media.FoldTag in SQL.
func foldTag(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	name, _ := args[0].(string)
	return media.FoldTag(name), nil
}
