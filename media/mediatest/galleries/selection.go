package galleries

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var selectionClauses = []contract.Clause{
	{Name: "items are found by their IDs, in the order of these", Run: itemsNamed},
	{Name: "many items are changed in what the change says, and in nothing else", Run: updatesItems},
	{Name: "tags are added and removed in any spelling, and found from then on", Run: retagsItems},
	{Name: "a user's tags are listed, renamed and merged, on items and albums", Run: ownTags},
	{Name: "a change of many items is for all or for none", Run: allOrNone},
	{Name: "many items go to the trash and come back, or go for good", Run: manyInTheTrash},
	{Name: "many items get one verdict", Run: manyVerdicts},
	{Name: "as many items as a request may name are moved", Run: movesFiveHundred},
}

func itemsNamed(t *testing.T, db contract.Records) {
	want := contract.Insert(t, db, contract.Picture("first01"), contract.Picture("binned1"), contract.Picture("leaving"), contract.Picture("second1"))
	want[0].Tags = nil
	binned := moveToTrash(t, db, "binned1", contract.Noon)
	contract.BeginDelete(t, db, "leaving")
	got, err := db.ItemsNamed(t.Context(), []string{"second1", "absent1", "binned1", "leaving", "first01", "second1"})
	contract.WantError(t, "ItemsNamed", err, nil)
	contract.WantEqual(t, "ItemsNamed", contract.IDs(got), []string{"second1", "binned1", "first01"})
	if len(got) == 3 {
		contract.WantEqual(t, "the trash of one", got[1].PurgeAt, binned.PurgeAt)
		contract.WantEqual(t, "the files of one", got[2].Keys(), want[0].Keys())
	}
	got, err = db.ItemsNamed(t.Context(), nil)
	contract.WantError(t, "ItemsNamed of none", err, nil)
	contract.WantEqual(t, "ItemsNamed of none", len(got), 0)
}

func numbers(items []media.Item) (all []int64) {
	for _, it := range items {
		all = append(all, it.Number)
	}
	return all
}

func updatesItems(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
	first, second := listed("first01", 0, ann), listed("second1", 1, ann)
	first.Title, first.Tags, first.RequestDigest = "Kept", []string{"kept"}, "t"
	second.ExpiresAt = contract.Noon.Add(time.Hour)
	items := contract.Insert(t, db, first, second, listed("other01", 2, ann))
	change := func(step string, c media.ItemsChange, says func(*media.Item)) {
		t.Helper()
		contract.WantError(t, step, db.UpdateItems(t.Context(), numbers(items[:2]), c, contract.Noon), nil)
		for i := range items[:2] {
			items[i].RequestDigest = ""
			says(&items[i])
		}
		for _, want := range items {
			contract.WantItem(t, db, want)
		}
	}
	end, never, yes, none := contract.Noon.Add(2*time.Hour), time.Time{}, true, int64(0)
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
		contract.WantError(t, "Listed", err, nil)
		contract.WantEqual(t, "Listed "+it.ID, in, true)
	}
}

func retagsItems(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	first, second := listed("first01", 0, ann), listed("second1", 1, ann)
	first.Tags, second.Tags = []string{"Sea", "old", "SEA"}, []string{"other"}
	items := contract.Insert(t, db, first, second)
	add := media.ItemsChange{AddTags: []string{"sea", "Élan"}, RemoveTags: []string{"OLD"}}
	contract.WantError(t, "UpdateItems", db.UpdateItems(t.Context(), numbers(items), add, contract.Noon), nil)
	items[0].Tags, items[1].Tags = []string{"Sea", "SEA", "Élan"}, []string{"other", "sea", "Élan"}
	for _, want := range items {
		contract.WantItem(t, db, want)
	}
	wantListed(t, db, media.ItemQuery{Tag: "sea", UserID: ann.ID}, "second1", "first01")
	wantListed(t, db, media.ItemQuery{Tag: "old", UserID: ann.ID})
	wantListed(t, db, media.ItemQuery{Search: "élan", UserID: ann.ID}, "second1", "first01")
	remove := media.ItemsChange{RemoveTags: []string{"sea", "nothing"}}
	contract.WantError(t, "UpdateItems", db.UpdateItems(t.Context(), numbers(items), remove, contract.Noon), nil)
	items[0].Tags, items[1].Tags = []string{"Élan"}, []string{"other", "Élan"}
	for _, want := range items {
		contract.WantItem(t, db, want)
	}
	wantListed(t, db, media.ItemQuery{Tag: "sea", UserID: ann.ID})
}

