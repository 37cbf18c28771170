package galleries

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var communityClauses = []contract.Clause{
	{Name: "a post comes back as it went in", Run: postRoundTrip},
	{Name: "a post is changed in what is said of it alone", Run: postChanges},
	{Name: "a post takes items of its owner's that are in no other", Run: postItems},
	{Name: "the items of a post are in its order, as far as a filter lets them through", Run: postOrder},
	{Name: "visits of a post count", Run: postViews},
	{Name: "the newest numbers are told", Run: newest},
	{Name: "comments come in order, with what the viewer voted", Run: comments},
	{Name: "an answer is no deeper than the bound", Run: answers},
	{Name: "comments on posts that are not public are in no user's list", Run: hiddenComments},
	{Name: "a vote is set, changed and taken back", Run: votes},
	{Name: "who follows whom", Run: follows},
	{Name: "scores are what votes say", Run: scores},
	{Name: "what a user has is counted", Run: holdings},
	{Name: "the last admin stays", Run: lastAdmin},
	{Name: "the keys of a user come, the latest first", Run: keysOf},
}

func insertPost(t *testing.T, db contract.Records, slug string, owner media.User, items ...int64) media.Post {
	t.Helper()
	p := media.Post{Album: media.Album{Slug: slug, UserID: owner.ID, CreatedAt: contract.Noon, Visibility: media.Public}}
	if err := db.InsertPost(t.Context(), &p, items); err != nil {
		t.Fatalf("InsertPost %s: %v", slug, err)
	}
	return p
}

func insertComment(t *testing.T, db contract.Records, post media.Post, user media.User, parent int64) media.Comment {
	t.Helper()
	c := media.Comment{PostID: post.ID, UserID: user.ID, ParentID: parent, Content: "x", CreatedAt: contract.Noon}
	if err := db.InsertComment(t.Context(), &c); err != nil {
		t.Fatalf("InsertComment: %v", err)
	}
	return c
}

func postRoundTrip(t *testing.T, db contract.Records) {
	owner := contract.InsertUser(t, db, "ann")
	items := contract.Insert(t, db, contract.Owned("first01", owner.ID), contract.Owned("second1", owner.ID))
	want := media.Post{
		Album:       media.Album{Slug: "p1", UserID: owner.ID, Title: "Élan", CreatedAt: contract.Noon, Visibility: media.Private, AccessKey: "secret"},
		Description: "of all", Tags: []string{"sea", "Sea"}, NSFW: true,
	}
	if err := db.InsertPost(t.Context(), &want, []int64{items[1].Number, items[0].Number}); err != nil {
		t.Fatalf("InsertPost: %v", err)
	}
	want.UserName, want.Items, want.Moderation = "ann", 2, media.ModerationNSFW
	got, err := db.PostBySlug(t.Context(), "p1", 0, contract.Noon)
	if err != nil {
		t.Fatalf("PostBySlug: %v", err)
	}
	contract.WantEqual(t, "PostBySlug", got, want)
	got, err = db.PostByID(t.Context(), want.ID, 0, contract.Noon)
	if err != nil {
		t.Fatalf("PostByID: %v", err)
	}
	contract.WantEqual(t, "PostByID", got, want)
	status, err := db.AlbumStatus(t.Context(), want.ID, contract.Noon)
	contract.WantError(t, "AlbumStatus", err, nil)
	contract.WantEqual(t, "AlbumStatus", status, media.ModerationNSFW)
	// The items of a post that is marked are adult with it.
	it, err := db.Item(t.Context(), "first01")
	contract.WantError(t, "Item", err, nil)
	contract.WantEqual(t, "PostNSFW", it.PostNSFW, true)

	again := media.Post{Album: media.Album{Slug: "p1", UserID: owner.ID, CreatedAt: contract.Noon, Visibility: media.Public}}
	contract.WantError(t, "InsertPost of the same slug", db.InsertPost(t.Context(), &again, nil), media.ErrIDTaken)
	_, err = db.PostBySlug(t.Context(), "none", 0, contract.Noon)
	contract.WantMissing(t, "PostBySlug", err)
	_, err = db.PostByID(t.Context(), 99, 0, contract.Noon)
	contract.WantMissing(t, "PostByID", err)
	_, err = db.AlbumStatus(t.Context(), 99, contract.Noon)
	contract.WantMissing(t, "AlbumStatus", err)
}

