package galleries

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"postern/media"
	"postern/media/mediatest/contract"
)

// compareGalleries holds the lengths of galleries, trashes and posts against
// their items.
func (m *model) compareGalleries() {
	m.t.Helper()
	var queries []media.ItemQuery
	for _, u := range m.users {
		queries = append(queries, media.ItemQuery{UserID: u.ID}, media.ItemQuery{UserID: u.ID, InTrash: true}, media.ItemQuery{UserID: u.ID, Kind: media.KindVideo})
	}
	for _, p := range m.posts {
		queries = append(queries, media.ItemQuery{AlbumID: p.ID}, media.ItemQuery{AlbumID: p.ID, UserID: p.UserID})
	}
	statuses := media.Everything(contract.Noon).Statuses
	for _, q := range queries {
		q.Filter, q.Limit = media.Filter{Now: contract.Noon, Statuses: statuses[:1+m.r.IntN(len(statuses))]}, 1000
		want, err := m.db.Items(m.t.Context(), q)
		m.must(err)
		if got, err := m.db.CountItems(m.t.Context(), q); err != nil || got != len(want) {
			m.t.Errorf("%+v: counted %d, %v, want %d", q, got, err, len(want))
		}
	}
}

// compareSorts holds the gallery of a user, walked page by page in an order, against its
// items sorted by the model's own rule.
func (m *model) compareSorts() {
	m.t.Helper()
	q := media.ItemQuery{UserID: pick(m, m.users).ID, Filter: media.Everything(contract.Noon), Sort: pick(m, media.Sorts()), Limit: 1000}
	q.NoAlbum, q.Visibility = m.r.IntN(3) == 0, pick(m, []media.Visibility{"", "", media.Public, media.Hidden, media.Private})
	var want []*modelItem
	for _, it := range m.items {
		if it.UserID == q.UserID && it.there() && !it.Expired(contract.Noon) &&
			(!q.NoAlbum || it.post == 0) && (q.Visibility == "" || it.seen() == q.Visibility) {
			want = append(want, it)
		}
	}
	slices.SortFunc(want, func(a, b *modelItem) int {
		switch q.Sort {
		case media.SortOldest:
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Number, b.Number))
		case media.SortTitle:
			return cmp.Or(cmp.Compare(a.SortTitle(), b.SortTitle()), cmp.Compare(a.Number, b.Number))
		case media.SortSize:
			return cmp.Or(cmp.Compare(b.Original.Size, a.Original.Size), cmp.Compare(b.Number, a.Number))
		case media.SortViews:
			return cmp.Or(cmp.Compare(b.Views, a.Views), cmp.Compare(b.Number, a.Number))
		}
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.Number, a.Number))
	})
	var all []string
	for _, it := range want {
		all = append(all, it.ID)
	}
	wantWalked(m.t, m.db, q, all)
	q.Limit = 0
	if got, err := m.db.CountItems(m.t.Context(), q); err != nil || got != len(all) {
		m.t.Errorf("%+v: counted %d, %v, want %d", q, got, err, len(all))
	}
}

// compareCounts holds everything that is counted against a new count, and looks
// for what is left of the user who is gone.
func (m *model) compareCounts() {
	m.t.Helper()
	for what, find := range map[string]func(context.Context) ([]string, error){"faults": m.db.Faults, "miscounts": m.db.Miscounts} {
		if lines, err := find(m.t.Context()); err != nil || len(lines) > 0 {
			m.t.Errorf("%s: %q, %v, want none", what, lines, err)
		}
	}
	const tallied = ` FROM (SELECT "user" AS owner, tag, day, sum(approved) AS approved, sum(nsfw) AS adult FROM tallies WHERE what = %d
		GROUP BY "user", tag, day) AS t WHERE EXISTS (SELECT count(*) FROM %s WHERE created_at / 86400 = t.day AND (t.owner = 0 OR user_id = t.owner)
			AND (t.tag = 0 OR %s IN (SELECT %s FROM %s AS bearers WHERE bearers.tag = t.tag))
			HAVING count(*) FILTER (WHERE listed = 1) <> t.approved OR count(*) FILTER (WHERE listed = 2) <> t.adult)`
	user := m.users[0].ID
	wantRows(m.t, m.db, map[string]string{
		"items of the user":        fmt.Sprintf(` FROM items WHERE user_id = %d`, user),
		"albums of the user":       fmt.Sprintf(` FROM albums WHERE user_id = %d`, user),
		"usage of the user":        fmt.Sprintf(` FROM usage WHERE user_id = %d`, user),
		"tallies of the user":      fmt.Sprintf(` FROM tallies WHERE "user" = %d`, user),
		"wrong tallies of items":   fmt.Sprintf(tallied, 0, "items", "number", "item", "item_tags"),
		"wrong tallies of posts":   fmt.Sprintf(tallied, 1, "albums", "id", "album", "album_tags"),
		"empty tallies":            ` FROM tallies WHERE approved = 0 AND nsfw = 0`,
		"tags not listed as items": ` FROM item_tags JOIN items ON number = item WHERE item_tags.listed <> items.listed`,
		"tags not listed as posts": ` FROM album_tags JOIN albums ON id = album WHERE album_tags.listed <> albums.listed`,
		"tags that nothing bears":  ` FROM tags WHERE id NOT IN (SELECT tag FROM item_tags UNION SELECT tag FROM album_tags)`,
	})
}
