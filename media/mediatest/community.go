package mediatest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"postern/media"
)

var communityClauses = []contract{
	{"a post comes back as it went in", postRoundTrip},
	{"a post is changed in what is said of it alone", postChanges},
	{"a post takes items of its owner's that are in no other", postItems},
	{"the items of a post are in its order, as far as a filter lets them through", postOrder},
	{"visits of a post count", postViews},
	{"the newest numbers are told", newest},
	{"comments come in order, with what the viewer voted", comments},
	{"an answer is no deeper than the bound", answers},
	{"comments on posts that are not public are in no user's list", hiddenComments},
	{"a vote is set, changed and taken back", votes},
	{"who follows whom", follows},
	{"scores are what votes say", scores},
	{"what a user has is counted", holdings},
	{"the last admin stays", lastAdmin},
	{"the keys of a user come, the latest first", keysOf},
}

func insertPost(t *testing.T, db Records, slug string, owner media.User, items ...int64) media.Post {
	t.Helper()
	p := media.Post{Album: media.Album{Slug: slug, UserID: owner.ID, CreatedAt: noon, Visibility: media.Public}}
	if err := db.InsertPost(t.Context(), &p, items); err != nil {
		t.Fatalf("InsertPost %s: %v", slug, err)
	}
	return p
}

func insertComment(t *testing.T, db Records, post media.Post, user media.User, parent int64) media.Comment {
	t.Helper()
	c := media.Comment{PostID: post.ID, UserID: user.ID, ParentID: parent, Content: "x", CreatedAt: noon}
	if err := db.InsertComment(t.Context(), &c); err != nil {
		t.Fatalf("InsertComment: %v", err)
	}
	return c
}

func postRoundTrip(t *testing.T, db Records) {
	owner := insertUser(t, db, "ann")
	items := insert(t, db, owned("first01", owner.ID), owned("second1", owner.ID))
	want := media.Post{
		Album:       media.Album{Slug: "p1", UserID: owner.ID, Title: "Élan", CreatedAt: noon, Visibility: media.Private, AccessKey: "secret"},
		Description: "of all", Tags: []string{"sea", "Sea"}, NSFW: true,
	}
	if err := db.InsertPost(t.Context(), &want, []int64{items[1].Number, items[0].Number}); err != nil {
		t.Fatalf("InsertPost: %v", err)
	}
	want.UserName, want.Items, want.Moderation = "ann", 2, media.ModerationNSFW
	got, err := db.PostBySlug(t.Context(), "p1", 0, noon)
	if err != nil {
		t.Fatalf("PostBySlug: %v", err)
	}
	wantEqual(t, "PostBySlug", got, want)
	got, err = db.PostByID(t.Context(), want.ID, 0, noon)
	if err != nil {
		t.Fatalf("PostByID: %v", err)
	}
	wantEqual(t, "PostByID", got, want)
	status, err := db.AlbumStatus(t.Context(), want.ID, noon)
	wantError(t, "AlbumStatus", err, nil)
	wantEqual(t, "AlbumStatus", status, media.ModerationNSFW)
	// The items of a post that is marked are adult with it.
	it, err := db.Item(t.Context(), "first01")
	wantError(t, "Item", err, nil)
	wantEqual(t, "PostNSFW", it.PostNSFW, true)

	again := media.Post{Album: media.Album{Slug: "p1", UserID: owner.ID, CreatedAt: noon, Visibility: media.Public}}
	wantError(t, "InsertPost of the same slug", db.InsertPost(t.Context(), &again, nil), media.ErrIDTaken)
	_, err = db.PostBySlug(t.Context(), "none", 0, noon)
	wantMissing(t, "PostBySlug", err)
	_, err = db.PostByID(t.Context(), 99, 0, noon)
	wantMissing(t, "PostByID", err)
	_, err = db.AlbumStatus(t.Context(), 99, noon)
	wantMissing(t, "AlbumStatus", err)
}

