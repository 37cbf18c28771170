//go:build mutants

package sqlite

import (
	"context"
	"os"
)

// synchronous is weaker when the crash proofs are to notice it.
func synchronous() string {
	if os.Getenv("MUTANT") == "no-log-sync" {
		return "NORMAL"
	}
	return "FULL"
}

func snapshot(ctx context.Context, s *conn, from, to string) error {
	if os.Getenv("MUTANT") != "backup-without-log" {
		_, err := s.conn.ExecContext(ctx, "VACUUM INTO ?", to)
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
