package mediatest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"postern/media"
)

// world is a database with random items, posts and users, and a plain model
// of them.
type world struct {
	t     *testing.T
	db    Records
	r     *rand.Rand
	users []media.User
	items []*media.Item
	gone  map[int64]bool   // items
	trash map[int64]bool   // items that are in the trash
	mod   map[int64]string // moderation by item
	posts []*media.Post
	in    map[int64]int64 // post by item
	off   map[int64]bool  // items that came out of a post that was not public
	shut  map[int64]bool  // items that are private or have a lock
	vis   map[int64]media.Visibility
}

var worldTags = []string{"cat", "dog", "sea"}

func newWorld(t *testing.T, db Records, seed uint64) *world {
	w := &world{
		t: t, db: db, r: rand.New(rand.NewPCG(seed, seed)), gone: make(map[int64]bool), trash: make(map[int64]bool),
		mod: make(map[int64]string), in: make(map[int64]int64), off: make(map[int64]bool),
		shut: make(map[int64]bool), vis: make(map[int64]media.Visibility),
	}
	for i := range 3 {
		u := media.User{Name: fmt.Sprintf("user%d", i), CreatedAt: noon}
		w.must(w.db.InsertUser(t.Context(), &u))
		w.users = append(w.users, u)
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func pick[T any](w *world, from []T) T { return from[w.r.IntN(len(from))] }

// step does one random thing.
func (w *world) step() {
	ctx := w.t.Context()
	switch n := w.r.IntN(32); {
	case n < 8 || len(w.items) == 0:
		w.insert()
	case n < 10:
		it := pick(w, w.items)
		_, err := w.db.BeginDelete(ctx, it.ID)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.t.Fatal(err)
		}
		w.gone[it.Number] = true
		delete(w.trash, it.Number)
		delete(w.in, it.Number)
		if w.r.IntN(2) == 0 {
			w.must(w.db.FinishDelete(ctx, it.Number))
		}
	case n < 12:
		w.insertPost()
	case n < 14 && len(w.posts) > 0:
		p := pick(w, w.posts)
		p.Visibility = pick(w, []media.Visibility{media.Public, media.Hidden, media.Private})
		p.Lock = pick(w, []media.Lock{"", "", "$word"})
		w.must(w.db.UpdatePost(ctx, p.ID, media.PostChange{Visibility: &p.Visibility, Lock: &p.Lock}))
	case n < 15 && len(w.posts) > 0:
		w.deletePost()
	case n < 17:
		it := pick(w, w.items)
		verdict := pick(w, []media.Moderation{media.ModerationApproved, media.ModerationPending, media.ModerationRejected})
		if _, err := w.db.SetModeration(ctx, it.ID, verdict); err == nil {
			w.mod[it.Number] = string(verdict)
		} else if !errors.Is(err, fs.ErrNotExist) || !w.gone[it.Number] && !w.trash[it.Number] {
			w.t.Fatal(err)
		}
	case n < 21:
		w.move(pick(w, w.items))
	case n < 24:
		w.binOrBack(pick(w, w.items))
	case n < 26:
		it := pick(w, w.items)
		it.NSFW = !it.NSFW
		it.AlbumID = w.in[it.Number]
		if !w.update(it) {
			it.NSFW = !it.NSFW
		}
	default:
		w.close(pick(w, w.items))
	}
}

// update records what an item is now, unless it is not there. Its visibility is
// what its owner sees: it changes nothing.
func (w *world) update(it *media.Item) bool {
	if w.gone[it.Number] || w.trash[it.Number] {
		return false
	}
	it.Visibility = w.seen(it)
	w.must(w.db.UpdateItem(w.t.Context(), *it, noon))
	return true
}

// seen is the visibility that an item's owner sees.
func (w *world) seen(it *media.Item) media.Visibility {
	if v := w.vis[it.Number]; v != media.Public || !w.off[it.Number] {
		return v
	}
	return media.Hidden
}

// close gives an item another visibility, or a lock, or takes that away.
func (w *world) close(it *media.Item) {
	if w.gone[it.Number] || w.trash[it.Number] {
		return
	}
	want := pick(w, []media.Visibility{media.Public, media.Public, media.Hidden, media.Private})
	if want != w.seen(it) {
		w.vis[it.Number] = want
		delete(w.off, it.Number)
	}
	it.Visibility, it.AlbumID = want, w.in[it.Number]
	it.Lock = pick(w, []media.Lock{"", "", "$word"})
	w.shut[it.Number] = it.Lock != "" || want == media.Private
	w.must(w.db.UpdateItem(w.t.Context(), *it, noon))
	got, err := w.db.Item(w.t.Context(), it.ID)
	w.must(err)
	if got.Visibility != want || got.Lock != it.Lock {
		w.t.Errorf("item %s is %s, %q, want %s, %q", it.ID, got.Visibility, got.Lock, want, it.Lock)
	}
}

// public reports whether a post's items may stand in lists.
func public(p *media.Post) bool { return p.Visibility == media.Public && p.Lock == "" }

// move puts an item into a post of its owner's, or into none.
func (w *world) move(it *media.Item) {
	if w.gone[it.Number] || w.trash[it.Number] {
		return
	}
	from := w.in[it.Number]
	it.AlbumID = 0
	for _, p := range w.posts {
		if p.UserID == it.UserID && w.r.IntN(2) == 0 {
			it.AlbumID = p.ID
		}
	}
	w.update(it)
	switch {
	case it.AlbumID == from:
	case it.AlbumID != 0:
		w.in[it.Number] = it.AlbumID
		delete(w.off, it.Number)
	default:
		for _, p := range w.posts {
			w.off[it.Number] = w.off[it.Number] || p.ID == from && !public(p)
		}
		delete(w.in, it.Number)
	}
}

// binOrBack puts an item into the trash, or takes it out.
func (w *world) binOrBack(it *media.Item) {
	if w.gone[it.Number] {
		return
	}
	var err error
	if w.trash[it.Number] {
		_, err = w.db.Restore(w.t.Context(), it.ID, noon)
	} else {
		_, err = w.db.MoveToTrash(w.t.Context(), it.ID, noon.Add(time.Hour))
	}
	w.must(err)
	w.trash[it.Number] = !w.trash[it.Number]
}

func (w *world) insert() {
	it := picture(fmt.Sprintf("%07d", len(w.items)))
	it.Kind = pick(w, []media.Kind{media.KindImage, media.KindVideo})
	it.CreatedAt = noon.Add(-time.Duration(w.r.IntN(30*24)) * time.Hour)
	it.NSFW = w.r.IntN(4) == 0
	if n := w.r.IntN(4); n < 3 {
		it.UserID = w.users[n].ID
	}
	for _, tag := range worldTags {
		if w.r.IntN(3) == 0 {
			it.Tags = append(it.Tags, tag)
		}
	}
	it.Visibility = pick(w, []media.Visibility{media.Public, media.Public, media.Hidden, media.Private})
	it.Title, it.OriginalName = pick(w, []string{"", "b", "B", "Été"}), pick(w, []string{"a.jpg", "C.jpg"})
	it.Original.Size, it.Views = int64(w.r.IntN(4)*100), int64(w.r.IntN(3))
	w.must(w.db.InsertItem(w.t.Context(), &it, media.UploadLimits{}))
	w.items = append(w.items, &it)
	w.mod[it.Number], w.vis[it.Number], w.shut[it.Number] = "approved", it.Visibility, it.Visibility == media.Private
}

func (w *world) insertPost() {
	u := pick(w, w.users)
	p := &media.Post{
		Album: media.Album{Slug: fmt.Sprintf("p%06d", w.r.IntN(1e6)), UserID: u.ID, CreatedAt: noon.Add(-time.Duration(w.r.IntN(30*24)) * time.Hour),
			Visibility: pick(w, []media.Visibility{media.Public, media.Hidden, media.Private})}, Tags: worldTags[:w.r.IntN(3)],
	}
	var numbers []int64
	for _, it := range w.items {
		if it.UserID == u.ID && w.in[it.Number] == 0 && !w.gone[it.Number] && !w.trash[it.Number] && w.r.IntN(4) == 0 {
			numbers = append(numbers, it.Number)
		}
	}
	w.must(w.db.InsertPost(w.t.Context(), p, numbers))
	for _, n := range numbers {
		w.in[n] = p.ID
		delete(w.off, n)
	}
	w.posts = append(w.posts, p)
}

func (w *world) deletePost() {
	i := w.r.IntN(len(w.posts))
	p := w.posts[i]
	w.must(w.db.DeleteAlbum(w.t.Context(), p.ID))
	w.posts = slices.Delete(w.posts, i, i+1)
	for n, post := range w.in {
		if post == p.ID {
			delete(w.in, n)
			w.off[n] = w.off[n] || !public(p)
		}
	}
}

// listed is the plain meaning of a list.
func (w *world) listed(q media.ListQuery) (ids []string) {
	var found []*media.Item
	for _, it := range w.items {
		visible := !w.gone[it.Number] && !w.trash[it.Number] && !w.off[it.Number] && w.vis[it.Number] == media.Public && !w.shut[it.Number] && w.mod[it.Number] == "approved" && (q.NSFW || !it.NSFW)
		for _, p := range w.posts {
			visible = visible && (w.in[it.Number] != p.ID || public(p))
		}
		if visible && (q.UserID == 0 || q.UserID == it.UserID) && (q.Tag == "" || slices.Contains(it.Tags, q.Tag)) &&
			!it.CreatedAt.Before(q.Since) && (q.Until == 0 || it.Number <= q.Until) {
			found = append(found, it)
		}
	}
	slices.SortFunc(found, func(a, b *media.Item) int {
		if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
			return c
		}
		return int(b.Number - a.Number)
	})
	for _, it := range found {
		ids = append(ids, it.ID)
	}
	return ids
}

