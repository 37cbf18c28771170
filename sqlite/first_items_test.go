package sqlite

import (
	"testing"

	"postern/media"
)

// compareFirst holds the first item of each post against the list that it begins.
func (w *world) compareFirst() {
	w.t.Helper()
	for _, rejected := range []bool{false, true} {
		filter := media.Everything(noon)
		if !rejected {
			filter.Statuses = []media.Moderation{media.ModerationApproved, media.ModerationNSFW, media.ModerationPending}
		}
		all := make(map[int64]media.Filter)
		for _, p := range w.posts {
			all[p.ID] = filter
		}
		first, err := w.db.FirstItems(w.t.Context(), all, noon)
		w.must(err)
		for _, p := range w.posts {
			list, err := w.db.PostItems(w.t.Context(), p.ID, filter, 0, 1)
			w.must(err)
			got, ok := first[p.ID]
			if ok != (list.Total > 0) || ok && (got.ID != list.Some[0].ID || got.Original.Key != list.Some[0].Original.Key) {
				w.t.Errorf("post %s, rejected ones %v: got %q first, want that of %+v", p.Slug, rejected, got.ID, list)
			}
		}
	}
}

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
