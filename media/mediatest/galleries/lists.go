package galleries

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var listClauses = []contract.Clause{
	{Name: "lists show what the query asks for, newest first", Run: lists},
	{Name: "the lengths of lists are those of their items in every state", Run: lengths},
	{Name: "lists of tags and categories show each item once, in any spelling", Run: tagsAndCategories},
	{Name: "lists are walked page by page in both directions", Run: pages},
	{Name: "lists have five orders, in which they are walked in both directions", Run: sorts},
	{Name: "lists are narrowed to what is in no album, expires or has a visibility", Run: narrowed},
	{Name: "a search finds all of its words in any case", Run: search},
	{Name: "a search finds words in words, of any script and length", Run: searchInWords},
	{Name: "a search follows every change at once", Run: searchFollows},
	{Name: "a search counts so many and no more", Run: searchCounts},
	{Name: "an item says what it was changed to", Run: updateItem},
	{Name: "an item that is not there or has expired is not changed", Run: updateNothing},
	{Name: "an album that is locked locks its items, and a lock is replaced wherever it is", Run: locks},
	{Name: "what a password closed is private when it leaves the album by no word of its owner", Run: closedOut},
	{Name: "albums list their own with what everyone may see", Run: albumCards},
	{Name: "albums are walked page by page in both directions", Run: albumPages},
	{Name: "albums are found by their exact title", Run: albumTitles},
	{Name: "an album is renamed and deleted, and its items stay", Run: albumChanges},
}

// listed is a picture that was made some minutes after noon.
func listed(id string, minutes int, owner media.User) media.Item {
	it := contract.Picture(id)
	it.UserID, it.CreatedAt = owner.ID, contract.Noon.Add(time.Duration(minutes)*time.Minute)
	return it
}

func wantListed(t *testing.T, db contract.Records, q media.ItemQuery, want ...string) []media.Item {
	t.Helper()
	if q.Now.IsZero() {
		q.Now = contract.Noon
	}
	if q.Statuses == nil {
		q.Statuses = media.Everything(contract.Noon).Statuses
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	items, err := db.Items(t.Context(), q)
	if err != nil || !slices.Equal(contract.IDs(items), want) {
		t.Errorf("Items of %+v: %v, %v, want %v", q, contract.IDs(items), err, want)
	}
	if q.Limit == 100 && q.After == (media.Cursor{}) && q.Before == (media.Cursor{}) {
		if n, err := db.CountItems(t.Context(), q); err != nil || n != len(want) {
			t.Errorf("CountItems of %+v: %d, %v, want %d", q, n, err, len(want))
		}
		wantNumbered(t, db, q, items)
	}
	return items
}

// wantNumbered fails unless a query has the numbers of these items, even for none of a page.
func wantNumbered(t *testing.T, db contract.Records, q media.ItemQuery, items []media.Item) {
	t.Helper()
	q.Limit = 0
	got, err := db.Numbers(t.Context(), q)
	var want []media.Numbered
	for _, it := range items {
		want = append(want, media.Numbered{Number: it.Number, ID: it.ID})
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Numbers of %+v: %v, %v, want %v", q, got, err, want)
	}
}

func lists(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
	filed := listed("filed01", 3, ann)
	filed.AlbumID = album.ID
	video := listed("moving1", 1, ann)
	video.Kind, video.Tags = media.KindVideo, []string{"sea"}
	ending := listed("ending1", 2, ann)
	ending.ExpiresAt = contract.Noon.Add(time.Hour)
	binned := listed("binned1", 4, ann)
	contract.Insert(t, db, filed, video, ending, binned, listed("bobs001", 5, bob), listed("guest01", 6, media.User{}))
	moveToTrash(t, db, "binned1", contract.Noon.Add(time.Minute))

	wantListed(t, db, media.ItemQuery{}, "guest01", "bobs001", "filed01", "ending1", "moving1")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID}, "filed01", "ending1", "moving1")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Filter: media.Filter{Now: contract.Noon.Add(time.Hour)}}, "filed01", "moving1")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Kind: media.KindVideo}, "moving1")
	wantListed(t, db, media.ItemQuery{AlbumID: album.ID}, "filed01")
	wantListed(t, db, media.ItemQuery{AlbumID: album.ID, UserID: bob.ID})
	wantListed(t, db, media.ItemQuery{InTrash: true}, "binned1")
	wantListed(t, db, media.ItemQuery{InTrash: true, UserID: bob.ID})
	wantListed(t, db, media.ItemQuery{InTrash: true, Filter: media.Filter{Now: contract.Noon.Add(time.Minute)}})
	contract.BeginDelete(t, db, "filed01")
	items := wantListed(t, db, media.ItemQuery{UserID: ann.ID, Kind: media.KindVideo}, "moving1")
	contract.WantEqual(t, "an item of a list", items[0].Tags, []string{"sea"})
}