// worldClauses are random histories.
var worldClauses = []contract{
	{"lists are what their rows say: 0", func(t *testing.T, db Records) { newWorld(t, db, 0).live() }},
	{"lists are what their rows say: 1", func(t *testing.T, db Records) { newWorld(t, db, 1).live() }},
	{"lists are what their rows say: 2", func(t *testing.T, db Records) { newWorld(t, db, 2).live() }},
	{"lists are what their rows say: 3", func(t *testing.T, db Records) { newWorld(t, db, 3).live() }},
	{"lists leave out what has ended before the reaper comes", listsWithoutEnded},
}

// live does many random things and holds lists and counts against the model.
func (w *world) live() {
	for i := range 400 {
		w.step()
		if i%40 == 39 {
			for range 30 {
				w.compareList()
			}
			w.comparePosts()
			w.compareGalleries()
			w.compareSorts()
		}
	}
	w.deleteUser()
	for range 60 {
		w.compareList()
	}
	w.comparePosts()
	w.compareCounts()
}

// compareList asks for a stretch of a list of items and one of posts, or for
// some ranks of them.
func (w *world) compareList() {
	w.t.Helper()
	q := media.ListQuery{Now: noon, NSFW: w.r.IntN(2) == 0, Offset: w.r.IntN(20), Limit: 1 + w.r.IntN(20)}
	if w.r.IntN(2) == 0 {
		q.UserID = pick(w, w.users).ID
	}
	if w.r.IntN(2) == 0 {
		q.Tag = pick(w, append(worldTags, "nothing"))
	}
	if w.r.IntN(2) == 0 {
		q.Since = noon.Add(-time.Duration(w.r.IntN(30*24*60)) * time.Minute)
	}
	if w.r.IntN(2) == 0 {
		q.Until = int64(1 + w.r.IntN(len(w.items)))
	}
	if w.r.IntN(4) == 0 {
		q.Ranks = []int{w.r.IntN(9), w.r.IntN(9)}
	}
	items, err := w.db.ListItems(w.t.Context(), q)
	w.must(err)
	var got []string
	for _, it := range items.Some {
		got = append(got, it.ID)
	}
	w.compare("items", q, items.Total, got, w.listed(q))

	posts, err := w.db.ListPosts(w.t.Context(), q, 0)
	w.must(err)
	got = nil
	for _, p := range posts.Some {
		got = append(got, p.Slug)
	}
	w.compare("posts", q, posts.Total, got, w.listedPosts(q))
}

