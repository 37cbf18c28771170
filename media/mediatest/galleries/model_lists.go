package galleries

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

// listed is the plain meaning of a list.
func (m *model) listed(q media.ListQuery) (ids []string) {
	var found []*modelItem
	for _, it := range m.items {
		visible := it.there() && it.seen() == media.Public && !m.own(it) && it.moderation == media.ModerationApproved && (q.NSFW || !it.NSFW)
		for _, p := range m.posts {
			visible = visible && (it.post != p.ID || public(p))
		}
		if visible && (q.UserID == 0 || q.UserID == it.UserID) && (q.Tag == "" || slices.Contains(it.Tags, q.Tag)) &&
			!it.CreatedAt.Before(q.Since) && (q.Until == 0 || it.Number <= q.Until) {
			found = append(found, it)
		}
	}
	slices.SortFunc(found, func(a, b *modelItem) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.Number, a.Number))
	})
	for _, it := range found {
		ids = append(ids, it.ID)
	}
	return ids
}

// compareList asks for a stretch of a list of items and one of posts, or for
// some ranks of them.
func (m *model) compareList() {
	m.t.Helper()
	q := media.ListQuery{Now: contract.Noon, NSFW: m.r.IntN(2) == 0, Offset: m.r.IntN(20), Limit: 1 + m.r.IntN(20)}
	if m.r.IntN(2) == 0 {
		q.UserID = pick(m, m.users).ID
	}
	if m.r.IntN(2) == 0 {
		q.Tag = pick(m, append(modelTags, "nothing"))
	}
	if m.r.IntN(2) == 0 {
		q.Since = contract.Noon.Add(-time.Duration(m.r.IntN(30*24*60)) * time.Minute)
	}
	if m.r.IntN(2) == 0 {
		q.Until = int64(1 + m.r.IntN(len(m.items)))
	}
	if m.r.IntN(4) == 0 {
		q.Ranks = []int{m.r.IntN(9), m.r.IntN(9)}
	}
	items, err := m.db.ListItems(m.t.Context(), q)
	m.must(err)
	var got []string
	for _, it := range items.Some {
		got = append(got, it.ID)
	}
	m.compare("items", q, items.Total, got, m.listed(q))

	posts, err := m.db.ListPosts(m.t.Context(), q, 0)
	m.must(err)
	got = nil
	for _, p := range posts.Some {
		got = append(got, p.Slug)
	}
	m.compare("posts", q, posts.Total, got, m.listedPosts(q))
}

func (m *model) compare(what string, q media.ListQuery, total int, got, all []string) {
	m.t.Helper()
	want := all[min(q.Offset, len(all)):min(q.Offset+q.Limit, len(all))]
	if q.Ranks != nil {
		want = nil
		for _, rank := range q.Ranks {
			if rank < len(all) {
				want = append(want, all[rank])
			}
		}
	}
	if total != len(all) || !slices.Equal(got, want) {
		m.t.Errorf("%s %+v: got %d, %v, want %d, %v", what, q, total, got, len(all), want)
	}
}

// listedPosts is the plain meaning of a list of posts.
func (m *model) listedPosts(q media.ListQuery) (slugs []string) {
	var found []*media.Post
	for _, p := range m.posts {
		items, own, status := m.moderatedAs(p)
		visible := public(p) && items > own && (status == media.ModerationApproved || q.NSFW && status == media.ModerationNSFW)
		if visible && (q.UserID == 0 || q.UserID == p.UserID) && (q.Tag == "" || slices.Contains(p.Tags, q.Tag)) &&
			!p.CreatedAt.Before(q.Since) && (q.Until == 0 || p.ID <= q.Until) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *media.Post) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	for _, p := range found {
		slugs = append(slugs, p.Slug)
	}
	return slugs
}

// moderatedAs returns how many items a post has, how many of them its owner alone sees,
// and the moderation status that they give it.
func (m *model) moderatedAs(p *media.Post) (items, own int, status media.Moderation) {
	nsfw, pending, rejected := 0, 0, 0
	for _, it := range m.items {
		if it.post == p.ID && !it.trashed {
			items++
			switch {
			case m.own(it):
				own++
			case it.moderation == media.ModerationPending:
				pending++
			case it.moderation == media.ModerationRejected:
				rejected++
			case it.NSFW:
				nsfw++
			}
		}
	}
	switch {
	case items > own && rejected == items-own:
		return items, own, media.ModerationRejected
	case pending > 0:
		return items, own, media.ModerationPending
	case nsfw > 0:
		return items, own, media.ModerationNSFW
	}
	return items, own, media.ModerationApproved
}