func postChanges(t *testing.T, db Records) {
	owner := insertUser(t, db, "ann")
	p := insertPost(t, db, "p1", owner)
	title, hidden, nsfw, tags := "title", media.Hidden, true, []string{"b", "a"}
	for _, change := range []struct {
		change media.PostChange
		apply  func(p *media.Post)
	}{
		{media.PostChange{}, func(*media.Post) {}},
		{media.PostChange{Title: &title}, func(p *media.Post) { p.Title = title }},
		{media.PostChange{Description: &title}, func(p *media.Post) { p.Description = title }},
		{media.PostChange{Visibility: &hidden, AccessKey: &title}, func(p *media.Post) { p.Visibility, p.AccessKey = hidden, title }},
		{media.PostChange{NSFW: &nsfw}, func(p *media.Post) { p.NSFW, p.Moderation = true, media.ModerationNSFW }},
		{media.PostChange{Tags: &tags}, func(p *media.Post) { p.Tags = tags }},
	} {
		want, err := db.PostByID(t.Context(), p.ID, 0, noon)
		wantError(t, "PostByID", err, nil)
		change.apply(&want)
		wantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, change.change), nil)
		got, err := db.PostByID(t.Context(), p.ID, 0, noon)
		wantError(t, "PostByID", err, nil)
		wantEqual(t, "post", got, want)
	}
	wantMissing(t, "UpdatePost of none", db.UpdatePost(t.Context(), 99, media.PostChange{Title: &title}))
}

func postItems(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	items := insert(t, db, owned("anns001", ann.ID), owned("anns002", ann.ID), owned("bobs001", bob.ID))
	first := insertPost(t, db, "p1", ann, items[0].Number)
	second := insertPost(t, db, "p2", ann)
	var elsewhere *media.InPostError
	err := db.UpdatePost(t.Context(), second.ID, media.PostChange{Add: []int64{items[1].Number, items[0].Number}})
	if !errors.As(err, &elsewhere) || elsewhere.Posts[items[0].Number] != "p1" || len(elsewhere.Posts) != 1 {
		t.Errorf("an item of another post: %v", err)
	}
	for _, number := range []int64{items[2].Number, 99} {
		wantMissing(t, fmt.Sprint("item ", number), db.UpdatePost(t.Context(), second.ID, media.PostChange{Add: []int64{items[1].Number, number}}))
		p := media.Post{Album: media.Album{Slug: "p3", UserID: ann.ID, CreatedAt: noon, Visibility: media.Public}}
		wantMissing(t, fmt.Sprint("item ", number), db.InsertPost(t.Context(), &p, []int64{number}))
	}
	// What failed has left nothing.
	list, err := db.PostItems(t.Context(), second.ID, media.Everything(noon), 0, 10)
	wantError(t, "PostItems", err, nil)
	wantEqual(t, "items of the second", list.Total, 0)
	list, err = db.PostItems(t.Context(), first.ID, media.Everything(noon), 0, 10)
	wantError(t, "PostItems", err, nil)
	wantEqual(t, "items of the first", ids(list.Some), []string{"anns001"})
}

