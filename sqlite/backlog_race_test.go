//go:build race

package sqlite

// backlog is how many expired items are worked off: SQLite is slow under the
// race detector.
const backlog = 2_000