func lengths(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
	statuses := media.Everything(contract.Noon).Statuses
	for i := range 48 {
		it := listed(fmt.Sprintf("count%02d", i), i, []media.User{ann, bob, {}}[i/16])
		switch i % 8 {
		case 1:
			it.NSFW = true
		case 2:
			it.ModeratorNSFW = true
		case 3:
			it.ModerationStatus = media.ModerationPending
		case 4:
			it.ModerationStatus = media.ModerationRejected
		case 5:
			it.Kind = media.KindVideo
		case 6:
			it.ExpiresAt = contract.Noon.Add(time.Hour)
		}
		if i/16 == 0 && i%2 == 0 {
			it.AlbumID = album.ID
		}
		contract.Insert(t, db, it)
	}
	compare := func(state string) {
		t.Helper()
		for _, q := range []media.ItemQuery{
			{UserID: ann.ID}, {UserID: bob.ID}, {UserID: ann.ID, InTrash: true}, {UserID: ann.ID, Kind: media.KindVideo},
			{UserID: ann.ID, Kind: media.KindImage}, {UserID: bob.ID, Kind: media.KindImage, InTrash: true},
			{AlbumID: album.ID}, {AlbumID: album.ID, UserID: ann.ID}, {AlbumID: album.ID, UserID: bob.ID}, {AlbumID: album.ID, Kind: media.KindVideo},
		} {
			for _, some := range [][]media.Moderation{statuses, statuses[:1], statuses[1:2], statuses[2:]} {
				for _, at := range []time.Time{contract.Noon, contract.Noon.Add(time.Hour), contract.Noon.Add(2 * time.Hour)} {
					q.Filter, q.Limit = media.Filter{Now: at, Statuses: some}, 100
					items, err := db.Items(t.Context(), q)
					contract.WantError(t, "Items", err, nil)
					if n, err := db.CountItems(t.Context(), q); err != nil || n != len(items) {
						t.Errorf("%s: CountItems of %+v: %d, %v, want %d", state, q, n, err, len(items))
					}
				}
			}
		}
	}
	compare("inserted")
	for i := range 16 { // a half of each, of every sort
		moveToTrash(t, db, fmt.Sprintf("count%02d", i*2+i/8%2), contract.Noon.Add(time.Duration(1+i%2)*time.Hour))
	}
	compare("in the trash")
	for i := range 8 {
		_, err := db.Restore(t.Context(), fmt.Sprintf("count%02d", i*4+i/4%2), contract.Noon)
		contract.WantError(t, "Restore", err, nil)
	}
	compare("restored")
	for i := range 8 {
		it, err := db.Item(t.Context(), fmt.Sprintf("count%02d", i*4+i/4%2))
		contract.WantError(t, "Item", err, nil)
		it.NSFW, it.AlbumID, it.ExpiresAt = !it.NSFW, 0, contract.Noon.Add(90*time.Minute)
		contract.WantError(t, "UpdateItem", db.UpdateItem(t.Context(), it, contract.Noon), nil)
		if i%2 == 0 {
			contract.FinishDelete(t, db, contract.BeginDelete(t, db, it.ID).Number)
		}
	}
	compare("changed")
	_, err := db.BeginExpire(t.Context(), contract.Noon.Add(time.Hour), 100, nil)
	contract.WantError(t, "BeginExpire", err, nil)
	_, err = db.BeginPurge(t.Context(), contract.Noon.Add(time.Hour), 100)
	contract.WantError(t, "BeginPurge", err, nil)
	compare("ended")
	contract.WantError(t, "DeleteAlbum", db.DeleteAlbum(t.Context(), album.ID), nil)
	contract.WantError(t, "DeleteUser", db.DeleteUser(t.Context(), bob.ID, contract.Noon.Add(time.Hour)), nil)
	compare("left")
}

