package mediatest

import (
	"testing"
	"time"

	"postern/media"
)

var oversightClauses = []contract{
	{"items of all are found", foundItems},
	{"uploads of guests are grouped by their address", guestUploads},
	{"an item changes hands with all that is counted", givenItem},
	{"users are found with what they use", userOverviews},
	{"addresses are shut out until an end", shutOut},
}

func wantFound(t *testing.T, db Records, q media.ItemSearch, want ...string) {
	t.Helper()
	if q.Now.IsZero() {
		q.Now = noon
	}
	q.Limit = max(q.Limit, 9*(1-min(q.Limit, 1)))
	got, err := db.FindItems(t.Context(), q)
	wantError(t, "FindItems", err, nil)
	wantEqual(t, "FindItems", ids(got), append([]string{}, want...))
}

func foundItems(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	own, guest, other := picture("own"), picture("guest"), picture("other")
	own.UserID, own.Title, own.CreatedAt = ann.ID, "100% Sea", noon.Add(-time.Hour)
	guest.AddressHash, guest.OriginalName, guest.CreatedAt = "aa", "SEA.jpg", noon.Add(-2*time.Hour)
	guest.ModerationStatus = media.ModerationPending
	other.AddressHash, other.Kind, other.Original.MIME, other.CreatedAt = "bb", media.KindVideo, "video/mp4", noon.Add(-3*time.Hour)
	ended, trashed := expiring("ended", noon), picture("trashed")
	all := insert(t, db, own, guest, other, ended, trashed)
	_, err := db.MoveToTrash(t.Context(), "trashed", noon.Add(time.Hour))
	wantError(t, "MoveToTrash", err, nil)
	wantFound(t, db, media.ItemSearch{}, "own", "guest", "other")
	wantFound(t, db, media.ItemSearch{Now: noon.Add(-time.Second)}, "ended", "own", "guest", "other")
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

func guestUploads(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	var items []media.Item
	for i, address := range []string{"bb", "aa", "bb", "cc", "own"} {
		it := picture(string(rune('a' + i)))
		it.AddressHash, it.CreatedAt = address, noon.Add(time.Duration(i)*time.Hour)
		if address == "own" {
			it.UserID = ann.ID
		}
		items = append(items, it)
	}
	insert(t, db, items...)
	got, err := db.GuestUploads(t.Context(), noon.Add(time.Hour), 2)
	wantError(t, "GuestUploads", err, nil)
	wantEqual(t, "GuestUploads", got, []media.GuestUploads{{AddressHash: "aa", Items: 1, Last: noon.Add(time.Hour)}, {AddressHash: "bb", Items: 1, Last: noon.Add(2 * time.Hour)}})
	got, err = db.GuestUploads(t.Context(), noon, 1)
	wantError(t, "GuestUploads", err, nil)
	wantEqual(t, "GuestUploads", got, []media.GuestUploads{{AddressHash: "bb", Items: 2, Last: noon.Add(2 * time.Hour)}})
}

func givenItem(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	album := media.Album{Slug: "abc1234", UserID: ann.ID, Title: "x", CreatedAt: noon, Visibility: media.Public}
	wantError(t, "InsertAlbum", db.InsertAlbum(t.Context(), &album), nil)
	own, guest := picture("own"), picture("guest")
	own.UserID, own.AlbumID, own.Tags = ann.ID, album.ID, []string{"sea"}
	insert(t, db, own, guest)
	for _, to := range []int64{bob.ID, 0, ann.ID} {
		for _, id := range []string{"own", "guest"} {
			wantError(t, "GiveItem", db.GiveItem(t.Context(), id, to), nil)
			got, err := db.Item(t.Context(), id)
			wantError(t, "Item", err, nil)
			wantEqual(t, "user and album", []int64{got.UserID, got.AlbumID}, []int64{to, 0})
		}
		wrong, err := db.Miscounts(t.Context())
		wantError(t, "Miscounts", err, nil)
		wantEqual(t, "Miscounts", len(wrong), 0)
		tagged, err := db.Items(t.Context(), media.ItemQuery{Filter: media.Everything(noon), UserID: to, Tag: "sea", Limit: 9})
		wantError(t, "Items", err, nil)
		wantEqual(t, "Items of the tag", ids(tagged), []string{"own"})
	}
	wantMissing(t, "GiveItem of none", db.GiveItem(t.Context(), "none", bob.ID))
	wantMissing(t, "GiveItem to nobody", db.GiveItem(t.Context(), "own", 1<<40))
}

func userOverviews(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	carol := media.User{Name: "carol", State: media.UserWaiting, CreatedAt: noon, Profile: media.Profile{DisplayName: "Ann's sister"}}
	wantError(t, "InsertUser", db.InsertUser(t.Context(), &carol), nil)
	it := picture("x")
	it.UserID = ann.ID
	insert(t, db, it)
	quota := media.Quota{Bytes: 5, Items: media.NoLimit}
	wantError(t, "SetQuota", db.SetQuota(t.Context(), ann.ID, quota), nil)
	wantMissing(t, "SetQuota of nobody", db.SetQuota(t.Context(), 1<<40, quota))
	ann.Quota = quota
	k := insertKey(t, db, key(bob, 1))
	wantError(t, "TouchKeys", db.TouchKeys(t.Context(), map[int64]time.Time{k.ID: noon.Add(time.Hour)}), nil)
	s := session(media.APIKey{UserID: ann.ID}, 2)
	insertSession(t, db, s)
	wantError(t, "SetPassword", db.SetPassword(t.Context(), media.Password{UserID: carol.ID, Hash: "x", ChangedAt: noon}, nil), nil)
	full := []media.UserOverview{
		{User: carol, Password: true}, {User: bob, LastSeen: noon.Add(time.Hour)},
		{User: ann, Items: 1, Bytes: it.Original.Size + it.Thumb.Size, LastSeen: s.LastUsed},
	}
	want := func(q media.UserSearch, want ...media.UserOverview) {
		t.Helper()
		got, err := db.UserOverviews(t.Context(), q)
		wantError(t, "UserOverviews", err, nil)
		wantEqual(t, "UserOverviews", got, want)
	}
	waiting, active := media.UserWaiting, media.UserActive
	want(media.UserSearch{Limit: 9}, full...)
	want(media.UserSearch{Limit: 1, Before: carol.ID}, full[1])
	want(media.UserSearch{Text: "ANN", Limit: 9}, full[0], full[2])
	want(media.UserSearch{State: &waiting, Limit: 9}, full[0])
	want(media.UserSearch{State: &active, Text: "b", Limit: 9}, full[1])
}

func shutOut(t *testing.T, db Records) {
	want := func(now time.Time, want ...media.AddressBan) {
		t.Helper()
		got, err := db.BannedAddresses(t.Context(), now)
		wantError(t, "BannedAddresses", err, nil)
		wantEqual(t, "BannedAddresses", got, want)
	}
	want(noon)
	short, long := media.AddressBan{Address: "192.0.2.1", Reason: "x", ExpiresAt: noon.Add(time.Hour)}, media.AddressBan{Address: "192.0.2.0/24"}
	for _, b := range []media.AddressBan{short, long} {
		wantError(t, "ShutOutAddress", db.ShutOutAddress(t.Context(), b), nil)
	}
	want(noon, long, short)
	want(short.ExpiresAt, long)
	short.Reason, short.ExpiresAt = "y", noon.Add(2*time.Hour)
	wantError(t, "ShutOutAddress again", db.ShutOutAddress(t.Context(), short), nil)
	want(noon.Add(time.Hour), long, short)
	wantError(t, "AdmitAddress", db.AdmitAddress(t.Context(), long.Address), nil)
	wantMissing(t, "AdmitAddress again", db.AdmitAddress(t.Context(), long.Address))
	want(noon, short)
}
