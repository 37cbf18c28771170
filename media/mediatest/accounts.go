package mediatest

import (
	"bytes"
	"io/fs"
	"testing"
	"time"

	"postern/media"
)

var accountClauses = []contract{
	{"users come back by ID and by name in any case", users},
	{"a user's name is taken in any case", userNameTaken},
	{"a user is changed in what is named", changedUser},
	{"an active admin is always left", lastActiveAdmin},
	{"keys come back by digest, with their users", keys},
	{"a key without a scope may do everything", scopes},
	{"a key needs a user and comes once", keyRules},
	{"a revoked key is still found, and says so", revokedKey},
	{"the last use of keys is recorded", touchedKeys},
	{"albums come back by slug, letter for letter", albums},
	{"an album needs a user and a slug of its own", albumRules},
	{"categories come back by ID", categories},
	{"categories are listed, renamed and deleted, and their items stay", categoryChanges},
	{"what is absent is fs.ErrNotExist", absentAccount},
}

func users(t *testing.T, db Records) {
	ann := media.User{
		Name: "Ann", Admin: true, Moderator: true, CreatedAt: noon, Quota: media.Quota{Bytes: 1, Items: 2, Daily: 3},
		Profile: media.Profile{DisplayName: "Ann B.", Language: "de", DefaultExpiration: "P30D", DefaultVisibility: media.Private},
	}
	if err := db.InsertUser(t.Context(), &ann); err != nil {
		t.Fatalf("InsertUser: %v", err)
	}
	bob := insertUser(t, db, "bob")
	if ann.ID == 0 || ann.ID == bob.ID {
		t.Errorf("IDs %d and %d, want two that are not 0", ann.ID, bob.ID)
	}
	got, err := db.User(t.Context(), ann.ID)
	wantError(t, "User", err, nil)
	wantEqual(t, "User", got, ann)
	for _, name := range []string{"Ann", "ann", "ANN"} {
		got, err := db.UserNamed(t.Context(), name)
		wantError(t, "UserNamed "+name, err, nil)
		wantEqual(t, "UserNamed "+name, got, ann)
	}
	all, err := db.Users(t.Context())
	wantError(t, "Users", err, nil)
	wantEqual(t, "Users", all, []media.User{ann, bob})
}

func userNameTaken(t *testing.T, db Records) {
	insertUser(t, db, "Ann")
	for _, name := range []string{"Ann", "ann", "aNN"} {
		again := media.User{Name: name, CreatedAt: noon}
		wantError(t, "InsertUser "+name, db.InsertUser(t.Context(), &again), media.ErrNameTaken)
		if again.ID != 0 {
			t.Errorf("ID after a failed insertion: %d, want 0", again.ID)
		}
	}
	insertUser(t, db, "Ann2")
}

func updateUser(t *testing.T, db Records, id int64, change media.UserChange) {
	t.Helper()
	wantError(t, "UpdateUser", db.UpdateUser(t.Context(), id, change), nil)
}

func wantUser(t *testing.T, db Records, want media.User) {
	t.Helper()
	got, err := db.User(t.Context(), want.ID)
	wantError(t, "User", err, nil)
	wantEqual(t, "User", got, want)
}

func changedUser(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	album := insertAlbum(t, db, "Alb0001", ann)
	yes, name, state := true, "Anna", media.UserDisabled
	updateUser(t, db, ann.ID, media.UserChange{})
	wantUser(t, db, ann)
	profile := media.Profile{DisplayName: "Anna", Language: "fr", DefaultAlbum: album.ID, DefaultExpiration: "P1D", DefaultVisibility: media.Public}
	updateUser(t, db, ann.ID, media.UserChange{Name: &name, Moderator: &yes, Profile: &profile})
	ann.Name, ann.Moderator, ann.Profile = name, yes, profile
	wantUser(t, db, ann)
	wantUser(t, db, bob)

	signedIn := insertSession(t, db, session(insertKey(t, db, key(ann, 1)), 2))
	taken := "BOB"
	wantError(t, "UpdateUser to a taken name", db.UpdateUser(t.Context(), ann.ID, media.UserChange{Name: &taken, State: &state}), media.ErrNameTaken)
	wantError(t, "UpdateUser to another's album", db.UpdateUser(t.Context(), bob.ID, media.UserChange{Profile: &profile}), fs.ErrNotExist)
	wantMissing(t, "UpdateUser of none", db.UpdateUser(t.Context(), 1<<40, media.UserChange{}))
	wantUser(t, db, ann)
	_, _, _, err := db.SessionByDigest(t.Context(), signedIn.Digest)
	wantError(t, "the session of an active user", err, nil)

	updateUser(t, db, ann.ID, media.UserChange{State: &state})
	ann.State = state
	wantUser(t, db, ann)
	_, _, _, err = db.SessionByDigest(t.Context(), signedIn.Digest)
	wantMissing(t, "the session of a disabled user", err)
	wantError(t, "DeleteAlbum", db.DeleteAlbum(t.Context(), album.ID), nil)
	ann.DefaultAlbum = 0
	wantUser(t, db, ann)
}

