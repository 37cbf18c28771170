package sqlite

import (
	"testing"

	"postern/media"
)

// BenchmarkFirstItems reads the first items of a page of as many posts as a
// page may have.
func BenchmarkFirstItems(b *testing.B) {
	db := fillCommunity(b, 100_000)
	posts := make(map[int64]media.Filter)
	for i := range int64(250) {
		posts[i*37+1] = media.Everything(noon)
	}
	for b.Loop() {
		if first, err := db.FirstItems(b.Context(), posts, noon); err != nil || len(first) != len(posts) {
			b.Fatalf("got %d of %d, %v", len(first), len(posts), err)
		}
	}
}