func tagsAndCategories(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	hidden, water := contract.InsertAlbum(t, db, "Alb0001", ann), contract.InsertCategory(t, db, "Water")
	var items []media.Item
	for i, tags := range [][]string{{"Sea", "SEA"}, {"other", "sea"}, {"seaside"}, {"SEA"}, {"sea", "Élan"}} {
		it := listed(fmt.Sprintf("tagged%d", i), i, []media.User{ann, bob, {}}[i%3])
		it.Tags, it.CategoryID = tags, water.ID
		items = append(items, it)
	}
	items[3].AlbumID = hidden.ID
	contract.Insert(t, db, items...)
	wantListed(t, db, media.ItemQuery{Tag: "sEa"}, "tagged4", "tagged3", "tagged1", "tagged0")
	wantListed(t, db, media.ItemQuery{Tag: "élan"}, "tagged4")
	wantListed(t, db, media.ItemQuery{Tag: "sea", Listed: true}, "tagged4", "tagged1", "tagged0")
	wantListed(t, db, media.ItemQuery{Tag: "sea", UserID: ann.ID}, "tagged3", "tagged0")
	wantListed(t, db, media.ItemQuery{Tag: "seaside", UserID: ann.ID})
	wantListed(t, db, media.ItemQuery{Tag: "nothing"})
	wantListed(t, db, media.ItemQuery{CategoryID: water.ID}, "tagged4", "tagged3", "tagged2", "tagged1", "tagged0")
	wantListed(t, db, media.ItemQuery{CategoryID: water.ID, Listed: true}, "tagged4", "tagged2", "tagged1", "tagged0")
	wantListed(t, db, media.ItemQuery{CategoryID: water.ID, UserID: ann.ID}, "tagged3", "tagged0")
	wantListed(t, db, media.ItemQuery{CategoryID: 1 << 40})
	moveToTrash(t, db, "tagged1", contract.Noon.Add(time.Hour))
	wantListed(t, db, media.ItemQuery{Tag: "sea", Listed: true}, "tagged4", "tagged0")
	for id, want := range map[string]bool{"tagged0": true, "tagged3": false} {
		it, err := db.Item(t.Context(), id)
		contract.WantError(t, "Item "+id, err, nil)
		listed, err := db.Listed(t.Context(), it.Number)
		contract.WantError(t, "Listed "+id, err, nil)
		contract.WantEqual(t, "Listed "+id, listed, want)
	}
}

func pages(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	var newestFirst []string
	for i := range 7 {
		// Two and two of the same second, which the number tells apart.
		id := fmt.Sprintf("paged%02d", i)
		contract.Insert(t, db, listed(id, i/2, ann))
		newestFirst = slices.Insert(newestFirst, 0, id)
	}
	q := media.ItemQuery{UserID: ann.ID, Limit: 3}
	first := wantListed(t, db, q, newestFirst[:3]...)
	q.After = first[2].Cursor()
	second := wantListed(t, db, q, newestFirst[3:6]...)
	q.After = second[2].Cursor()
	third := wantListed(t, db, q, newestFirst[6:]...)
	q.After = third[0].Cursor()
	wantListed(t, db, q)

	q = media.ItemQuery{UserID: ann.ID, Limit: 3, Before: third[0].Cursor()}
	wantListed(t, db, q, newestFirst[3:6]...)
	q.Before = second[0].Cursor()
	wantListed(t, db, q, newestFirst[:3]...)
	q.Before = first[0].Cursor()
	wantListed(t, db, q)
}

// sortable are items of a user whose order is another one in each way to sort them.
func sortable(t *testing.T, db contract.Records, owner media.User) []media.Item {
	t.Helper()
	var items []media.Item
	for i, of := range []struct {
		title, name string
		size, views int64
	}{
		{"beta", "x.jpg", 300, 0}, {"Alpha", "y.jpg", 20, 7}, {"", "Gamma.jpg", 1000, 7}, {"alpha", "z.jpg", 20, 1},
		{"Élan", "q.jpg", 300, 100}, {"a_b", "r.jpg", 4, 9},
	} {
		it := listed(fmt.Sprintf("sorted%d", i), i/2, owner)
		it.Title, it.OriginalName, it.Original.Size, it.Views = of.title, of.name, of.size, of.views
		it.Tags = []string{"Both", "both"}
		items = append(items, it)
	}
	return contract.Insert(t, db, items...)
}

func sorts(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	sortable(t, db, ann)
	contract.Insert(t, db, listed("another", 1, bob))
	for sort, want := range map[media.Sort]string{
		media.SortNewest: "543210", media.SortOldest: "012345", media.SortTitle: "513024", media.SortSize: "240315", media.SortViews: "452130",
	} {
		var all []string
		for _, digit := range want {
			all = append(all, "sorted"+string(digit))
		}
		for _, q := range []media.ItemQuery{{UserID: ann.ID, Sort: sort}, {UserID: ann.ID, Sort: sort, Tag: "both"}, {UserID: ann.ID, Sort: sort, Search: "g"}} {
			wantListed(t, db, q, all...)
			wantWalked(t, db, q, all)
		}
	}
}