func postChanges(t *testing.T, db contract.Records) {
	owner := contract.InsertUser(t, db, "ann")
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
		want, err := db.PostByID(t.Context(), p.ID, 0, contract.Noon)
		contract.WantError(t, "PostByID", err, nil)
		change.apply(&want)
		contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, change.change), nil)
		got, err := db.PostByID(t.Context(), p.ID, 0, contract.Noon)
		contract.WantError(t, "PostByID", err, nil)
		contract.WantEqual(t, "post", got, want)
	}
	contract.WantMissing(t, "UpdatePost of none", db.UpdatePost(t.Context(), 99, media.PostChange{Title: &title}))
}

func postItems(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	items := contract.Insert(t, db, contract.Owned("anns001", ann.ID), contract.Owned("anns002", ann.ID), contract.Owned("bobs001", bob.ID))
	first := insertPost(t, db, "p1", ann, items[0].Number)
	second := insertPost(t, db, "p2", ann)
	var elsewhere *media.InPostError
	err := db.UpdatePost(t.Context(), second.ID, media.PostChange{Add: []int64{items[1].Number, items[0].Number}})
	if !errors.As(err, &elsewhere) || elsewhere.Posts[items[0].Number] != "p1" || len(elsewhere.Posts) != 1 {
		t.Errorf("an item of another post: %v", err)
	}
	for _, number := range []int64{items[2].Number, 99} {
		contract.WantMissing(t, fmt.Sprint("item ", number), db.UpdatePost(t.Context(), second.ID, media.PostChange{Add: []int64{items[1].Number, number}}))
		p := media.Post{Album: media.Album{Slug: "p3", UserID: ann.ID, CreatedAt: contract.Noon, Visibility: media.Public}}
		contract.WantMissing(t, fmt.Sprint("item ", number), db.InsertPost(t.Context(), &p, []int64{number}))
	}
	// What failed has left nothing.
	list, err := db.PostItems(t.Context(), second.ID, media.Everything(contract.Noon), 0, 10)
	contract.WantError(t, "PostItems", err, nil)
	contract.WantEqual(t, "items of the second", list.Total, 0)
	list, err = db.PostItems(t.Context(), first.ID, media.Everything(contract.Noon), 0, 10)
	contract.WantError(t, "PostItems", err, nil)
	contract.WantEqual(t, "items of the first", contract.IDs(list.Some), []string{"anns001"})
}

func postOrder(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	items := contract.Insert(t, db, contract.Owned("a", ann.ID), contract.Owned("b", ann.ID), contract.Owned("c", ann.ID), contract.Owned("d", ann.ID))
	p := insertPost(t, db, "p1", ann, items[2].Number, items[0].Number)
	more := media.PostChange{Add: []int64{items[3].Number, items[1].Number}}
	contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, more), nil)
	order := func(f media.Filter, offset, limit int) (names []string, total int) {
		list, err := db.PostItems(t.Context(), p.ID, f, offset, limit)
		contract.WantError(t, "PostItems", err, nil)
		return contract.IDs(list.Some), list.Total
	}
	got, total := order(media.Everything(contract.Noon), 0, 10)
	contract.WantEqual(t, "order", got, []string{"c", "a", "d", "b"})
	contract.WantEqual(t, "total", total, 4)
	arranged := func(want bool) {
		t.Helper()
		a, err := db.Album(t.Context(), p.ID)
		contract.WantError(t, "Album", err, nil)
		contract.WantEqual(t, "Arranged", a.Arranged, want)
	}
	arranged(true) // its items were given in an order
	contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, media.PostChange{Unarranged: true}), nil)
	arranged(false)
	front := media.PostChange{Order: []int64{items[1].Number, items[0].Number}}
	contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, front), nil)
	arranged(true)
	got, _ = order(media.Everything(contract.Noon), 1, 2)
	contract.WantEqual(t, "stretch of another order", got, []string{"a", "c"})
	album := media.ItemQuery{UserID: ann.ID, AlbumID: p.ID, Sort: media.SortAlbum}
	wantListed(t, db, album, "b", "a", "c", "d")
	wantWalked(t, db, album, []string{"b", "a", "c", "d"})
	contract.WantMissing(t, "order of what is not in the post", db.UpdatePost(t.Context(), p.ID, media.PostChange{Order: []int64{99}}))
	foreign := []int64{items[3].Number, contract.Insert(t, db, contract.Owned("e", ann.ID))[0].Number}
	contract.WantMissing(t, "order of what is in no post", db.UpdatePost(t.Context(), p.ID, media.PostChange{Order: foreign}))
	wantListed(t, db, album, "b", "a", "c", "d")

	if _, err := db.SetModeration(t.Context(), "a", media.ModerationPending); err != nil {
		t.Fatal(err)
	}
	shown := media.Filter{Now: contract.Noon, Statuses: []media.Moderation{media.ModerationApproved}}
	got, total = order(shown, 0, 10)
	contract.WantEqual(t, "approved ones", got, []string{"b", "c", "d"})
	contract.WantEqual(t, "approved ones in all", total, 3)
	numbers, err := db.PostNumbers(t.Context(), p.ID, shown, []string{"a", "b", "none", "c\x00"})
	contract.WantError(t, "PostNumbers", err, nil)
	contract.WantEqual(t, "PostNumbers", numbers, map[string]int64{"b": items[1].Number})
	first, err := db.FirstItems(t.Context(), map[int64]media.Filter{p.ID: shown, 99: shown}, contract.Noon)
	contract.WantError(t, "FirstItems", err, nil)
	if len(first) != 1 || first[p.ID].ID != "b" {
		t.Errorf("FirstItems: got %+v", first)
	}
}