func postOrder(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	items := insert(t, db, owned("a", ann.ID), owned("b", ann.ID), owned("c", ann.ID), owned("d", ann.ID))
	p := insertPost(t, db, "p1", ann, items[2].Number, items[0].Number)
	more := media.PostChange{Add: []int64{items[3].Number, items[1].Number}}
	wantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, more), nil)
	order := func(f media.Filter, offset, limit int) (names []string, total int) {
		list, err := db.PostItems(t.Context(), p.ID, f, offset, limit)
		wantError(t, "PostItems", err, nil)
		return ids(list.Some), list.Total
	}
	got, total := order(media.Everything(noon), 0, 10)
	wantEqual(t, "order", got, []string{"c", "a", "d", "b"})
	wantEqual(t, "total", total, 4)
	front := media.PostChange{Order: []int64{items[1].Number, items[0].Number}}
	wantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, front), nil)
	got, _ = order(media.Everything(noon), 1, 2)
	wantEqual(t, "stretch of another order", got, []string{"a", "c"})
	wantMissing(t, "order of what is not in the post", db.UpdatePost(t.Context(), p.ID, media.PostChange{Order: []int64{99}}))

	if _, err := db.SetModeration(t.Context(), "a", media.ModerationPending); err != nil {
		t.Fatal(err)
	}
	shown := media.Filter{Now: noon, Statuses: []media.Moderation{media.ModerationApproved}}
	got, total = order(shown, 0, 10)
	wantEqual(t, "approved ones", got, []string{"b", "c", "d"})
	wantEqual(t, "approved ones in all", total, 3)
	numbers, err := db.PostNumbers(t.Context(), p.ID, shown, []string{"a", "b", "none", "c\x00"})
	wantError(t, "PostNumbers", err, nil)
	wantEqual(t, "PostNumbers", numbers, map[string]int64{"b": items[1].Number})
	first, err := db.FirstItems(t.Context(), map[int64]media.Filter{p.ID: shown, 99: shown}, noon)
	wantError(t, "FirstItems", err, nil)
	if len(first) != 1 || first[p.ID].ID != "b" {
		t.Errorf("FirstItems: got %+v", first)
	}
}

func postViews(t *testing.T, db Records) {
	p := insertPost(t, db, "p1", insertUser(t, db, "ann"))
	for range 3 {
		wantError(t, "AddPostView", db.AddPostView(t.Context(), p.ID, 2), nil)
	}
	got, err := db.PostByID(t.Context(), p.ID, 0, noon)
	wantError(t, "PostByID", err, nil)
	wantEqual(t, "views", got.Views, int64(6))
	wantMissing(t, "AddPostView of none", db.AddPostView(t.Context(), 99, 1))
}

func newest(t *testing.T, db Records) {
	item, post, err := db.Newest(t.Context())
	wantError(t, "Newest", err, nil)
	wantEqual(t, "Newest of nothing", []int64{item, post}, []int64{0, 0})
	ann := insertUser(t, db, "ann")
	items := insert(t, db, owned("a", ann.ID), owned("b", ann.ID))
	p := insertPost(t, db, "p1", ann)
	item, post, err = db.Newest(t.Context())
	wantError(t, "Newest", err, nil)
	wantEqual(t, "Newest", []int64{item, post}, []int64{items[1].Number, p.ID})
}

func comments(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	p := insertPost(t, db, "p1", ann, insert(t, db, owned("a", ann.ID))[0].Number)
	first := insertComment(t, db, p, ann, 0)
	second := insertComment(t, db, p, bob, first.ID)
	third := insertComment(t, db, p, bob, 0)
	_, err := db.VoteComment(t.Context(), second.ID, ann.ID, -1)
	wantError(t, "VoteComment", err, nil)
	first.UserName, second.UserName, third.UserName = "ann", "bob", "bob"
	second.Score, second.Vote = -1, -1
	got, err := db.Comment(t.Context(), second.ID, ann.ID)
	wantError(t, "Comment", err, nil)
	wantEqual(t, "Comment", got, second)
	list, err := db.PostComments(t.Context(), p.ID, ann.ID, 0, 10)
	wantError(t, "PostComments", err, nil)
	wantEqual(t, "PostComments", list, media.List[media.Comment]{Total: 3, Some: []media.Comment{first, second, third}})
	list, err = db.UserComments(t.Context(), bob.ID, ann.ID, noon, 1, 10)
	wantError(t, "UserComments", err, nil)
	wantEqual(t, "UserComments, the newest passed over", list, media.List[media.Comment]{Total: 2, Some: []media.Comment{second}})

	for what, c := range map[string]media.Comment{
		"no post":                 {PostID: 99, UserID: ann.ID, Content: "x", CreatedAt: noon},
		"no parent":               {PostID: p.ID, UserID: ann.ID, ParentID: 99, Content: "x", CreatedAt: noon},
		"a parent of other posts": {PostID: insertPost(t, db, "p2", ann).ID, UserID: ann.ID, ParentID: first.ID, Content: "x", CreatedAt: noon},
	} {
		wantMissing(t, what, db.InsertComment(t.Context(), &c))
	}
	wantError(t, "DeleteComment", db.DeleteComment(t.Context(), first.ID), nil)
	list, err = db.PostComments(t.Context(), p.ID, 0, 0, 10)
	wantError(t, "PostComments", err, nil)
	wantEqual(t, "what does not answer it", list, media.List[media.Comment]{Total: 1, Some: []media.Comment{third}})
	wantMissing(t, "DeleteComment of none", db.DeleteComment(t.Context(), first.ID))
	_, err = db.Comment(t.Context(), second.ID, 0)
	wantMissing(t, "Comment", err)
}