// comparePosts holds the counts of posts against their items.
func (m *model) comparePosts() {
	m.t.Helper()
	for _, p := range m.posts {
		got, err := m.db.PostBySlug(m.t.Context(), p.Slug, 0, contract.Noon)
		m.must(err)
		items, own, want := m.moderatedAs(p)
		if got.Items != int64(items) || got.OwnItems != int64(own) || got.Moderation != want || !slices.Equal(got.Tags, p.Tags) && len(p.Tags) > 0 {
			m.t.Errorf("post %s: got %d items, %s, tags %q, want %d, %s, %q", p.Slug, got.Items, got.Moderation, got.Tags, items, want, p.Tags)
		}
	}
	m.compareFirst()
}

// compareFirst holds the first item of each post against the list that it begins.
func (m *model) compareFirst() {
	m.t.Helper()
	for _, rejected := range []bool{false, true} {
		filter := media.Everything(contract.Noon)
		if !rejected {
			filter.Statuses = []media.Moderation{media.ModerationApproved, media.ModerationNSFW, media.ModerationPending}
		}
		all := make(map[int64]media.Filter)
		for _, p := range m.posts {
			all[p.ID] = filter
		}
		first, err := m.db.FirstItems(m.t.Context(), all, contract.Noon)
		m.must(err)
		for _, p := range m.posts {
			list, err := m.db.PostItems(m.t.Context(), p.ID, filter, 0, 1)
			m.must(err)
			got, ok := first[p.ID]
			if ok != (list.Total > 0) || ok && (got.ID != list.Some[0].ID || got.Original.Key != list.Some[0].Original.Key) {
				m.t.Errorf("post %s, rejected ones %v: got %q first, want that of %+v", p.Slug, rejected, got.ID, list)
			}
		}
	}
}

func listsWithoutEnded(t *testing.T, db contract.Records) {
	m := newModel(t, db, 1)
	u := m.users[0]
	add := func(i int, verdict media.Moderation, ended bool) int64 {
		it := contract.Picture(fmt.Sprintf("%07d", i))
		it.UserID, it.Tags = u.ID, []string{"cat"}
		it.CreatedAt = contract.Noon.Add(-time.Duration(i*10) * time.Hour)
		if ended {
			it.ExpiresAt = contract.Noon
		}
		m.must(m.db.InsertItem(t.Context(), &it, media.UploadLimits{}))
		_, err := m.db.SetModeration(t.Context(), it.ID, verdict)
		m.must(err)
		return it.Number
	}
	post := func(slug string, items ...int64) {
		p := media.Post{Album: media.Album{Slug: slug, UserID: u.ID, CreatedAt: contract.Noon, Visibility: media.Public}, Tags: []string{"cat"}}
		m.must(m.db.InsertPost(t.Context(), &p, items))
	}
	const ok, bad = media.ModerationApproved, media.ModerationRejected
	post("stays", add(1, ok, false), add(2, ok, true))
	post("ended", add(3, ok, true), add(4, ok, true))
	post("shut", add(5, ok, true), add(6, bad, false))
	for _, q := range []media.ListQuery{
		{}, {NSFW: true}, {UserID: u.ID}, {Tag: "cat"}, {UserID: u.ID, Tag: "cat"}, {Since: contract.Noon.Add(-55 * time.Hour)},
		{Until: 6}, {Ranks: []int{0, 1, 2}},
	} {
		q.Limit = 10
		for now, want := range map[time.Time]string{contract.Noon.Add(-time.Second): "5 3", contract.Noon: "1 1"} {
			q.Now = now
			items, err := m.db.ListItems(t.Context(), q)
			m.must(err)
			posts, err := m.db.ListPosts(t.Context(), q, 0)
			m.must(err)
			if got := fmt.Sprint(items.Total, " ", posts.Total); got != want {
				t.Errorf("%+v: got %s items and posts, want %s", q, got, want)
			}
			if now.Equal(contract.Noon) && (len(items.Some) != 1 || len(posts.Some) != 1 || posts.Some[0].Slug != "stays" || posts.Some[0].Items != 1) {
				t.Errorf("%+v: got %d items and the posts %+v", q, len(items.Some), posts.Some)
			}
		}
	}
}