// wantWalked goes through a list by pages of two, there and back.
func wantWalked(t *testing.T, db contract.Records, q media.ItemQuery, all []string) {
	t.Helper()
	q.Limit, q.Filter = 2, media.Everything(contract.Noon)
	walk := func(next func(page []media.Item)) (walked []string) {
		for len(walked) <= len(all) {
			page, err := db.Items(t.Context(), q)
			contract.WantError(t, "Items", err, nil)
			if len(page) == 0 {
				return walked
			}
			walked = append(walked, contract.IDs(page)...)
			next(page)
		}
		return walked
	}
	var last media.Item
	there := walk(func(page []media.Item) {
		last = page[len(page)-1]
		q.After = last.CursorIn(q.Sort)
	})
	if !slices.Equal(there, all) {
		t.Errorf("walk through %+v: %v, want %v", q, there, all)
	}
	if len(all) == 0 {
		return
	}
	q.After, q.Before = media.Cursor{}, last.CursorIn(q.Sort)
	var back []string
	walk(func(page []media.Item) {
		back = append(contract.IDs(page), back...)
		q.Before = page[0].CursorIn(q.Sort)
	})
	if !slices.Equal(back, all[:len(all)-1]) {
		t.Errorf("walk back through %+v: %v, want %v", q, back, all[:len(all)-1])
	}
}

func narrowed(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
	filed, ending, private, hidden, open := listed("filed01", 0, ann), listed("ending1", 1, ann), listed("private", 2, ann), listed("hidden1", 3, ann), listed("public1", 4, ann)
	filed.AlbumID = album.ID
	ending.ExpiresAt, ending.Visibility = contract.Noon.Add(time.Hour), media.Hidden
	private.Visibility, hidden.Visibility = media.Private, media.Hidden
	contract.Insert(t, db, filed, ending, private, hidden, open)
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, NoAlbum: true}, "public1", "hidden1", "private", "ending1")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Ending: true}, "ending1")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Visibility: media.Public}, "public1", "filed01")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Visibility: media.Private}, "private")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Visibility: media.Hidden, Sort: media.SortOldest, NoAlbum: true}, "ending1", "hidden1")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Visibility: media.Hidden, Ending: true, Search: "jpg"})
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, AlbumID: album.ID, NoAlbum: true})
}

func search(t *testing.T, db contract.Records) {
	first, second := contract.Picture("first01"), contract.Picture("second1")
	first.Title, first.Tags, first.OriginalName = "Élan am Meer", []string{"Sommer", "100%"}, "IMG_1.jpg"
	second.Title, second.Tags = "Meer", []string{"Winter"}
	contract.Insert(t, db, first, second)
	for words, want := range map[string][]string{
		"meer": {"second1", "first01"}, "MEER sommer": {"first01"}, "élan": {"first01"}, "ÉLAN": {"first01"},
		"img_1": {"first01"}, "img%": {}, "100%": {"first01"}, "meer herbst": {}, "winter": {"second1"}, "  ": {"second1", "first01"},
		`'; DROP TABLE items; --`: {},
	} {
		wantListed(t, db, media.ItemQuery{Search: words}, want...)
	}
}

// manyOthers are items of a user, enough that a database looks for better ways
// than to read all, and that say nothing of what tests search.
func manyOthers(t *testing.T, db contract.Records, owner media.User) {
	t.Helper()
	for i := range 150 {
		it := listed(fmt.Sprintf("other%02d", i), -i, owner)
		it.Title, it.OriginalName = fmt.Sprintf("Title %d", i), fmt.Sprintf("DSC_%04d.png", i)
		contract.Insert(t, db, it)
	}
}

