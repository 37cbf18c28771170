package postgres

import "context"

// Faults returns what is wrong with the database itself, a line each. PostgreSQL
// refuses what would refer to nothing; pg_amcheck looks at its files.
func (db *DB) Faults(ctx context.Context) ([]string, error) {
	return nil, db.Ping(ctx)
}
