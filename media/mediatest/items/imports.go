package items

import (
	"errors"
	"io/fs"
	"testing"

	"postern/media"
	"postern/media/mediatest/contract"
)

// importClauses hold for databases that take imports.
var importClauses = []contract.Clause{
	{Name: "old sites are kept by their URL", Run: oldSites},
	{Name: "items are imported once", Run: importsOnce},
	{Name: "names that are taken refuse one item alone", Run: importRefusals},
	{Name: "keys are known by their hashes until they are shown", Run: keyHashes},
	{Name: "people and albums keep what they were", Run: importPeople},
}

func newOldSite(t *testing.T, db contract.Records) media.OldSite {
	t.Helper()
	o := media.OldSite{URL: "https://old.example.org", Version: "4.2", Salt: "salt", Padding: 5000, RouteImage: "bild", RootRoute: "user", CreatedAt: contract.Noon}
	if err := db.SetOldSite(t.Context(), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func oldSites(t *testing.T, db contract.Records) {
	o := newOldSite(t, db)
	again := o
	again.ID, again.Exact, again.Linked, again.GuestKey = 0, true, true, []byte("digest")
	if err := db.SetOldSite(t.Context(), &again); err != nil || again.ID != o.ID {
		t.Fatalf("the same URL again: ID %d, %v, want %d", again.ID, err, o.ID)
	}
	again.Linked = false
	if err := db.SetOldSite(t.Context(), &again); err != nil {
		t.Fatal(err)
	}
	all, err := db.OldSites(t.Context())
	if err != nil || len(all) != 1 || !all[0].Linked || !all[0].Exact || all[0].Padding != 5000 || string(all[0].GuestKey) != "digest" {
		t.Errorf("old sites %+v, %v", all, err)
	}
}

// movingIn is an item of a number at an old site.
func movingIn(id string, number int64) media.ImportedItem {
	it := contract.Picture(id)
	it.Tags = []string{"sea"}
	return media.ImportedItem{Item: &it, Number: number, Paths: []media.OldPath{{Path: "old/" + id, Kind: media.OldItem, Role: media.RoleOriginal}}}
}

func importsOnce(t *testing.T, db contract.Records) {
	o := newOldSite(t, db)
	for run, want := range []error{nil, fs.ErrExist} {
		refused, err := db.ImportItems(t.Context(), o.ID, []media.ImportedItem{movingIn("Ab", 7)})
		if err != nil || len(refused) != 1 || !errors.Is(refused[0], want) {
			t.Fatalf("run %d: %v, %v, want %v", run, refused, err, want)
		}
	}
	it, err := db.Item(t.Context(), "Ab")
	if err != nil || len(it.Tags) != 1 {
		t.Fatalf("item %+v, %v", it, err)
	}
	if n, err := db.OldNumber(t.Context(), o.ID, media.OldItem, 7); err != nil || n != it.Number {
		t.Errorf("number 7 is item %d, %v, want %d", n, err, it.Number)
	}
	if all, err := db.OldNumbers(t.Context(), o.ID, media.OldItem, []int64{6, 7, 8}); err != nil || len(all) != 1 || all[7] != it.Number {
		t.Errorf("numbers %v, %v", all, err)
	}
	if p, err := db.OldPath(t.Context(), o.ID, "old/Ab"); err != nil || p.Target != it.Number || p.Role != media.RoleOriginal {
		t.Errorf("path %+v, %v", p, err)
	}
	if _, err := db.OldPath(t.Context(), o.ID, "OLD/Ab"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path in other letters: %v, want fs.ErrNotExist", err)
	}
	it.Renditions[0] = media.File{Key: "images/Ab_xs.jpg", Object: "images/Ab_xs.jpg", MIME: "image/jpeg", Size: 5, Width: 1, Height: 1}
	for run, want := range []error{nil, media.ErrKeyTaken} {
		if err := db.AddFiles(t.Context(), &it, media.RenditionRoles[:1]); !errors.Is(err, want) {
			t.Errorf("further files, run %d: %v, want %v", run, err, want)
		}
	}
	if got, err := db.Item(t.Context(), "Ab"); err != nil || got.Renditions[0].Key != it.Renditions[0].Key {
		t.Errorf("after further files: %+v, %v", got.Renditions[0], err)
	}
	nobody := it
	nobody.Number, nobody.Renditions[0].Key, nobody.Renditions[0].Object = 1<<40, "images/nobody.jpg", "images/nobody.jpg"
	if err := db.AddFiles(t.Context(), &nobody, media.RenditionRoles[:1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("files of no item: %v, want fs.ErrNotExist", err)
	}
	album := media.OldPath{Path: "trip", Kind: media.OldAlbum, Target: 3}
	for _, paths := range [][]media.OldPath{{album}, {album, {Path: "old/Ab", Kind: media.OldAlbum, Target: 9}}} {
		if err := db.AddOldPaths(t.Context(), o.ID, paths); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := db.OldPath(t.Context(), o.ID, "trip"); err != nil || p != album {
		t.Errorf("an added path: %+v, %v, want %+v", p, err, album)
	}
	if p, err := db.OldPath(t.Context(), o.ID, "old/Ab"); err != nil || p.Target != it.Number {
		t.Errorf("a path that was there, added again: %+v, %v", p, err)
	}
	if was, err := db.WasImported(t.Context(), o.ID, it.Number); err != nil || !was {
		t.Errorf("was it imported? %t, %v", was, err)
	}
	if got, err := db.ItemNumbered(t.Context(), it.Number); err != nil || got.ID != "Ab" {
		t.Errorf("item by number: %s, %v", got.ID, err)
	}
	for range 2 {
		if err := db.AddDeleteHashes(t.Context(), o.ID, map[int64]string{7: "hash", 8: "of nothing"}); err != nil {
			t.Fatal(err)
		}
	}
	if hash, err := db.DeleteHash(t.Context(), it.Number); err != nil || hash != "hash" {
		t.Errorf("delete hash %q, %v", hash, err)
	}
	// What is deleted here does not come back.
	if _, err := db.BeginDelete(t.Context(), "Ab"); err != nil {
		t.Fatal(err)
	}
	if err := db.FinishDelete(t.Context(), it.Number); err != nil {
		t.Fatal(err)
	}
	refused, err := db.ImportItems(t.Context(), o.ID, []media.ImportedItem{movingIn("Ab", 7)})
	if err != nil || !errors.Is(refused[0], fs.ErrExist) {
		t.Errorf("after its deletion: %v, %v, want fs.ErrExist", refused, err)
	}
}

func importRefusals(t *testing.T, db contract.Records) {
	o := newOldSite(t, db)
	contract.Insert(t, db, contract.Picture("Taken12"))
	if err := db.RetireIDs(t.Context(), []string{"Retired"}); err != nil {
		t.Fatal(err)
	}
	twin := movingIn("New1234", 3)
	twin.Item.Original.Key = "images/TAKEN12.jpg" // in other letters
	refused, err := db.ImportItems(t.Context(), o.ID, []media.ImportedItem{
		movingIn("Taken12", 1), movingIn("Retired", 2), twin, movingIn("Free", 4),
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []error{media.ErrIDTaken, media.ErrIDTaken, media.ErrKeyTaken, nil} {
		if !errors.Is(refused[n], want) {
			t.Errorf("item %d: %v, want %v", n+1, refused[n], want)
		}
	}
	if _, err := db.Item(t.Context(), "Free"); err != nil {
		t.Error(err)
	}

	// Items of one call have no name in common, either.
	otherLetters := movingIn("Three", 7)
	otherLetters.Item.Original.Key = "images/ONE.jpg"
	refused, err = db.ImportItems(t.Context(), o.ID, []media.ImportedItem{
		movingIn("One", 5), movingIn("One", 6), otherLetters, movingIn("Four", 5), movingIn("Five", 8),
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []error{nil, media.ErrIDTaken, media.ErrKeyTaken, fs.ErrExist, nil} {
		if !errors.Is(refused[n], want) {
			t.Errorf("item %d of one call: %v, want %v", n+1, refused[n], want)
		}
	}
}

func keyHashes(t *testing.T, db contract.Records) {
	o := newOldSite(t, db)
	ann := contract.InsertUser(t, db, "ann")
	k := media.APIKey{UserID: ann.ID, Name: "old", CreatedAt: contract.Noon}
	if err := db.ImportKey(t.Context(), o.ID, 5, &k, "hash"); err != nil {
		t.Fatal(err)
	}
	id, hash, err := db.KeyHash(t.Context(), o.ID, 5)
	if err != nil || id != k.ID || hash != "hash" {
		t.Errorf("hash %q of key %d, %v", hash, id, err)
	}
	if _, _, err := db.KeyHash(t.Context(), o.ID, 6); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hash of no key: %v", err)
	}
	digest := []byte("0123456789abcdef0123456789abcdef")
	if err := db.SetKeyDigest(t.Context(), k.ID, digest); err != nil {
		t.Fatal(err)
	}
	if got, _, err := db.KeyByDigest(t.Context(), digest); err != nil || got.ID != k.ID {
		t.Errorf("key by its digest: %d, %v, want %d", got.ID, err, k.ID)
	}
}

func importPeople(t *testing.T, db contract.Records) {
	o := newOldSite(t, db)
	ann, bob := media.User{Name: "Ann", CreatedAt: contract.Noon, State: media.UserDisabled}, media.User{Name: "bob", CreatedAt: contract.Noon}
	for number, u := range []*media.User{&ann, &bob} {
		if err := db.ImportUser(t.Context(), o.ID, int64(number+1), u, media.UserDetails{Email: "a@example.org", Private: true}, "$2y$10$hash"); err != nil {
			t.Fatal(err)
		}
	}
	again := media.User{Name: "ANN", CreatedAt: contract.Noon}
	if err := db.ImportUser(t.Context(), o.ID, 3, &again, media.UserDetails{}, ""); !errors.Is(err, media.ErrNameTaken) {
		t.Errorf("a name that is taken: %v", err)
	}
	if u, err := db.UserWithEmail(t.Context(), "a@example.org"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the address of two users is that of %q, %v", u.Name, err)
	}
	eve := media.User{Name: "Eve", CreatedAt: contract.Noon}
	if err := db.ImportUser(t.Context(), o.ID, 4, &eve, media.UserDetails{Email: "Eve@example.org"}, ""); err != nil {
		t.Fatal(err)
	}
	if u, err := db.UserWithEmail(t.Context(), "eve@EXAMPLE.org"); err != nil || u.ID != eve.ID {
		t.Errorf("the user of an address: %q, %v", u.Name, err)
	}
	if u, err := db.User(t.Context(), ann.ID); err != nil || u.State != media.UserDisabled {
		t.Errorf("user %+v, %v", u, err)
	}
	for range 2 {
		n, err := db.AddFollows(t.Context(), []media.Follow{{Follower: ann.ID, Followed: bob.ID, CreatedAt: contract.Noon}, {Follower: ann.ID, Followed: ann.ID, CreatedAt: contract.Noon}, {Follower: ann.ID, Followed: 999, CreatedAt: contract.Noon}})
		if err != nil || n != 1 {
			t.Errorf("%d follows, %v, want 1", n, err)
		}
	}
	items := contract.Insert(t, db, contract.Picture("a"))
	for range 2 {
		n, err := db.AddLikes(t.Context(), []media.Like{{UserID: ann.ID, Item: items[0].Number, CreatedAt: contract.Noon}, {UserID: ann.ID, Item: 999, CreatedAt: contract.Noon}})
		if err != nil || n != 1 {
			t.Errorf("%d likes, %v, want 1", n, err)
		}
	}
	for range 2 {
		if err := db.BanAddress(t.Context(), "203.0.113.66", "spam", contract.Noon); err != nil {
			t.Fatal(err)
		}
	}
	first := media.Category{Name: "Sea"}
	same := media.Category{Name: "SEA"}
	if err := errors.Join(db.ImportCategory(t.Context(), o.ID, 1, &first), db.ImportCategory(t.Context(), o.ID, 2, &same)); err != nil || first.ID != same.ID {
		t.Errorf("categories %d and %d, %v, want one", first.ID, same.ID, err)
	}
	parent := media.Post{Album: media.Album{Slug: "Ds", UserID: bob.ID, Title: "Trip", CreatedAt: contract.Noon, Visibility: media.Public, Lock: "word"}, Description: "far", Views: 3}
	child := media.Post{Album: media.Album{Slug: "Ek", UserID: bob.ID, Title: "Day 1", CreatedAt: contract.Noon, Visibility: media.Hidden}}
	if err := errors.Join(db.ImportAlbum(t.Context(), o.ID, 1, &parent, media.AlbumDetails{}), db.ImportAlbum(t.Context(), o.ID, 2, &child, media.AlbumDetails{})); err != nil {
		t.Fatal(err)
	}
	if err := db.SetAlbumPlace(t.Context(), child.ID, parent.ID, items[0].Number); err != nil {
		t.Error(err)
	}
	taken := media.Post{Album: media.Album{Slug: "Ds", UserID: bob.ID, CreatedAt: contract.Noon, Visibility: media.Public}}
	if err := db.ImportAlbum(t.Context(), o.ID, 3, &taken, media.AlbumDetails{}); !errors.Is(err, media.ErrIDTaken) {
		t.Errorf("a slug that is taken: %v", err)
	}
	if a, err := db.AlbumBySlug(t.Context(), "Ds"); err != nil || a.ID != parent.ID || a.Title != "Trip" || a.Lock != "word" {
		t.Errorf("album %+v, %v", a, err)
	}
}
