package postgres

import (
	"testing"

	"postern/records"
	"postern/records/searchtest"
)

// Now and then the terms of some items are forgotten, as those of items that were there
// before there were any, and made again.
func TestSearchesFindWhatAScanFinds(t *testing.T) {
	t.Parallel()
	searchtest.Run(t, 1, func(t *testing.T) searchtest.Database {
		db := openTest(t)
		forgotten := false
		return searchtest.Database{DB: db.DB, Scan: records.New(engine{db}, searchtest.NoIndex{Index: wordIndex{}}), Index: func() error {
			if forgotten = !forgotten; !forgotten {
				return db.indexUnmade(t.Context())
			}
			_, err := db.pool.ExecContext(t.Context(), `UPDATE item_words SET terms = NULL WHERE item % 3 = 0`)
			return err
		}}
	})
}