func (w *world) compare(what string, q media.ListQuery, total int, got, all []string) {
	w.t.Helper()
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
		w.t.Errorf("%s %+v: got %d, %v, want %d, %v", what, q, total, got, len(all), want)
	}
}

// listedPosts is the plain meaning of a list of posts.
func (w *world) listedPosts(q media.ListQuery) (slugs []string) {
	var found []*media.Post
	for _, p := range w.posts {
		items, own, status := w.moderatedAs(p)
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

// checked tells how many items a post has, and what that makes of it.
func (w *world) moderatedAs(p *media.Post) (items, own int, status media.Moderation) {
	nsfw, pending, rejected := 0, 0, 0
	for _, it := range w.items {
		if w.in[it.Number] == p.ID && !w.trash[it.Number] {
			items++
			switch {
			case w.shut[it.Number]:
				own++
			case w.mod[it.Number] == "pending":
				pending++
			case w.mod[it.Number] == "rejected":
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
func (w *world) comparePosts() {
	w.t.Helper()
	for _, p := range w.posts {
		got, err := w.db.PostBySlug(w.t.Context(), p.Slug, 0, noon)
		w.must(err)
		items, own, want := w.moderatedAs(p)
		if got.Items != int64(items) || got.OwnItems != int64(own) || got.Moderation != want || !slices.Equal(got.Tags, p.Tags) && len(p.Tags) > 0 {
			w.t.Errorf("post %s: got %d items, %s, tags %q, want %d, %s, %q", p.Slug, got.Items, got.Moderation, got.Tags, items, want, p.Tags)
		}
	}
	w.compareFirst()
}

// deleteUser removes a user with everything.
func (w *world) deleteUser() {
	u := w.users[0]
	w.must(w.db.DeleteUser(w.t.Context(), u.ID, time.Time{}))
	for _, it := range w.items {
		if it.UserID == u.ID {
			w.gone[it.Number] = true
		}
	}
	w.posts = slices.DeleteFunc(w.posts, func(p *media.Post) bool { return p.UserID == u.ID })
	for {
		items, err := w.db.Deleting(w.t.Context(), 100)
		w.must(err)
		if len(items) == 0 {
			return
		}
		for _, it := range items {
			w.must(w.db.FinishDelete(w.t.Context(), it.Number))
		}
	}
}

// compareGalleries holds the lengths of galleries, trashes and posts against
// their items.
func (w *world) compareGalleries() {
	w.t.Helper()
	var queries []media.ItemQuery
	for _, u := range w.users {
		queries = append(queries, media.ItemQuery{UserID: u.ID}, media.ItemQuery{UserID: u.ID, InTrash: true}, media.ItemQuery{UserID: u.ID, Kind: media.KindVideo})
	}
	for _, p := range w.posts {
		queries = append(queries, media.ItemQuery{AlbumID: p.ID}, media.ItemQuery{AlbumID: p.ID, UserID: p.UserID})
	}
	statuses := media.Everything(noon).Statuses
	for _, q := range queries {
		q.Filter, q.Limit = media.Filter{Now: noon, Statuses: statuses[:1+w.r.IntN(len(statuses))]}, 1000
		want, err := w.db.Items(w.t.Context(), q)
		w.must(err)
		if got, err := w.db.CountItems(w.t.Context(), q); err != nil || got != len(want) {
			w.t.Errorf("%+v: counted %d, %v, want %d", q, got, err, len(want))
		}
	}
}

// compareSorts holds the gallery of a user, walked page by page in an order, against its
// items sorted by the model's own rule.
func (w *world) compareSorts() {
	w.t.Helper()
	q := media.ItemQuery{UserID: pick(w, w.users).ID, Filter: media.Everything(noon), Sort: pick(w, media.Sorts()), Limit: 1000}
	q.NoAlbum, q.Visibility = w.r.IntN(3) == 0, pick(w, []media.Visibility{"", "", media.Public, media.Hidden, media.Private})
	var want []*media.Item
	for _, it := range w.items {
		if it.UserID == q.UserID && !w.gone[it.Number] && !w.trash[it.Number] && !it.Expired(noon) &&
			(!q.NoAlbum || w.in[it.Number] == 0) && (q.Visibility == "" || w.seen(it) == q.Visibility) {
			want = append(want, it)
		}
	}
	slices.SortFunc(want, func(a, b *media.Item) int {
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
	wantWalked(w.t, w.db, q, all)
	q.Limit = 0
	if got, err := w.db.CountItems(w.t.Context(), q); err != nil || got != len(all) {
		w.t.Errorf("%+v: counted %d, %v, want %d", q, got, err, len(all))
	}
}

// compareCounts holds everything that is counted against a new count, and looks
// for what is left of the user who is gone.
func (w *world) compareCounts() {
	w.t.Helper()
	for what, find := range map[string]func(context.Context) ([]string, error){"faults": w.db.Faults, "miscounts": w.db.Miscounts} {
		if lines, err := find(w.t.Context()); err != nil || len(lines) > 0 {
			w.t.Errorf("%s: %q, %v, want none", what, lines, err)
		}
	}
	const tallied = ` FROM (SELECT "user" AS owner, tag, day, sum(approved) AS approved, sum(nsfw) AS adult FROM tallies WHERE what = %d
		GROUP BY "user", tag, day) AS t WHERE EXISTS (SELECT count(*) FROM %s WHERE created_at / 86400 = t.day AND (t.owner = 0 OR user_id = t.owner)
			AND (t.tag = 0 OR %s IN (SELECT %s FROM %s AS bearers WHERE bearers.tag = t.tag))
			HAVING count(*) FILTER (WHERE listed = 1) <> t.approved OR count(*) FILTER (WHERE listed = 2) <> t.adult)`
	user := w.users[0].ID
	wantRows(w.t, w.db, map[string]string{
		"items of the user":       fmt.Sprintf(` FROM items WHERE user_id = %d`, user),
		"albums of the user":      fmt.Sprintf(` FROM albums WHERE user_id = %d`, user),
		"usage of the user":       fmt.Sprintf(` FROM usage WHERE user_id = %d`, user),
		"tallies of the user":     fmt.Sprintf(` FROM tallies WHERE "user" = %d`, user),
		"wrong tallies of items":  fmt.Sprintf(tallied, 0, "items", "number", "item", "item_tags"),
		"wrong tallies of posts":  fmt.Sprintf(tallied, 1, "albums", "id", "album", "album_tags"),
		"empty tallies":           ` FROM tallies WHERE approved = 0 AND nsfw = 0`,
		"tags that nothing bears": ` FROM tags WHERE id NOT IN (SELECT tag FROM item_tags UNION SELECT tag FROM album_tags)`,
	})
}

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

func listsWithoutEnded(t *testing.T, db Records) {
	w := newWorld(t, db, 1)
	u := w.users[0]
	add := func(i int, verdict media.Moderation, ended bool) int64 {
		it := picture(fmt.Sprintf("%07d", i))
		it.UserID, it.Tags = u.ID, []string{"cat"}
		it.CreatedAt = noon.Add(-time.Duration(i*10) * time.Hour)
		if ended {
			it.ExpiresAt = noon
		}
		w.must(w.db.InsertItem(t.Context(), &it, media.UploadLimits{}))
		_, err := w.db.SetModeration(t.Context(), it.ID, verdict)
		w.must(err)
		return it.Number
	}
	post := func(slug string, items ...int64) {
		p := media.Post{Album: media.Album{Slug: slug, UserID: u.ID, CreatedAt: noon, Visibility: media.Public}, Tags: []string{"cat"}}
		w.must(w.db.InsertPost(t.Context(), &p, items))
	}
	const ok, bad = media.ModerationApproved, media.ModerationRejected
	post("stays", add(1, ok, false), add(2, ok, true))
	post("ended", add(3, ok, true), add(4, ok, true))
	post("shut", add(5, ok, true), add(6, bad, false))
	for _, q := range []media.ListQuery{
		{}, {NSFW: true}, {UserID: u.ID}, {Tag: "cat"}, {UserID: u.ID, Tag: "cat"}, {Since: noon.Add(-55 * time.Hour)},
		{Until: 6}, {Ranks: []int{0, 1, 2}},
	} {
		q.Limit = 10
		for now, want := range map[time.Time]string{noon.Add(-time.Second): "5 3", noon: "1 1"} {
			q.Now = now
			items, err := w.db.ListItems(t.Context(), q)
			w.must(err)
			posts, err := w.db.ListPosts(t.Context(), q, 0)
			w.must(err)
			if got := fmt.Sprint(items.Total, " ", posts.Total); got != want {
				t.Errorf("%+v: got %s items and posts, want %s", q, got, want)
			}
			if now.Equal(noon) && (len(items.Some) != 1 || len(posts.Some) != 1 || posts.Some[0].Slug != "stays" || posts.Some[0].Items != 1) {
				t.Errorf("%+v: got %d items and the posts %+v", q, len(items.Some), posts.Some)
			}
		}
	}
}