func searchInWords(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	manyOthers(t, db, ann)
	for i, text := range []struct{ title, name, tag string }{
		{"東京タワーの夜", "a.jpg", "旅行"}, {"Seaside holidays", "HOLIDAY_20261120.jpg", "Straße"}, {"鯨", "b.jpg", "x"}, {"🚀🚀🚀🚀", "c++.jpg", `"quoted"`},
	} {
		it := listed(fmt.Sprintf("found%02d", i), i, ann)
		it.Title, it.OriginalName, it.Tags = text.title, text.name, []string{text.tag, "later"}
		theirs := it
		theirs.ID, theirs.UserID, theirs.Original.Key, theirs.Thumb.Key = fmt.Sprintf("their%02d", i), bob.ID, fmt.Sprintf("b%d.jpg", i), fmt.Sprintf("b%d.th.jpg", i)
		contract.Insert(t, db, it, theirs)
	}
	for words, want := range map[string][]string{
		"東京": {"found00"}, "京": {"found00"}, "タワーの": {"found00"}, "東 夜 旅": {"found00"}, "京東": {}, "鯨": {"found02"}, "鯨 later": {"found02"},
		"easid": {"found01"}, "day": {"found01"}, "idays 1120": {"found01"}, "straße": {"found01"}, "ASS": {}, "s jpg": {"found01"}, "zq": {},
		"🚀": {"found03"}, "🚀🚀🚀🚀": {"found03"}, "🚀🚀🚀🚀🚀": {}, "c++": {"found03"}, "++": {"found03"}, `"quoted"`: {"found03"}, `ed"`: {"found03"}, "LATE": {"found03", "found02", "found01", "found00"},
		"late jpg": {"found03", "found02", "found01", "found00"}, "e jpg": {"found03", "found02", "found01", "found00"}, "u1": {}, "_ jpg": {"found01"},
	} {
		wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: words}, want...)
	}
	page := wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: "later", Limit: 2}, "found03", "found02")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: "later", Limit: 2, After: page[1].Cursor()}, "found01", "found00")
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: "later", Limit: 2, Before: page[0].Cursor()})
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: "later", Limit: 1, Before: page[1].Cursor()}, "found03")
}

func searchFollows(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	it := listed("changed", 0, ann)
	it.Title, it.Tags = "Harbour", []string{"boats"}
	it = contract.Insert(t, db, it)[0]
	for i := range 2 { // just changed, and many changes ago
		finds := func(words string, want ...string) {
			t.Helper()
			wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: words}, want...)
			wantListed(t, db, media.ItemQuery{UserID: bob.ID, Search: words})
		}
		finds("harbour", it.ID)
		finds("boat", it.ID)
		change := it
		change.Title, change.Tags = "Garden", []string{"roses"}
		contract.WantError(t, "UpdateItem", db.UpdateItem(t.Context(), change, contract.Noon), nil)
		finds("harbour")
		finds("boat")
		finds("arden rose", it.ID)
		moveToTrash(t, db, it.ID, contract.Noon.Add(time.Hour))
		finds("garden")
		wantListed(t, db, media.ItemQuery{UserID: ann.ID, InTrash: true, Search: "garden"}, it.ID)
		_, err := db.Restore(t.Context(), it.ID, contract.Noon)
		contract.WantError(t, "Restore", err, nil)
		finds("garden", it.ID)
		contract.WantError(t, "UpdateItem", db.UpdateItem(t.Context(), it, contract.Noon), nil)
		finds("garden")
		finds("harbour", it.ID)
		if i == 0 {
			manyOthers(t, db, ann)
		}
	}
	number := contract.BeginDelete(t, db, it.ID).Number
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: "harbour"})
	contract.FinishDelete(t, db, number)
	wantListed(t, db, media.ItemQuery{UserID: ann.ID, Search: "harbour"})
}

func searchCounts(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	for i := range media.MaxSearchCount + 10 {
		it := listed(fmt.Sprintf("many%03d", i), i, ann)
		it.Title = "Found"
		contract.Insert(t, db, it)
	}
	for _, q := range []media.ItemQuery{{UserID: ann.ID, Search: "found"}, {UserID: ann.ID, Search: "f"}, {Search: "found"}} {
		q.Filter = media.Everything(contract.Noon)
		if n, err := db.CountItems(t.Context(), q); err != nil || n != media.MaxSearchCount {
			t.Errorf("CountItems of %+v: %d, %v, want %d", q, n, err, media.MaxSearchCount)
		}
	}
}

func updateItem(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
	before := listed("change1", 0, ann)
	before.Tags, before.RequestDigest, before.NSFW = []string{"old", "kept"}, "t", true
	other := contract.Picture("another")
	other.Tags = []string{"old"}
	items := contract.Insert(t, db, before, other)
	want := items[0]
	want.Title, want.Description, want.Tags = "New", "Newer", []string{"kept", "new", "old"}
	want.AlbumID, want.ExpiresAt, want.NSFW, want.RequestDigest = album.ID, contract.Noon.Add(time.Hour), false, ""
	contract.WantError(t, "UpdateItem", db.UpdateItem(t.Context(), want, contract.Noon), nil)
	contract.WantItem(t, db, want)
	contract.WantItem(t, db, items[1])
	want.Tags, want.AlbumID, want.ExpiresAt = nil, 0, time.Time{}
	contract.WantError(t, "UpdateItem to nothing", db.UpdateItem(t.Context(), want, contract.Noon), nil)
	want.Visibility = media.Hidden // as the album was
	contract.WantItem(t, db, want)
}

