//go:build mutants

package sqlite

import "os"

// synchronous is weaker when the crash proofs are to notice it.
func synchronous() string {
	if os.Getenv("POSTERN_MUTANT") == "no-log-sync" {
		return "NORMAL"
	}
	return "FULL"
}