func ownTags(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	tagged := func(id string, at int, owner media.User, tags ...string) media.Item {
		it := listed(id, at, owner)
		it.Tags, it.RequestDigest = tags, "t"
		return it
	}
	items := contract.Insert(t, db, tagged("first01", 0, ann, "sea", "Ocean", "sun"), tagged("second1", 1, ann, "OCEAN"),
		tagged("binned1", 2, ann, "ocean"), tagged("other01", 3, ann, "moor"), tagged("bobs001", 4, bob, "ocean", "zoo"))
	p := insertPost(t, db, "p1", ann)
	tags := []string{"Ocean", "album", "SEA"}
	contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), p.ID, media.PostChange{Tags: &tags}), nil)
	moveToTrash(t, db, "binned1", contract.Noon)
	own := func(u media.User, limit int, want ...string) {
		t.Helper()
		got, err := db.TagsOf(t.Context(), u.ID, limit)
		contract.WantError(t, "TagsOf", err, nil)
		for i := range got {
			got[i] = media.FoldTag(got[i])
		}
		contract.WantEqual(t, "TagsOf "+u.Name, got, want)
	}
	check := func(step string, of map[string][]string, album ...string) {
		t.Helper()
		for _, it := range items {
			want, changed := of[it.ID]
			if !changed {
				want = it.Tags
			}
			found, err := db.ItemsNamed(t.Context(), []string{it.ID})
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			contract.WantEqual(t, step+" "+it.ID, found[0].Tags, want)
			contract.WantEqual(t, step+" digest of "+it.ID, found[0].RequestDigest == "", changed)
		}
		got, err := db.PostByID(t.Context(), p.ID, 0, contract.Noon)
		contract.WantError(t, "PostByID", err, nil)
		contract.WantEqual(t, step+" album", got.Tags, album)
	}
	own(ann, 10, "album", "moor", "ocean", "sea", "sun")
	own(ann, 3, "album", "ocean", "sea")
	own(bob, 10, "ocean", "zoo")
	contract.WantError(t, "Retag", db.Retag(t.Context(), ann.ID, []string{"nothing"}, "Nil"), nil)
	check("nothing", nil, "Ocean", "album", "SEA")
	contract.WantError(t, "Retag", db.Retag(t.Context(), ann.ID, []string{"ocean"}, "Deep"), nil)
	renamed := map[string][]string{"first01": {"sea", "sun", "Deep"}, "second1": {"Deep"}, "binned1": {"Deep"}}
	check("renamed", renamed, "Deep", "album", "SEA")
	wantListed(t, db, media.ItemQuery{Tag: "deep", UserID: ann.ID}, "second1", "first01")
	wantListed(t, db, media.ItemQuery{Search: "deep", UserID: ann.ID}, "second1", "first01")
	wantListed(t, db, media.ItemQuery{Tag: "ocean", UserID: bob.ID}, "bobs001")
	contract.WantError(t, "Retag", db.Retag(t.Context(), ann.ID, []string{"DEEP", "moor"}, "Sea"), nil)
	merged := map[string][]string{"first01": {"sea", "sun"}, "second1": {"Sea"}, "binned1": {"Sea"}, "other01": {"Sea"}}
	check("merged", merged, "album", "SEA")
	contract.WantError(t, "Retag", db.Retag(t.Context(), ann.ID, []string{"sea"}, "sea"), nil)
	spelled := map[string][]string{"first01": {"sea", "sun"}, "second1": {"sea"}, "binned1": {"sea"}, "other01": {"sea"}}
	check("spelled alike", spelled, "album", "sea")
	own(ann, 10, "album", "sea", "sun")
	wantRows(t, db, map[string]string{
		"tags that nothing has": ` FROM tags WHERE id NOT IN (SELECT tag FROM item_tags) AND id NOT IN (SELECT tag FROM album_tags)`,
	})
}

func allOrNone(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, contract.Picture("living1"), contract.Expiring("ended01", contract.Noon), contract.Picture("binned1"), contract.Picture("leaving"))
	items[2] = moveToTrash(t, db, "binned1", contract.Noon.Add(time.Hour))
	contract.BeginDelete(t, db, "leaving")
	yes, nowhere := true, int64(1)<<40
	change := media.ItemsChange{NSFW: &yes, AddTags: []string{"new"}}
	for i, it := range items[1:] {
		pair := []int64{items[0].Number, it.Number}
		contract.WantMissing(t, "UpdateItems of "+it.ID, db.UpdateItems(t.Context(), pair, change, contract.Noon))
		contract.WantMissing(t, "RestoreItems of "+it.ID, db.RestoreItems(t.Context(), pair, contract.Noon))
		contract.WantMissing(t, "PurgeItems of "+it.ID, db.PurgeItems(t.Context(), pair, contract.Noon))
		if i > 0 { // an expired item is there until it is removed
			contract.WantMissing(t, "MoveItemsToTrash of "+it.ID, db.MoveItemsToTrash(t.Context(), pair, contract.Noon))
			_, err := db.SetModerations(t.Context(), []media.Item{items[0], it}, media.Ruling{Verdict: media.ModerationRejected, At: contract.Noon})
			contract.WantMissing(t, "SetModerations of "+it.ID, err)
		}
	}
	contract.WantMissing(t, "UpdateItems into no album", db.UpdateItems(t.Context(), []int64{items[0].Number}, media.ItemsChange{AlbumID: &nowhere}, contract.Noon))
	contract.WantItem(t, db, items[0])
	got, err := db.Trashed(t.Context(), "binned1")
	contract.WantError(t, "Trashed", err, nil)
	contract.WantEqual(t, "Trashed", got, items[2])
}

