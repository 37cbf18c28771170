// Package galleries has the clauses about what holds items, and what people do there:
// lists, albums, the trash, posts, comments, votes and follows.
package galleries

import "slices"

// Clauses are those of this package.
var Clauses = slices.Concat(listClauses, selectionClauses, trashClauses, albumClauses, communityClauses, modelClauses, dayClauses)
