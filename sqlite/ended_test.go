package sqlite

import (
	"fmt"
	"testing"
	"time"

	"postern/media"
)

// TestListsLeaveOutWhatHasEnded reads lists before the reaper comes.
func TestListsLeaveOutWhatHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	u := w.users[0]
	add := func(i int, verdict media.Moderation, ended bool) int64 {
		it := photo(int64(i))
		it.UserID, it.AlbumID, it.NSFW, it.Tags = u.ID, 0, false, []string{"cat"}
		it.CreatedAt, it.ExpiresAt = noon.Add(-time.Duration(i*10)*time.Hour), time.Time{}
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