func answers(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	p := insertPost(t, db, "p1", ann)
	chain := []media.Comment{insertComment(t, db, p, ann, 0)}
	for len(chain) <= media.MaxCommentDepth {
		last := chain[len(chain)-1]
		chain = append(chain, insertComment(t, db, p, ann, last.ID))
		wantEqual(t, "parent", chain[len(chain)-1].ParentID, last.ID)
	}
	// The last has as many above it as may be.
	last := chain[len(chain)-1]
	wantEqual(t, "an answer to the last stands beside it", insertComment(t, db, p, ann, last.ID).ParentID, last.ParentID)
}

func hiddenComments(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	p := insertPost(t, db, "p1", ann, insert(t, db, owned("a", ann.ID))[0].Number)
	insertComment(t, db, p, ann, 0)
	for _, v := range []media.Visibility{media.Hidden, media.Private, media.Public} {
		wantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, media.PostChange{Visibility: &v}), nil)
		list, err := db.UserComments(t.Context(), ann.ID, 0, noon, 0, 10)
		wantError(t, "UserComments", err, nil)
		wantEqual(t, "comments on a post that is "+string(v), list.Total > 0, v == media.Public)
	}
}

func votes(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	p := insertPost(t, db, "p1", ann)
	c := insertComment(t, db, p, ann, 0)
	for i, step := range []struct {
		user  media.User
		value int
		score int64
		vote  int // that stays
	}{
		{ann, 1, 1, 1}, {bob, 1, 2, 1}, {ann, -1, 0, -1}, {ann, -1, 1, 0}, {ann, 1, 2, 1},
	} {
		score, err := db.VotePost(t.Context(), p.ID, step.user.ID, step.value)
		wantError(t, "VotePost", err, nil)
		wantEqual(t, fmt.Sprint("score of the post at ", i), score, step.score)
		got, err := db.PostByID(t.Context(), p.ID, step.user.ID, noon)
		wantError(t, "PostByID", err, nil)
		wantEqual(t, fmt.Sprint("vote at ", i), []any{got.Vote, got.Score}, []any{step.vote, step.score})
		score, err = db.VoteComment(t.Context(), c.ID, step.user.ID, step.value)
		wantError(t, "VoteComment", err, nil)
		wantEqual(t, fmt.Sprint("score of the comment at ", i), score, step.score)
	}
	_, err := db.VotePost(t.Context(), 99, ann.ID, 1)
	wantMissing(t, "VotePost of none", err)
	_, err = db.VoteComment(t.Context(), 99, ann.ID, 1)
	wantMissing(t, "VoteComment of none", err)
}