func manyInTheTrash(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	items := contract.Insert(t, db, listed("first01", 0, ann), listed("second1", 1, ann), listed("third01", 2, ann))
	both := numbers(items[:2])
	contract.WantError(t, "MoveItemsToTrash", db.MoveItemsToTrash(t.Context(), both, contract.Noon.Add(time.Hour)), nil)
	wantListed(t, db, media.ItemQuery{UserID: ann.ID}, "third01")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, InTrash: true}, "second1", "first01")
	contract.WantMissing(t, "RestoreItems too late", db.RestoreItems(t.Context(), both, contract.Noon.Add(time.Hour)))
	contract.WantError(t, "RestoreItems", db.RestoreItems(t.Context(), both, contract.Noon.Add(time.Hour-time.Second)), nil)
	for _, want := range items {
		contract.WantItem(t, db, want)
	}
	contract.WantError(t, "MoveItemsToTrash", db.MoveItemsToTrash(t.Context(), both, contract.Noon.Add(time.Hour)), nil)
	contract.WantError(t, "PurgeItems", db.PurgeItems(t.Context(), both, contract.Noon), nil)
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, InTrash: true})
	contract.WantMissing(t, "RestoreItems of what is purged", db.RestoreItems(t.Context(), both, contract.Noon))
	got, err := db.BeginPurge(t.Context(), contract.Noon, 10)
	contract.WantError(t, "BeginPurge", err, nil)
	contract.WantEqual(t, "BeginPurge", contract.IDs(got), []string{"first01", "second1"})
}

func manyVerdicts(t *testing.T, db contract.Records) {
	own := contract.Picture("own0001")
	own.NSFW = true
	items := contract.Insert(t, db, contract.Picture("plain01"), own)
	set := func(verdict media.Moderation, given ...media.Item) error {
		_, err := db.SetModerations(t.Context(), given, media.Ruling{Verdict: verdict, At: contract.Noon})
		return err
	}
	for _, step := range []struct {
		verdict, want media.Moderation
		nsfw          bool
	}{
		{media.ModerationRejected, media.ModerationRejected, false}, {media.ModerationPending, media.ModerationPending, false},
		{media.ModerationNSFW, "", true}, {media.ModerationRejected, media.ModerationRejected, false}, {media.ModerationApproved, "", false},
	} {
		before := slices.Clone(items)
		contract.WantError(t, "SetModerations", set(step.verdict, items...), nil)
		for i := range items {
			items[i].ModerationStatus, items[i].ModeratorNSFW = step.want, step.nsfw
			contract.WantItem(t, db, items[i])
		}
		contract.WantMissing(t, "SetModerations after "+string(step.verdict), set(media.ModerationApproved, items[0], before[1]))
		for _, it := range items {
			contract.WantItem(t, db, it)
		}
	}

	// Without a verdict, what waits is approved, and all else stays as it is.
	for i, verdict := range []media.Moderation{media.ModerationPending, media.ModerationNSFW} {
		contract.WantError(t, "SetModerations", set(verdict, items[i]), nil)
	}
	items[0].ModerationStatus, items[1].ModeratorNSFW = media.ModerationPending, true
	contract.WantError(t, "SetModerations", set("", items...), nil)
	items[0].ModerationStatus = ""
	contract.WantItem(t, db, items[0])
	contract.WantItem(t, db, items[1])
}

func movesFiveHundred(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
	var items []media.Item
	var all []string
	for i := range media.MaxSelection {
		it := listed(fmt.Sprintf("many%03d", i), i, ann)
		items, all = append(items, it), append(all, it.ID)
	}
	contract.Insert(t, db, items...)
	found, err := db.ItemsNamed(t.Context(), all)
	contract.WantError(t, "ItemsNamed", err, nil)
	contract.WantEqual(t, "ItemsNamed", contract.IDs(found), all)
	change := media.ItemsChange{AlbumID: &album.ID, AddTags: []string{"moved"}}
	contract.WantError(t, "UpdateItems", db.UpdateItems(t.Context(), numbers(found), change, contract.Noon), nil)
	slices.Reverse(all)
	wantListed(t, db, media.ItemQuery{AlbumID: album.ID, Tag: "moved", UserID: ann.ID, Limit: media.MaxSelection}, all...)
}