// closedOut takes items out of albums with a password and without one, over every road.
func closedOut(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	none := int64(0)
	move := func(to *int64, by media.User) func(media.Item, media.Album) error {
		return func(it media.Item, _ media.Album) error {
			return db.UpdateItems(t.Context(), []int64{it.Number}, media.ItemsChange{AlbumID: to, By: by.ID}, contract.Noon)
		}
	}
	other := contract.InsertAlbum(t, db, "other", ann)
	for i, road := range []struct {
		name string
		want media.Visibility // from an album with a password
		out  func(media.Item, media.Album) error
	}{
		{"its owner takes it out", media.Hidden, move(&none, ann)},
		{"its owner moves it", media.Public, move(&other.ID, ann)},
		{"another takes it out", media.Private, move(&none, bob)},
		{"another moves it", media.Private, move(&other.ID, bob)},
		{"it is given away", media.Private, func(it media.Item, _ media.Album) error { return db.GiveItems(t.Context(), []int64{it.Number}, bob.ID) }},
		{"its album is deleted", media.Private, func(_ media.Item, a media.Album) error { return db.DeleteAlbum(t.Context(), a.ID) }},
		{"its album is deleted, and it is restored", media.Private, func(it media.Item, a media.Album) error {
			_, err := db.MoveToTrash(t.Context(), it.ID, contract.Noon.Add(time.Hour))
			return errors.Join(err, db.DeleteAlbum(t.Context(), a.ID))
		}},
		{"its owner is deleted", media.Private, func(_ media.Item, a media.Album) error {
			return db.DeleteUser(t.Context(), a.UserID, contract.Noon.Add(time.Hour))
		}},
	} {
		for _, lock := range []media.Lock{"$word", ""} {
			owner := ann
			if road.name == "its owner is deleted" {
				owner = contract.InsertUser(t, db, fmt.Sprintf("gone%d", len(lock)))
			}
			album := media.Album{Slug: fmt.Sprintf("out%d%d", i, len(lock)), UserID: owner.ID, CreatedAt: contract.Noon, Visibility: media.Public, Lock: lock}
			contract.WantError(t, "InsertAlbum", db.InsertAlbum(t.Context(), &album), nil)
			it := listed(fmt.Sprintf("out%d%d", i, len(lock)), i, owner)
			it.AlbumID, it.Visibility = album.ID, media.Public
			it = contract.Insert(t, db, it)[0]
			contract.WantError(t, road.name, road.out(it, album), nil)
			if _, err := db.Item(t.Context(), it.ID); err != nil {
				_, err = db.Restore(t.Context(), it.ID, contract.Noon)
				contract.WantError(t, "Restore", err, nil)
			}
			got, err := db.Item(t.Context(), it.ID)
			contract.WantError(t, "Item", err, nil)
			want := road.want
			if lock == "" {
				want = media.Public
			}
			contract.WantEqual(t, fmt.Sprintf("%s, with the lock %q: in its album, seen by", road.name, lock),
				fmt.Sprint(got.AlbumID == album.ID, got.Visibility), fmt.Sprint(false, want))
		}
	}
}

func locks(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
	inside, alone := listed("inside1", 0, ann), listed("alone01", 1, ann)
	inside.AlbumID, alone.Lock = album.ID, "old"
	items := contract.Insert(t, db, inside, alone)
	album.Lock = "old"
	contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), album.ID, media.PostChange{Lock: &album.Lock}), nil)
	for _, want := range []media.Lock{"old", "new"} {
		got, err := db.AlbumBySlug(t.Context(), album.Slug)
		contract.WantError(t, "AlbumBySlug", err, nil)
		items[0].AlbumLock, items[1].Lock = want, want
		if got.Lock != want {
			t.Errorf("the album has the lock %q, want %q", got.Lock, want)
		}
		contract.WantItem(t, db, items[0])
		contract.WantItem(t, db, items[1])
		contract.WantError(t, "ReplaceLock", db.ReplaceLock(t.Context(), "old", "new"), nil)
		contract.WantError(t, "ReplaceLock of none", db.ReplaceLock(t.Context(), "", "none"), nil)
	}
}

