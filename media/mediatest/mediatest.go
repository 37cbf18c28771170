// Package mediatest holds the contracts of a database in package media as tests that
// every implementation runs.
package mediatest

import (
	"slices"
	"testing"

	"postern/media/mediatest/accounts"
	"postern/media/mediatest/contract"
	"postern/media/mediatest/galleries"
	"postern/media/mediatest/items"
)

// Run checks a database against the contract. open returns a fresh, empty one,
// which is closed when its test ends.
func Run(t *testing.T, open func(t *testing.T) contract.Records) {
	for _, clause := range slices.Concat(items.Clauses, accounts.Clauses, galleries.Clauses) {
		t.Run(clause.Name, func(t *testing.T) { clause.Run(t, open(t)) })
	}
}
