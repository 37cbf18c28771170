package mediatest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"postern/media"
)

var selectionClauses = []contract{
	{"items are found by their IDs, in the order of these", itemsNamed},
	{"many items are changed in what the change says, and in nothing else", updatesItems},
	{"tags are added and removed in any spelling, and found from then on", retagsItems},
	{"a change of many items is for all or for none", allOrNone},
	{"many items go to the trash and come back, or go for good", manyInTheTrash},
	{"many items get one verdict", manyVerdicts},
	{"as many items as a request may name are moved", movesFiveHundred},
}

func itemsNamed(t *testing.T, db Records) {
	want := insert(t, db, picture("first01"), picture("binned1"), picture("leaving"), picture("second1"))
	want[0].Tags = nil
	binned := moveToTrash(t, db, "binned1", noon)
	beginDelete(t, db, "leaving")
	got, err := db.ItemsNamed(t.Context(), []string{"second1", "absent1", "binned1", "leaving", "first01", "second1"})
	wantError(t, "ItemsNamed", err, nil)
	wantEqual(t, "ItemsNamed", ids(got), []string{"second1", "binned1", "first01"})
	if len(got) == 3 {
		wantEqual(t, "the trash of one", got[1].PurgeAt, binned.PurgeAt)
		wantEqual(t, "the files of one", got[2].Keys(), want[0].Keys())
	}
	got, err = db.ItemsNamed(t.Context(), nil)
	wantError(t, "ItemsNamed of none", err, nil)
	wantEqual(t, "ItemsNamed of none", len(got), 0)
}

func numbers(items []media.Item) (all []int64) {
	for _, it := range items {
		all = append(all, it.Number)
	}
	return all
}

func updatesItems(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	album := insertAlbum(t, db, "Alb0001", ann)
	first, second := listed("first01", 0, ann), listed("second1", 1, ann)
	first.Title, first.Tags, first.RequestDigest = "Kept", []string{"kept"}, "t"
	second.ExpiresAt = noon.Add(time.Hour)
	items := insert(t, db, first, second, listed("other01", 2, ann))
	change := func(step string, c media.ItemsChange, says func(*media.Item)) {
		t.Helper()
		wantError(t, step, db.UpdateItems(t.Context(), numbers(items[:2]), c, noon), nil)
		for i := range items[:2] {
			items[i].RequestDigest = ""
			says(&items[i])
		}
		for _, want := range items {
			wantItem(t, db, want)
		}
	}
	end, never, yes, none := noon.Add(2*time.Hour), time.Time{}, true, int64(0)
	change("into an album", media.ItemsChange{AlbumID: &album.ID}, func(it *media.Item) { it.AlbumID = album.ID })
	wantListed(t, db, media.ItemQuery{AlbumID: album.ID}, "second1", "first01")
	change("an end", media.ItemsChange{ExpiresAt: &end}, func(it *media.Item) { it.ExpiresAt = end })
	change("no end", media.ItemsChange{ExpiresAt: &never}, func(it *media.Item) { it.ExpiresAt = never })
	change("sensitive", media.ItemsChange{NSFW: &yes}, func(it *media.Item) { it.NSFW = true })
	private, hidden, public := media.Private, media.Hidden, media.Public
	change("private", media.ItemsChange{Visibility: &private}, func(it *media.Item) { it.Visibility = private })
	change("unlisted", media.ItemsChange{Visibility: &hidden}, func(it *media.Item) { it.Visibility = hidden })
	change("nothing", media.ItemsChange{}, func(*media.Item) {})
	change("out of the album", media.ItemsChange{AlbumID: &none}, func(it *media.Item) {
		it.AlbumID, it.Visibility = 0, media.Hidden // as the album was
	})
	wantListed(t, db, media.ItemQuery{AlbumID: album.ID})
	change("public", media.ItemsChange{Visibility: &public}, func(it *media.Item) { it.Visibility = public })
	for _, it := range items[:2] {
		in, err := db.Listed(t.Context(), it.Number)
		wantError(t, "Listed", err, nil)
		wantEqual(t, "Listed "+it.ID, in, true)
	}
}

func retagsItems(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	first, second := listed("first01", 0, ann), listed("second1", 1, ann)
	first.Tags, second.Tags = []string{"Sea", "old", "SEA"}, []string{"other"}
	items := insert(t, db, first, second)
	add := media.ItemsChange{AddTags: []string{"sea", "Élan"}, RemoveTags: []string{"OLD"}}
	wantError(t, "UpdateItems", db.UpdateItems(t.Context(), numbers(items), add, noon), nil)
	items[0].Tags, items[1].Tags = []string{"Sea", "SEA", "Élan"}, []string{"other", "sea", "Élan"}
	for _, want := range items {
		wantItem(t, db, want)
	}
	wantListed(t, db, media.ItemQuery{Tag: "sea", UserID: ann.ID}, "second1", "first01")
	wantListed(t, db, media.ItemQuery{Tag: "old", UserID: ann.ID})
	wantListed(t, db, media.ItemQuery{Search: "élan", UserID: ann.ID}, "second1", "first01")
	remove := media.ItemsChange{RemoveTags: []string{"sea", "nothing"}}
	wantError(t, "UpdateItems", db.UpdateItems(t.Context(), numbers(items), remove, noon), nil)
	items[0].Tags, items[1].Tags = []string{"Élan"}, []string{"other", "Élan"}
	for _, want := range items {
		wantItem(t, db, want)
	}
	wantListed(t, db, media.ItemQuery{Tag: "sea", UserID: ann.ID})
}