func updateNothing(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, contract.Picture("living1"), contract.Expiring("ended01", contract.Noon), contract.Picture("binned1"), contract.Picture("leaving"))
	moveToTrash(t, db, "binned1", contract.Noon.Add(time.Hour))
	contract.BeginDelete(t, db, "leaving")
	absent := contract.Picture("absent1")
	for _, it := range append(items[1:], absent) {
		it.Title, it.ExpiresAt = "changed", contract.Noon.Add(time.Hour)
		contract.WantMissing(t, "UpdateItem of "+it.ID, db.UpdateItem(t.Context(), it, contract.Noon))
	}
	changed := items[0]
	changed.AlbumID = 1 << 40
	contract.WantMissing(t, "UpdateItem without the album", db.UpdateItem(t.Context(), changed, contract.Noon))
	contract.WantItem(t, db, items[0])
	contract.WantItem(t, db, items[1])
}

func albumCards(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	empty, full := contract.InsertAlbum(t, db, "Alb0001", ann), contract.InsertAlbum(t, db, "Alb0002", ann)
	waiting := contract.InsertAlbum(t, db, "Alb0003", bob)
	var covers []media.File
	items := make(map[string]media.Item)
	for i, id := range []string{"oldest1", "middle1", "hidden1", "pending", "refused", "judged1", "ended01", "binned1"} {
		it := listed(id, i, ann)
		it.AlbumID, it.NSFW, it.ModeratorNSFW = full.ID, id == "hidden1", id == "judged1"
		switch id {
		case "pending":
			it.ModerationStatus = media.ModerationPending
		case "refused":
			it.ModerationStatus = media.ModerationRejected
		case "ended01":
			it.ExpiresAt = contract.Noon
		}
		items[id] = contract.Insert(t, db, it)[0]
		covers = append(covers, items[id].Thumb)
	}
	moveToTrash(t, db, "binned1", contract.Noon.Add(time.Hour))
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID}, media.AlbumCard{Album: full, Items: 6, Cover: covers[1]}, media.AlbumCard{Album: empty})
	for _, test := range []struct {
		chosen string
		cover  media.File
	}{{"oldest1", covers[0]}, {"hidden1", covers[1]}, {"oldest1", covers[0]}, {"ended01", covers[1]}, {"oldest1", covers[0]}} {
		contract.WantError(t, "SetAlbumCover", db.SetAlbumCover(t.Context(), items[test.chosen].Number), nil)
		wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID}, media.AlbumCard{Album: full, Items: 6, Cover: test.cover}, media.AlbumCard{Album: empty})
		cover, err := db.AlbumCover(t.Context(), full.ID, contract.Noon)
		if test.chosen == "oldest1" {
			contract.WantError(t, "AlbumCover", err, nil)
			contract.WantEqual(t, "AlbumCover", cover.ID, test.chosen)
		} else {
			contract.WantMissing(t, "AlbumCover "+test.chosen, err)
		}
	}
	contract.WantError(t, "ClearAlbumCover", db.ClearAlbumCover(t.Context(), items["middle1"].Number), nil)
	_, err := db.AlbumCover(t.Context(), full.ID, contract.Noon)
	contract.WantMissing(t, "AlbumCover of none", err)
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID}, media.AlbumCard{Album: full, Items: 6, Cover: covers[1]}, media.AlbumCard{Album: empty})
	contract.WantError(t, "SetAlbumCover", db.SetAlbumCover(t.Context(), items["oldest1"].Number), nil)
	contract.WantMissing(t, "SetAlbumCover", db.SetAlbumCover(t.Context(), items["binned1"].Number))
	contract.WantMissing(t, "SetAlbumCover", db.SetAlbumCover(t.Context(), contract.Insert(t, db, listed("loose01", 9, ann))[0].Number))
	own := func(id string, minutes int, status media.Moderation, v media.Visibility, nsfw bool) media.Item {
		it := listed(id, minutes, bob)
		it.AlbumID, it.ModerationStatus, it.Visibility, it.NSFW = waiting.ID, status, v, nsfw
		return contract.Insert(t, db, it)[0]
	}
	own("refuse2", 0, media.ModerationRejected, media.Public, false)
	wantAlbums(t, db, media.AlbumQuery{UserID: bob.ID}, media.AlbumCard{Album: waiting, Items: 1})
	first, last := own("waits01", 1, media.ModerationPending, media.Public, false), own("own0001", 2, "", media.Private, false)
	own("waits02", 3, media.ModerationPending, media.Public, true)
	wantAlbums(t, db, media.AlbumQuery{UserID: bob.ID}, media.AlbumCard{Album: waiting, Items: 4, Cover: last.Thumb})
	contract.WantError(t, "SetAlbumCover", db.SetAlbumCover(t.Context(), first.Number), nil)
	wantAlbums(t, db, media.AlbumQuery{UserID: bob.ID}, media.AlbumCard{Album: waiting, Items: 4, Cover: first.Thumb})
	_, err = db.AlbumCover(t.Context(), waiting.ID, contract.Noon)
	contract.WantMissing(t, "AlbumCover of one that waits", err)

	moveToTrash(t, db, "oldest1", contract.Noon.Add(time.Hour))
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID}, media.AlbumCard{Album: full, Items: 5, Cover: covers[1]}, media.AlbumCard{Album: empty})
}