func follows(t *testing.T, db Records) {
	ann, bob, cat := insertUser(t, db, "ann"), insertUser(t, db, "bob"), insertUser(t, db, "cat")
	for i, pair := range [][2]media.User{{ann, cat}, {bob, cat}, {cat, ann}} {
		wantError(t, "Follow", db.Follow(t.Context(), pair[0].ID, pair[1].ID, noon.Add(time.Duration(i)*time.Second)), nil)
	}
	wantError(t, "Follow again", db.Follow(t.Context(), ann.ID, cat.ID, noon), media.ErrNameTaken)
	wantMissing(t, "Follow of none", db.Follow(t.Context(), ann.ID, 99, noon))
	list, err := db.Followers(t.Context(), cat.ID, 0, 10)
	wantError(t, "Followers", err, nil)
	wantEqual(t, "followers, the latest first", list, media.List[media.User]{Total: 2, Some: []media.User{bob, ann}})
	list, err = db.Followers(t.Context(), cat.ID, 1, 1)
	wantError(t, "Followers", err, nil)
	wantEqual(t, "the second follower", list, media.List[media.User]{Total: 2, Some: []media.User{ann}})
	list, err = db.Following(t.Context(), cat.ID, 0, 10)
	wantError(t, "Following", err, nil)
	wantEqual(t, "followed", list, media.List[media.User]{Total: 1, Some: []media.User{ann}})
	wantError(t, "Unfollow", db.Unfollow(t.Context(), ann.ID, cat.ID), nil)
	wantMissing(t, "Unfollow again", db.Unfollow(t.Context(), ann.ID, cat.ID))
	for follower, want := range map[media.User]bool{ann: false, bob: true} {
		got, err := db.Follows(t.Context(), follower.ID, cat.ID)
		wantError(t, "Follows", err, nil)
		wantEqual(t, "Follows of "+follower.Name, got, want)
	}
}

func holdings(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	items := insert(t, db, owned("a", ann.ID), owned("b", ann.ID), owned("c", ann.ID))
	p := insertPost(t, db, "p1", ann)
	insertComment(t, db, p, ann, 0)
	if _, err := db.MoveToTrash(t.Context(), "b", noon); err != nil {
		t.Fatal(err)
	}
	for i, revoked := range []time.Time{{}, noon} {
		k := media.APIKey{UserID: ann.ID, Digest: slices.Repeat([]byte{byte(i)}, 32), CreatedAt: noon, RevokedAt: revoked}
		wantError(t, "InsertKey", db.InsertKey(t.Context(), &k), nil)
	}
	want := media.Holdings{Items: 3, Bytes: 3 * (items[0].Original.Size + items[0].Thumb.Size), Trashed: 1, Albums: 1, Comments: 1, Keys: 1}
	got, err := db.Holdings(t.Context(), ann.ID)
	wantError(t, "Holdings", err, nil)
	wantEqual(t, "Holdings", got, want)
	_, err = db.Holdings(t.Context(), 99)
	wantMissing(t, "Holdings of none", err)
}

func lastAdmin(t *testing.T, db Records) {
	var admins []media.User
	for _, name := range []string{"ann", "bob"} {
		u := media.User{Name: name, Admin: true, CreatedAt: noon}
		wantError(t, "InsertUser", db.InsertUser(t.Context(), &u), nil)
		admins = append(admins, u)
	}
	insertUser(t, db, "cat")
	wantError(t, "DeleteUser", db.DeleteUser(t.Context(), admins[0].ID, noon), nil)
	h, err := db.Holdings(t.Context(), admins[1].ID)
	wantError(t, "Holdings", err, nil)
	wantEqual(t, "LastAdmin", h.LastAdmin, true)
	wantError(t, "DeleteUser of the last", db.DeleteUser(t.Context(), admins[1].ID, noon), media.ErrLastAdmin)
	u, err := db.User(t.Context(), admins[1].ID)
	wantError(t, "User", err, nil)
	wantEqual(t, "the admin", u, admins[1])
	wantMissing(t, "DeleteUser of none", db.DeleteUser(t.Context(), 99, noon))
}

func keysOf(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	var want []media.APIKey
	for i, u := range []media.User{ann, bob, ann} {
		k := media.APIKey{UserID: u.ID, Name: fmt.Sprint("key ", i), Scope: media.ScopeUpload, Digest: slices.Repeat([]byte{byte(i)}, 32), CreatedAt: noon}
		wantError(t, "InsertKey", db.InsertKey(t.Context(), &k), nil)
		if k.UserName = u.Name; u.ID == ann.ID {
			want = slices.Insert(want, 0, k)
		}
	}
	got, err := db.KeysOf(t.Context(), ann.ID)
	wantError(t, "KeysOf", err, nil)
	wantEqual(t, "KeysOf", got, want)
}