func lastActiveAdmin(t *testing.T, db Records) {
	no, yes, disabled, active := false, true, media.UserDisabled, media.UserActive
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	updateUser(t, db, ann.ID, media.UserChange{Admin: &yes})
	for _, change := range []media.UserChange{{Admin: &no}, {State: &disabled}} {
		wantError(t, "UpdateUser of the last admin", db.UpdateUser(t.Context(), ann.ID, change), media.ErrLastAdmin)
	}
	updateUser(t, db, bob.ID, media.UserChange{Admin: &yes, State: &disabled})
	wantError(t, "UpdateUser of the last active admin", db.UpdateUser(t.Context(), ann.ID, media.UserChange{Admin: &no}), media.ErrLastAdmin)
	wantError(t, "DeleteUser of the last active admin", db.DeleteUser(t.Context(), ann.ID, noon), media.ErrLastAdmin)
	updateUser(t, db, bob.ID, media.UserChange{State: &active})
	updateUser(t, db, ann.ID, media.UserChange{Admin: &no})
	ann.Admin = false
	wantUser(t, db, ann)
}

func scopes(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	for i, scope := range []media.Scope{media.ScopeUpload, media.ScopeRead, media.ScopeAll, ""} {
		k := key(ann, byte(i))
		k.Scope = scope
		k = insertKey(t, db, k)
		if scope == "" {
			k.Scope = media.ScopeAll
		}
		wantKey(t, db, k, ann)
	}
}

// key is a valid key of a user, told by a byte.
func key(owner media.User, b byte) media.APIKey {
	return media.APIKey{
		UserID: owner.ID, UserName: owner.Name, Name: "phone", Scope: media.ScopeAll,
		Digest: bytes.Repeat([]byte{b}, 32), CreatedAt: noon,
	}
}

func insertKey(t *testing.T, db Records, k media.APIKey) media.APIKey {
	t.Helper()
	if err := db.InsertKey(t.Context(), &k); err != nil {
		t.Fatalf("InsertKey: %v", err)
	}
	return k
}

func wantKey(t *testing.T, db Records, want media.APIKey, owner media.User) {
	t.Helper()
	k, u, err := db.KeyByDigest(t.Context(), want.Digest)
	wantError(t, "KeyByDigest", err, nil)
	wantEqual(t, "KeyByDigest", k, want)
	wantEqual(t, "user of KeyByDigest", u, owner)
}

func keys(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	ended := key(bob, 0)
	ended.ExpiresAt, ended.LastUsed = noon.Add(-time.Hour), noon.Add(-2*time.Hour)
	first, second := insertKey(t, db, key(ann, 0xff)), insertKey(t, db, ended)
	if first.ID == 0 || first.ID == second.ID {
		t.Errorf("IDs %d and %d, want two that are not 0", first.ID, second.ID)
	}
	wantKey(t, db, first, ann)
	wantKey(t, db, second, bob)
	all, err := db.Keys(t.Context())
	wantError(t, "Keys", err, nil)
	wantEqual(t, "Keys", all, []media.APIKey{first, second})
}

func keyRules(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	first := insertKey(t, db, key(ann, 1))
	again := key(bob, 1)
	wantError(t, "InsertKey of the same key", db.InsertKey(t.Context(), &again), media.ErrNameTaken)
	orphan := key(media.User{ID: 1 << 40}, 2)
	wantMissing(t, "InsertKey without a user", db.InsertKey(t.Context(), &orphan))
	wantKey(t, db, first, ann)
}

func revokedKey(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	first, second := insertKey(t, db, key(ann, 1)), insertKey(t, db, key(ann, 2))
	wantError(t, "RevokeKey", db.RevokeKey(t.Context(), first.ID, noon.Add(time.Hour)), nil)
	first.RevokedAt = noon.Add(time.Hour)
	wantKey(t, db, first, ann)
	wantKey(t, db, second, ann)
	wantError(t, "RevokeKey again", db.RevokeKey(t.Context(), first.ID, noon.Add(2*time.Hour)), nil)
	wantKey(t, db, first, ann)
}