func allOrNone(t *testing.T, db Records) {
	items := insert(t, db, picture("living1"), expiring("ended01", noon), picture("binned1"), picture("leaving"))
	items[2] = moveToTrash(t, db, "binned1", noon.Add(time.Hour))
	beginDelete(t, db, "leaving")
	yes, nowhere := true, int64(1)<<40
	change := media.ItemsChange{NSFW: &yes, AddTags: []string{"new"}}
	for i, it := range items[1:] {
		pair := []int64{items[0].Number, it.Number}
		wantMissing(t, "UpdateItems of "+it.ID, db.UpdateItems(t.Context(), pair, change, noon))
		wantMissing(t, "RestoreItems of "+it.ID, db.RestoreItems(t.Context(), pair, noon))
		wantMissing(t, "PurgeItems of "+it.ID, db.PurgeItems(t.Context(), pair, noon))
		if i > 0 { // an expired item is there until it is removed
			wantMissing(t, "MoveItemsToTrash of "+it.ID, db.MoveItemsToTrash(t.Context(), pair, noon))
			wantMissing(t, "SetModerations of "+it.ID, db.SetModerations(t.Context(), pair, media.ModerationRejected))
		}
	}
	wantMissing(t, "UpdateItems into no album", db.UpdateItems(t.Context(), []int64{items[0].Number}, media.ItemsChange{AlbumID: &nowhere}, noon))
	wantItem(t, db, items[0])
	got, err := db.Trashed(t.Context(), "binned1")
	wantError(t, "Trashed", err, nil)
	wantEqual(t, "Trashed", got, items[2])
}

func manyInTheTrash(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	items := insert(t, db, listed("first01", 0, ann), listed("second1", 1, ann), listed("third01", 2, ann))
	both := numbers(items[:2])
	wantError(t, "MoveItemsToTrash", db.MoveItemsToTrash(t.Context(), both, noon.Add(time.Hour)), nil)
	wantListed(t, db, media.ItemQuery{UserID: ann.ID}, "third01")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, InTrash: true}, "second1", "first01")
	wantMissing(t, "RestoreItems too late", db.RestoreItems(t.Context(), both, noon.Add(time.Hour)))
	wantError(t, "RestoreItems", db.RestoreItems(t.Context(), both, noon.Add(time.Hour-time.Second)), nil)
	for _, want := range items {
		wantItem(t, db, want)
	}
	wantError(t, "MoveItemsToTrash", db.MoveItemsToTrash(t.Context(), both, noon.Add(time.Hour)), nil)
	wantError(t, "PurgeItems", db.PurgeItems(t.Context(), both, noon), nil)
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, InTrash: true})
	wantMissing(t, "RestoreItems of what is purged", db.RestoreItems(t.Context(), both, noon))
	got, err := db.BeginPurge(t.Context(), noon, 10)
	wantError(t, "BeginPurge", err, nil)
	wantEqual(t, "BeginPurge", ids(got), []string{"first01", "second1"})
}

func manyVerdicts(t *testing.T, db Records) {
	own := picture("own0001")
	own.NSFW = true
	items := insert(t, db, picture("plain01"), own)
	for verdict, want := range map[media.Moderation]media.Moderation{
		media.ModerationRejected: media.ModerationRejected, media.ModerationPending: media.ModerationPending, media.ModerationApproved: "",
	} {
		wantError(t, "SetModerations", db.SetModerations(t.Context(), numbers(items), verdict), nil)
		for _, it := range items {
			it.ModerationStatus = want
			wantItem(t, db, it)
		}
	}
}

func movesFiveHundred(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	album := insertAlbum(t, db, "Alb0001", ann)
	var items []media.Item
	var all []string
	for i := range media.MaxSelection {
		it := listed(fmt.Sprintf("many%03d", i), i, ann)
		items, all = append(items, it), append(all, it.ID)
	}
	insert(t, db, items...)
	found, err := db.ItemsNamed(t.Context(), all)
	wantError(t, "ItemsNamed", err, nil)
	wantEqual(t, "ItemsNamed", ids(found), all)
	change := media.ItemsChange{AlbumID: &album.ID, AddTags: []string{"moved"}}
	wantError(t, "UpdateItems", db.UpdateItems(t.Context(), numbers(found), change, noon), nil)
	slices.Reverse(all)
	wantListed(t, db, media.ItemQuery{AlbumID: album.ID, Tag: "moved", UserID: ann.ID, Limit: media.MaxSelection}, all...)
}
