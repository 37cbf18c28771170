package accounts

import (
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var oversightClauses = []contract.Clause{
	{Name: "items of all are found", Run: foundItems},
	{Name: "uploads of guests are grouped by their address", Run: guestUploads},
	{Name: "an item changes hands with all that is counted", Run: givenItem},
	{Name: "users are found with what they use", Run: userOverviews},
	{Name: "addresses of guests are kept until an end", Run: keptAddresses},
	{Name: "what a withheld user has is in no list and says so", Run: withheldUser},
	{Name: "addresses are shut out until an end", Run: shutOut},
}

func wantFound(t *testing.T, db contract.Records, q media.ItemSearch, want ...string) {
	t.Helper()
	if q.Now.IsZero() {
		q.Now = contract.Noon
	}
	q.Limit = max(q.Limit, 9*(1-min(q.Limit, 1)))
	got, err := db.FindItems(t.Context(), q)
	contract.WantError(t, "FindItems", err, nil)
	contract.WantEqual(t, "FindItems", contract.IDs(got), append([]string{}, want...))
	n, err := db.CountFound(t.Context(), q)
	contract.WantError(t, "CountFound", err, nil)
	contract.WantEqual(t, "CountFound", n, len(want))
}

func foundItems(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	own, guest, other := contract.Picture("own"), contract.Picture("guest"), contract.Picture("other")
	own.UserID, own.Title, own.CreatedAt = ann.ID, "100% Sea", contract.Noon.Add(-time.Hour)
	guest.AddressHash, guest.OriginalName, guest.CreatedAt = "aa", "SEA.jpg", contract.Noon.Add(-2*time.Hour)
	guest.ModerationStatus = media.ModerationPending
	other.AddressHash, other.Kind, other.Original.MIME, other.CreatedAt = "bb", media.KindVideo, "video/mp4", contract.Noon.Add(-3*time.Hour)
	ended, trashed := contract.Expiring("ended", contract.Noon), contract.Picture("trashed")
	all := contract.Insert(t, db, own, guest, other, ended, trashed)
	_, err := db.MoveToTrash(t.Context(), "trashed", contract.Noon.Add(time.Hour))
	contract.WantError(t, "MoveToTrash", err, nil)
	wantFound(t, db, media.ItemSearch{}, "own", "guest", "other")
	wantFound(t, db, media.ItemSearch{Now: contract.Noon.Add(-time.Second)}, "ended", "own", "guest", "other")
	wantFound(t, db, media.ItemSearch{Limit: 1}, "own")
	wantFound(t, db, media.ItemSearch{After: all[0].Cursor()}, "guest", "other")
	wantFound(t, db, media.ItemSearch{UserID: ann.ID}, "own")
	wantFound(t, db, media.ItemSearch{Guests: true}, "guest", "other")
	wantFound(t, db, media.ItemSearch{AddressHash: "bb"}, "other")
	wantFound(t, db, media.ItemSearch{Kind: media.KindVideo}, "other")
	wantFound(t, db, media.ItemSearch{MIME: "image/jpeg"}, "own", "guest")
	wantFound(t, db, media.ItemSearch{Status: media.ModerationPending}, "guest")
	wantFound(t, db, media.ItemSearch{Text: "sea"}, "own", "guest")
	wantFound(t, db, media.ItemSearch{Text: "0% s"}, "own")
	wantFound(t, db, media.ItemSearch{Text: "_"})
	wantFound(t, db, media.ItemSearch{Text: "other"}, "other")
	wantFound(t, db, media.ItemSearch{Text: "sent-other"}, "other")
	wantFound(t, db, media.ItemSearch{Since: guest.CreatedAt, Until: own.CreatedAt}, "guest")
}

func guestUploads(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	var items []media.Item
	for i, address := range []string{"bb", "aa", "bb", "cc", "own"} {
		it := contract.Picture(string(rune('a' + i)))
		it.AddressHash, it.CreatedAt = address, contract.Noon.Add(time.Duration(i)*time.Hour)
		if address == "own" {
			it.UserID = ann.ID
		}
		items = append(items, it)
	}
	contract.Insert(t, db, items...)
	got, err := db.GuestUploads(t.Context(), contract.Noon.Add(time.Hour), 2)
	contract.WantError(t, "GuestUploads", err, nil)
	contract.WantEqual(t, "GuestUploads", got, []media.GuestUploads{{AddressHash: "aa", Items: 1, Last: contract.Noon.Add(time.Hour)}, {AddressHash: "bb", Items: 1, Last: contract.Noon.Add(2 * time.Hour)}})
	got, err = db.GuestUploads(t.Context(), contract.Noon, 1)
	contract.WantError(t, "GuestUploads", err, nil)
	contract.WantEqual(t, "GuestUploads", got, []media.GuestUploads{{AddressHash: "bb", Items: 2, Last: contract.Noon.Add(2 * time.Hour)}})
}

func givenItem(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	album := media.Album{Slug: "abc1234", UserID: ann.ID, Title: "x", CreatedAt: contract.Noon, Visibility: media.Public}
	contract.WantError(t, "InsertAlbum", db.InsertAlbum(t.Context(), &album), nil)
	own, guest := contract.Picture("own"), contract.Picture("guest")
	own.UserID, own.AlbumID, own.Tags = ann.ID, album.ID, []string{"sea"}
	both := media.Selected{Items: contract.Insert(t, db, own, guest)}.Numbers()
	for _, to := range []int64{bob.ID, 0, ann.ID} {
		contract.WantError(t, "GiveItems", db.GiveItems(t.Context(), both, to), nil)
		for _, id := range []string{"own", "guest"} {
			got, err := db.Item(t.Context(), id)
			contract.WantError(t, "Item", err, nil)
			contract.WantEqual(t, "user and album", []int64{got.UserID, got.AlbumID}, []int64{to, 0})
		}
		wrong, err := db.Miscounts(t.Context())
		contract.WantError(t, "Miscounts", err, nil)
		contract.WantEqual(t, "Miscounts", len(wrong), 0)
		for _, u := range []media.User{ann, bob} {
			listed, err := db.ListItems(t.Context(), media.ListQuery{UserID: u.ID, Now: contract.Noon})
			contract.WantError(t, "ListItems", err, nil)
			contract.WantEqual(t, "public items of "+u.Name, listed.Total, map[bool]int{true: 2}[to == u.ID])
		}
		tagged, err := db.Items(t.Context(), media.ItemQuery{Filter: media.Everything(contract.Noon), UserID: to, Tag: "sea", Limit: 9})
		contract.WantError(t, "Items", err, nil)
		contract.WantEqual(t, "Items of the tag", contract.IDs(tagged), []string{"own"})
	}
	contract.WantMissing(t, "GiveItems, one of them not there", db.GiveItems(t.Context(), append(both, 1<<40), bob.ID))
	contract.WantMissing(t, "GiveItems to nobody", db.GiveItems(t.Context(), both, 1<<40))
	got, err := db.Item(t.Context(), "own")
	contract.WantError(t, "Item", err, nil)
	contract.WantEqual(t, "user after refusals", got.UserID, ann.ID)
}

func userOverviews(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	carol := media.User{Name: "carol", State: media.UserWaiting, CreatedAt: contract.Noon, Profile: media.Profile{DisplayName: "Ann's sister"}}
	contract.WantError(t, "InsertUser", db.InsertUser(t.Context(), &carol), nil)
	it := contract.Picture("x")
	it.UserID = ann.ID
	contract.Insert(t, db, it)
	quota := media.Quota{Bytes: 5, Items: media.NoLimit}
	contract.WantError(t, "SetQuota", db.SetQuota(t.Context(), ann.ID, quota), nil)
	contract.WantMissing(t, "SetQuota of nobody", db.SetQuota(t.Context(), 1<<40, quota))
	ann.Quota = quota
	k := insertKey(t, db, key(bob, 1))
	contract.WantError(t, "TouchKeys", db.TouchKeys(t.Context(), map[int64]time.Time{k.ID: contract.Noon.Add(time.Hour)}), nil)
	s := session(media.APIKey{UserID: ann.ID}, 2)
	insertSession(t, db, s)
	contract.WantError(t, "SetPassword", db.SetPassword(t.Context(), media.Password{UserID: carol.ID, Hash: "x", ChangedAt: contract.Noon}, nil), nil)
	full := []media.UserOverview{
		{User: carol, Password: true}, {User: bob, LastSeen: contract.Noon.Add(time.Hour)},
		{User: ann, Items: 1, Bytes: it.Original.Size + it.Thumb.Size, LastSeen: s.LastUsed},
	}
	want := func(q media.UserSearch, want ...media.UserOverview) {
		t.Helper()
		got, err := db.UserOverviews(t.Context(), q)
		contract.WantError(t, "UserOverviews", err, nil)
		contract.WantEqual(t, "UserOverviews", got, want)
	}
	waiting, active := media.UserWaiting, media.UserActive
	want(media.UserSearch{Limit: 9}, full...)
	want(media.UserSearch{Limit: 1, Before: carol.ID}, full[1])
	want(media.UserSearch{Text: "ANN", Limit: 9}, full[0], full[2])
	want(media.UserSearch{State: &waiting, Limit: 9}, full[0])
	want(media.UserSearch{State: &active, Text: "b", Limit: 9}, full[1])
}

func keptAddresses(t *testing.T, db contract.Records) {
	insert := func(id, hash, address string, until time.Time) {
		t.Helper()
		it := contract.Picture(id)
		it.AddressHash = hash
		contract.WantError(t, "InsertItem", db.InsertItem(t.Context(), &it, media.UploadLimits{Address: address, KeepUntil: until}), nil)
	}
	want := func(now time.Time, want map[string]string) {
		t.Helper()
		got, err := db.GuestAddresses(t.Context(), []string{"aa", "bb", "cc", ""}, now)
		contract.WantError(t, "GuestAddresses", err, nil)
		contract.WantEqual(t, "GuestAddresses", got, want)
	}
	end := contract.Noon.Add(time.Hour)
	insert("a", "aa", "", end)
	insert("b", "", "192.0.2.9", end)
	want(contract.Noon, map[string]string{})
	insert("c", "aa", "192.0.2.1", end)
	insert("d", "aa", "2001:db8::1", end.Add(time.Hour))
	insert("e", "bb", "192.0.2.2", end)
	want(contract.Noon, map[string]string{"aa": "2001:db8::1", "bb": "192.0.2.2"})
	want(end, map[string]string{"aa": "2001:db8::1"})
	contract.WantError(t, "ForgetAddresses", db.ForgetAddresses(t.Context(), end), nil)
	want(contract.Noon, map[string]string{"aa": "2001:db8::1"})
	contract.WantError(t, "ForgetAddresses", db.ForgetAddresses(t.Context(), end.Add(time.Hour)), nil)
	want(contract.Noon, map[string]string{})
}

func withheldUser(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	album := media.Album{Slug: "abc1234", UserID: ann.ID, Title: "x", CreatedAt: contract.Noon, Visibility: media.Public}
	contract.WantError(t, "InsertAlbum", db.InsertAlbum(t.Context(), &album), nil)
	before, other := contract.Owned("before", ann.ID), contract.Owned("other", bob.ID)
	before.AlbumID, before.Tags = album.ID, []string{"sea"}
	contract.Insert(t, db, before, other)
	for _, withheld := range []bool{true, true, false} {
		contract.WantError(t, "Withhold", db.Withhold(t.Context(), ann.ID, withheld), nil)
		if _, err := db.Item(t.Context(), "after"); err != nil {
			contract.Insert(t, db, contract.Owned("after", ann.ID)) // by an upload that was under way
		}
		ann.Withheld = withheld
		wantUser(t, db, ann)
		wantUser(t, db, bob)
		for id, want := range map[string]bool{"before": withheld, "after": withheld, "other": false} {
			got, err := db.Item(t.Context(), id)
			contract.WantError(t, "Item", err, nil)
			contract.WantEqual(t, "withheld "+id, got.Withheld, want)
		}
		one, err := db.AlbumBySlug(t.Context(), album.Slug)
		contract.WantError(t, "AlbumBySlug", err, nil)
		post, err := db.PostBySlug(t.Context(), album.Slug, 0, contract.Noon)
		contract.WantError(t, "PostBySlug", err, nil)
		cards, err := db.AlbumsOf(t.Context(), media.AlbumQuery{UserID: ann.ID, Limit: 1, Now: contract.Noon})
		contract.WantError(t, "AlbumsOf", err, nil)
		contract.WantEqual(t, "withheld albums", []bool{one.Withheld, post.Withheld, cards[0].Withheld}, []bool{withheld, withheld, withheld})
		items, err := db.ListItems(t.Context(), media.ListQuery{UserID: ann.ID, Now: contract.Noon})
		contract.WantError(t, "ListItems", err, nil)
		posts, err := db.ListPosts(t.Context(), media.ListQuery{Now: contract.Noon}, 0)
		contract.WantError(t, "ListPosts", err, nil)
		contract.WantEqual(t, "listed items and posts", []int{items.Total, posts.Total}, map[bool][]int{true: {0, 0}, false: {2, 1}}[withheld])
		wrong, err := db.Miscounts(t.Context())
		contract.WantError(t, "Miscounts", err, nil)
		contract.WantEqual(t, "Miscounts", len(wrong), 0)
	}
	contract.WantMissing(t, "Withhold nobody", db.Withhold(t.Context(), 1<<40, true))

	contract.WantError(t, "Withhold", db.Withhold(t.Context(), ann.ID, true), nil)
	for id, to := range map[string]int64{"before": bob.ID, "other": ann.ID} {
		got, err := db.Item(t.Context(), id)
		contract.WantError(t, "Item", err, nil)
		contract.WantError(t, "GiveItems", db.GiveItems(t.Context(), []int64{got.Number}, to), nil)
		got, err = db.Item(t.Context(), id)
		contract.WantError(t, "Item", err, nil)
		contract.WantEqual(t, "withheld as its new owner", got.Withheld, to == ann.ID)
	}
}

func shutOut(t *testing.T, db contract.Records) {
	want := func(now time.Time, want ...media.AddressBan) {
		t.Helper()
		got, err := db.BannedAddresses(t.Context(), now)
		contract.WantError(t, "BannedAddresses", err, nil)
		contract.WantEqual(t, "BannedAddresses", got, want)
	}
	want(contract.Noon)
	short, long := media.AddressBan{Address: "192.0.2.1", Reason: "x", ExpiresAt: contract.Noon.Add(time.Hour)}, media.AddressBan{Address: "192.0.2.0/24"}
	for _, b := range []media.AddressBan{short, long} {
		contract.WantError(t, "ShutOutAddress", db.ShutOutAddress(t.Context(), b), nil)
	}
	want(contract.Noon, long, short)
	want(short.ExpiresAt, long)
	short.Reason, short.ExpiresAt = "y", contract.Noon.Add(2*time.Hour)
	contract.WantError(t, "ShutOutAddress again", db.ShutOutAddress(t.Context(), short), nil)
	want(contract.Noon.Add(time.Hour), long, short)
	contract.WantError(t, "AdmitAddress", db.AdmitAddress(t.Context(), long.Address), nil)
	contract.WantMissing(t, "AdmitAddress again", db.AdmitAddress(t.Context(), long.Address))
	want(contract.Noon, short)
}