func touchedKeys(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	first, second, third := insertKey(t, db, key(ann, 1)), insertKey(t, db, key(ann, 2)), insertKey(t, db, key(ann, 3))
	touch := func(used map[int64]time.Time) {
		t.Helper()
		wantError(t, "TouchKeys", db.TouchKeys(t.Context(), used), nil)
	}
	touch(map[int64]time.Time{first.ID: noon, second.ID: noon.Add(time.Minute), 1 << 40: noon})
	touch(map[int64]time.Time{first.ID: noon.Add(time.Hour + 500*time.Millisecond)})
	touch(map[int64]time.Time{second.ID: noon}) // late, from another process
	touch(nil)
	first.LastUsed, second.LastUsed = noon.Add(time.Hour), noon.Add(time.Minute)
	for _, want := range []media.APIKey{first, second, third} {
		wantKey(t, db, want, ann)
	}
}

func albums(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	upper, lower := insertAlbum(t, db, "AbcDefg", ann), insertAlbum(t, db, "abcdefg", ann)
	for _, want := range []media.Album{upper, lower} {
		got, err := db.AlbumBySlug(t.Context(), want.Slug)
		wantError(t, "AlbumBySlug "+want.Slug, err, nil)
		wantEqual(t, "AlbumBySlug "+want.Slug, got, want)
	}
}

func albumRules(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	insertAlbum(t, db, "Alb0001", ann)
	again := media.Album{Slug: "Alb0001", UserID: ann.ID, CreatedAt: noon}
	wantError(t, "InsertAlbum of a taken slug", db.InsertAlbum(t.Context(), &again), media.ErrIDTaken)
	orphan := media.Album{Slug: "Alb0002", UserID: 1 << 40, CreatedAt: noon}
	wantMissing(t, "InsertAlbum without a user", db.InsertAlbum(t.Context(), &orphan))
}

func categories(t *testing.T, db Records) {
	for _, name := range []string{"Nature", "Städte"} {
		want := insertCategory(t, db, name)
		got, err := db.Category(t.Context(), want.ID)
		wantError(t, "Category "+name, err, nil)
		wantEqual(t, "Category "+name, got, want)
	}
	again := media.Category{Name: "NATURE"}
	wantError(t, "InsertCategory of a taken name", db.InsertCategory(t.Context(), &again), media.ErrNameTaken)
}

func categoryChanges(t *testing.T, db Records) {
	water, fire := insertCategory(t, db, "water"), insertCategory(t, db, "Fire")
	all, err := db.Categories(t.Context())
	wantError(t, "Categories", err, nil)
	wantEqual(t, "Categories", all, []media.Category{fire, water})
	wantError(t, "RenameCategory to a taken name", db.RenameCategory(t.Context(), fire.ID, "WATER"), media.ErrNameTaken)
	wantError(t, "RenameCategory", db.RenameCategory(t.Context(), fire.ID, "FIRE"), nil)
	wantMissing(t, "RenameCategory of none", db.RenameCategory(t.Context(), 1<<40, "x"))

	it := picture("burning")
	it.CategoryID = fire.ID
	it = insert(t, db, it)[0]
	wantListed(t, db, media.ItemQuery{CategoryID: fire.ID}, "burning")
	wantError(t, "DeleteCategory", db.DeleteCategory(t.Context(), fire.ID), nil)
	it.CategoryID = 0
	wantItem(t, db, it)
	wantMissing(t, "DeleteCategory again", db.DeleteCategory(t.Context(), fire.ID))
	it.CategoryID = fire.ID
	wantMissing(t, "UpdateItem into a category that is gone", db.UpdateItem(t.Context(), it, noon))
	it.CategoryID = water.ID
	wantError(t, "UpdateItem into a category", db.UpdateItem(t.Context(), it, noon), nil)
	wantItem(t, db, it)
	all, err = db.Categories(t.Context())
	wantError(t, "Categories", err, nil)
	wantEqual(t, "Categories", all, []media.Category{water})
}

func absentAccount(t *testing.T, db Records) {
	_, err := db.User(t.Context(), 1)
	wantMissing(t, "User", err)
	_, err = db.UserNamed(t.Context(), "nobody")
	wantMissing(t, "UserNamed", err)
	_, _, err = db.KeyByDigest(t.Context(), bytes.Repeat([]byte{9}, 32))
	wantMissing(t, "KeyByDigest", err)
	_, _, err = db.KeyByDigest(t.Context(), nil)
	wantMissing(t, "KeyByDigest of nothing", err)
	wantMissing(t, "RevokeKey", db.RevokeKey(t.Context(), 1, noon))
	_, err = db.AlbumBySlug(t.Context(), "nothing")
	wantMissing(t, "AlbumBySlug", err)
	_, err = db.Category(t.Context(), 1)
	wantMissing(t, "Category", err)
}