func postViews(t *testing.T, db contract.Records) {
	p := insertPost(t, db, "p1", contract.InsertUser(t, db, "ann"))
	for range 3 {
		contract.WantError(t, "AddPostView", db.AddPostView(t.Context(), p.ID, 2), nil)
	}
	got, err := db.PostByID(t.Context(), p.ID, 0, contract.Noon)
	contract.WantError(t, "PostByID", err, nil)
	contract.WantEqual(t, "views", got.Views, int64(6))
	contract.WantMissing(t, "AddPostView of none", db.AddPostView(t.Context(), 99, 1))
}

func newest(t *testing.T, db contract.Records) {
	item, post, err := db.Newest(t.Context())
	contract.WantError(t, "Newest", err, nil)
	contract.WantEqual(t, "Newest of nothing", []int64{item, post}, []int64{0, 0})
	ann := contract.InsertUser(t, db, "ann")
	items := contract.Insert(t, db, contract.Owned("a", ann.ID), contract.Owned("b", ann.ID))
	p := insertPost(t, db, "p1", ann)
	item, post, err = db.Newest(t.Context())
	contract.WantError(t, "Newest", err, nil)
	contract.WantEqual(t, "Newest", []int64{item, post}, []int64{items[1].Number, p.ID})
}

func comments(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	p := insertPost(t, db, "p1", ann, contract.Insert(t, db, contract.Owned("a", ann.ID))[0].Number)
	first := insertComment(t, db, p, ann, 0)
	second := insertComment(t, db, p, bob, first.ID)
	third := insertComment(t, db, p, bob, 0)
	_, err := db.VoteComment(t.Context(), second.ID, ann.ID, -1)
	contract.WantError(t, "VoteComment", err, nil)
	first.UserName, second.UserName, third.UserName = "ann", "bob", "bob"
	second.Score, second.Vote = -1, -1
	got, err := db.Comment(t.Context(), second.ID, ann.ID)
	contract.WantError(t, "Comment", err, nil)
	contract.WantEqual(t, "Comment", got, second)
	list, err := db.PostComments(t.Context(), p.ID, ann.ID, 0, 10)
	contract.WantError(t, "PostComments", err, nil)
	contract.WantEqual(t, "PostComments", list, media.List[media.Comment]{Total: 3, Some: []media.Comment{first, second, third}})
	list, err = db.UserComments(t.Context(), bob.ID, ann.ID, contract.Noon, 1, 10)
	contract.WantError(t, "UserComments", err, nil)
	contract.WantEqual(t, "UserComments, the newest passed over", list, media.List[media.Comment]{Total: 2, Some: []media.Comment{second}})

	for what, c := range map[string]media.Comment{
		"no post":                 {PostID: 99, UserID: ann.ID, Content: "x", CreatedAt: contract.Noon},
		"no parent":               {PostID: p.ID, UserID: ann.ID, ParentID: 99, Content: "x", CreatedAt: contract.Noon},
		"a parent of other posts": {PostID: insertPost(t, db, "p2", ann).ID, UserID: ann.ID, ParentID: first.ID, Content: "x", CreatedAt: contract.Noon},
	} {
		contract.WantMissing(t, what, db.InsertComment(t.Context(), &c))
	}
	contract.WantError(t, "DeleteComment", db.DeleteComment(t.Context(), first.ID), nil)
	list, err = db.PostComments(t.Context(), p.ID, 0, 0, 10)
	contract.WantError(t, "PostComments", err, nil)
	contract.WantEqual(t, "what does not answer it", list, media.List[media.Comment]{Total: 1, Some: []media.Comment{third}})
	contract.WantMissing(t, "DeleteComment of none", db.DeleteComment(t.Context(), first.ID))
	_, err = db.Comment(t.Context(), second.ID, 0)
	contract.WantMissing(t, "Comment", err)
}