func wantAlbums(t *testing.T, db contract.Records, q media.AlbumQuery, want ...media.AlbumCard) {
	t.Helper()
	q.Now = contract.Noon
	if q.Limit == 0 {
		q.Limit = 100
	}
	got, err := db.AlbumsOf(t.Context(), q)
	contract.WantError(t, "AlbumsOf", err, nil)
	contract.WantEqual(t, "AlbumsOf", got, want)
}

func albumPages(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	var newestFirst []media.AlbumCard
	for i := range 5 {
		// Two and two of the same second, which the number tells apart.
		a := media.Album{Slug: fmt.Sprintf("Alb000%d", i), UserID: ann.ID, Title: "A", CreatedAt: contract.Noon.Add(time.Duration(i/2) * time.Second)}
		contract.WantError(t, "InsertAlbum", db.InsertAlbum(t.Context(), &a), nil)
		newestFirst = slices.Insert(newestFirst, 0, media.AlbumCard{Album: a})
	}
	at := func(i int) media.Cursor { return newestFirst[i].Cursor() }
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID, Limit: 2}, newestFirst[:2]...)
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID, Limit: 2, After: at(1)}, newestFirst[2:4]...)
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID, Limit: 2, After: at(3)}, newestFirst[4])
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID, Limit: 2, Before: at(4)}, newestFirst[2:4]...)
	wantAlbums(t, db, media.AlbumQuery{UserID: ann.ID, Limit: 2, Before: at(1)}, newestFirst[0])
}

func albumTitles(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	first, second, theirs := contract.InsertAlbum(t, db, "Alb0001", ann), contract.InsertAlbum(t, db, "Alb0002", ann), contract.InsertAlbum(t, db, "Alb0003", bob)
	wantTitled := func(title string, want ...media.Album) {
		t.Helper()
		got, err := db.AlbumsTitled(t.Context(), ann.ID, title, 2)
		contract.WantError(t, "AlbumsTitled", err, nil)
		contract.WantEqual(t, "AlbumsTitled "+title, got, want)
	}
	wantTitled(first.Title, first)
	wantTitled(strings.ToUpper(first.Title))
	wantTitled(theirs.Title)
	contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), second.ID, media.PostChange{Title: &first.Title}), nil)
	second.Title = first.Title
	wantTitled(first.Title, first, second)
}

func albumChanges(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	album, other := contract.InsertAlbum(t, db, "Alb0001", ann), contract.InsertAlbum(t, db, "Alb0002", ann)
	it := listed("filed01", 0, ann)
	it.AlbumID = album.ID
	it = contract.Insert(t, db, it)[0]
	title := strings.Repeat("ß", 100)
	contract.WantError(t, "UpdatePost", db.UpdatePost(t.Context(), album.ID, media.PostChange{Title: &title}), nil)
	album.Title = title
	got, err := db.Album(t.Context(), album.ID)
	contract.WantError(t, "Album", err, nil)
	contract.WantEqual(t, "Album", got, album)

	contract.WantError(t, "DeleteAlbum", db.DeleteAlbum(t.Context(), album.ID), nil)
	it.AlbumID, it.Visibility = 0, media.Hidden // as the album was
	contract.WantItem(t, db, it)
	_, err = db.Album(t.Context(), album.ID)
	contract.WantMissing(t, "Album", err)
	contract.WantMissing(t, "UpdatePost", db.UpdatePost(t.Context(), album.ID, media.PostChange{Title: &title}))
	contract.WantMissing(t, "DeleteAlbum", db.DeleteAlbum(t.Context(), album.ID))
	got, err = db.AlbumBySlug(t.Context(), other.Slug)
	contract.WantError(t, "AlbumBySlug", err, nil)
	contract.WantEqual(t, "AlbumBySlug", got, other)
}
