//go:build !race

package sqlite

// backlog is how many expired items are worked off.
const backlog = 100_000
