package postgres

import "context"

// Faults returns the faults of the database itself, a line each. PostgreSQL itself
// refuses references to missing rows; pg_amcheck checks its files.
func (db *DB) Faults(ctx context.Context) ([]string, error) {
	return nil, db.Ping(ctx)
}