func answers(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	p := insertPost(t, db, "p1", ann)
	chain := []media.Comment{insertComment(t, db, p, ann, 0)}
	for len(chain) <= media.MaxCommentDepth {
		last := chain[len(chain)-1]
		chain = append(chain, insertComment(t, db, p, ann, last.ID))
		contract.WantEqual(t, "parent", chain[len(chain)-1].ParentID, last.ID)
	}
	// The last has as many above it as may be.
	last := chain[len(chain)-1]
	contract.WantEqual(t, "an answer to the last stands beside it", insertComment(t, db, p, ann, last.ID).ParentID, last.ParentID)
}

func hiddenComments(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	p := insertPost(t, db, "p1", ann, contract.Insert(t, db, contract.Owned("a", ann.ID))[0].Number)
	insertComment(t, db, p, ann, 0)
	for _, v := range []media.Visibility{media.Hidden, media.Private, media.Public} {
		contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, media.PostChange{Visibility: &v}), nil)
		list, err := db.UserComments(t.Context(), ann.ID, 0, contract.Noon, 0, 10)
		contract.WantError(t, "UserComments", err, nil)
		contract.WantEqual(t, "comments on a post that is "+string(v), list.Total > 0, v == media.Public)
	}
}

func votes(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
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
		contract.WantError(t, "VotePost", err, nil)
		contract.WantEqual(t, fmt.Sprint("score of the post at ", i), score, step.score)
		got, err := db.PostByID(t.Context(), p.ID, step.user.ID, contract.Noon)
		contract.WantError(t, "PostByID", err, nil)
		contract.WantEqual(t, fmt.Sprint("vote at ", i), []any{got.Vote, got.Score}, []any{step.vote, step.score})
		score, err = db.VoteComment(t.Context(), c.ID, step.user.ID, step.value)
		contract.WantError(t, "VoteComment", err, nil)
		contract.WantEqual(t, fmt.Sprint("score of the comment at ", i), score, step.score)
	}
	_, err := db.VotePost(t.Context(), 99, ann.ID, 1)
	contract.WantMissing(t, "VotePost of none", err)
	_, err = db.VoteComment(t.Context(), 99, ann.ID, 1)
	contract.WantMissing(t, "VoteComment of none", err)
}

