//go:build !mutants

package sqlite

// synchronous is SQLite's setting by which a commit is on the disk when it
// ends. `make mutants` proves that the crash proofs notice a weaker one.
func synchronous() string { return "FULL" }
