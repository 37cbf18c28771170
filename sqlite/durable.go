//go:build !mutants

package sqlite

import "context"

// synchronous is SQLite's setting by which a commit is on the disk when it
// ends. `make mutants` proves that the crash proofs notice a weaker one.
func synchronous() string { return "FULL" }

// snapshot writes what a connection sees to a new file: the file of the database
// alone lacks what is still in its log.
func snapshot(ctx context.Context, s *conn, _, to string) error {
	_, err := s.conn.ExecContext(ctx, "VACUUM INTO ?", to)
	return err
}