func follows(t *testing.T, db contract.Records) {
	ann, bob, cat := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob"), contract.InsertUser(t, db, "cat")
	for i, pair := range [][2]media.User{{ann, cat}, {bob, cat}, {cat, ann}} {
		contract.WantError(t, "Follow", db.Follow(t.Context(), pair[0].ID, pair[1].ID, contract.Noon.Add(time.Duration(i)*time.Second)), nil)
	}
	contract.WantError(t, "Follow again", db.Follow(t.Context(), ann.ID, cat.ID, contract.Noon), media.ErrNameTaken)
	contract.WantMissing(t, "Follow of none", db.Follow(t.Context(), ann.ID, 99, contract.Noon))
	list, err := db.Followers(t.Context(), cat.ID, 0, 10)
	contract.WantError(t, "Followers", err, nil)
	contract.WantEqual(t, "followers, the latest first", list, media.List[media.User]{Total: 2, Some: []media.User{bob, ann}})
	list, err = db.Followers(t.Context(), cat.ID, 1, 1)
	contract.WantError(t, "Followers", err, nil)
	contract.WantEqual(t, "the second follower", list, media.List[media.User]{Total: 2, Some: []media.User{ann}})
	list, err = db.Following(t.Context(), cat.ID, 0, 10)
	contract.WantError(t, "Following", err, nil)
	contract.WantEqual(t, "followed", list, media.List[media.User]{Total: 1, Some: []media.User{ann}})
	contract.WantError(t, "Unfollow", db.Unfollow(t.Context(), ann.ID, cat.ID), nil)
	contract.WantMissing(t, "Unfollow again", db.Unfollow(t.Context(), ann.ID, cat.ID))
	for follower, want := range map[media.User]bool{ann: false, bob: true} {
		got, err := db.Follows(t.Context(), follower.ID, cat.ID)
		contract.WantError(t, "Follows", err, nil)
		contract.WantEqual(t, "Follows of "+follower.Name, got, want)
	}
}

func holdings(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	items := contract.Insert(t, db, contract.Owned("a", ann.ID), contract.Owned("b", ann.ID), contract.Owned("c", ann.ID))
	p := insertPost(t, db, "p1", ann)
	insertComment(t, db, p, ann, 0)
	if _, err := db.MoveToTrash(t.Context(), "b", contract.Noon); err != nil {
		t.Fatal(err)
	}
	for i, revoked := range []time.Time{{}, contract.Noon} {
		k := media.APIKey{UserID: ann.ID, Digest: slices.Repeat([]byte{byte(i)}, 32), CreatedAt: contract.Noon, RevokedAt: revoked}
		contract.WantError(t, "InsertKey", db.InsertKey(t.Context(), &k), nil)
	}
	want := media.Holdings{Items: 3, Bytes: 3 * (items[0].Original.Size + items[0].Thumb.Size), Trashed: 1, Albums: 1, Comments: 1, Keys: 1}
	got, err := db.Holdings(t.Context(), ann.ID)
	contract.WantError(t, "Holdings", err, nil)
	contract.WantEqual(t, "Holdings", got, want)
	_, err = db.Holdings(t.Context(), 99)
	contract.WantMissing(t, "Holdings of none", err)
}

func lastAdmin(t *testing.T, db contract.Records) {
	var admins []media.User
	for _, name := range []string{"ann", "bob"} {
		u := media.User{Name: name, Admin: true, CreatedAt: contract.Noon}
		contract.WantError(t, "InsertUser", db.InsertUser(t.Context(), &u), nil)
		admins = append(admins, u)
	}
	contract.InsertUser(t, db, "cat")
	contract.WantError(t, "DeleteUser", db.DeleteUser(t.Context(), admins[0].ID, contract.Noon), nil)
	h, err := db.Holdings(t.Context(), admins[1].ID)
	contract.WantError(t, "Holdings", err, nil)
	contract.WantEqual(t, "LastAdmin", h.LastAdmin, true)
	contract.WantError(t, "DeleteUser of the last", db.DeleteUser(t.Context(), admins[1].ID, contract.Noon), media.ErrLastAdmin)
	u, err := db.User(t.Context(), admins[1].ID)
	contract.WantError(t, "User", err, nil)
	contract.WantEqual(t, "the admin", u, admins[1])
	contract.WantMissing(t, "DeleteUser of none", db.DeleteUser(t.Context(), 99, contract.Noon))
}

func keysOf(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	var want []media.APIKey
	for i, u := range []media.User{ann, bob, ann} {
		k := media.APIKey{UserID: u.ID, Name: fmt.Sprint("key ", i), Scope: media.ScopeUpload, Digest: slices.Repeat([]byte{byte(i)}, 32), CreatedAt: contract.Noon}
		contract.WantError(t, "InsertKey", db.InsertKey(t.Context(), &k), nil)
		if k.UserName = u.Name; u.ID == ann.ID {
			want = slices.Insert(want, 0, k)
		}
	}
	got, err := db.KeysOf(t.Context(), ann.ID)
	contract.WantError(t, "KeysOf", err, nil)
	contract.WantEqual(t, "KeysOf", got, want)
}
