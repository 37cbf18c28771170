// Package accounts has the clauses about people: users, keys, sessions, passwords,
// invitations, the audit log, and what admins see of all users.
package accounts

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

// Clauses are those of this package.
var Clauses = slices.Concat(accountClauses, sessionClauses, credentialClauses, auditClauses, oversightClauses)

var accountClauses = []contract.Clause{
	{Name: "users come back by ID and by name in any case", Run: users},
	{Name: "a user's name is taken in any case", Run: userNameTaken},
	{Name: "a user is changed in what is named", Run: changedUser},
	{Name: "an active admin is always left", Run: lastActiveAdmin},
	{Name: "a user gets all rows of the user's own", Run: ownRows},
	{Name: "an image stands for a user while everyone may see it", Run: avatars},
	{Name: "keys come back by digest, with their users", Run: keys},
	{Name: "a key without a scope may do everything", Run: scopes},
	{Name: "a key needs a user and comes once", Run: keyRules},
	{Name: "a revoked key is still found, and says so", Run: revokedKey},
	{Name: "the last use of keys is recorded", Run: touchedKeys},
	{Name: "what is absent is fs.ErrNotExist", Run: absentAccount},
}

func users(t *testing.T, db contract.Records) {
	ann := media.User{
		Name: "Ann", Admin: true, Moderator: true, CreatedAt: contract.Noon, Quota: media.Quota{Bytes: 1, Items: 2, Daily: 3},
		Profile: media.Profile{DisplayName: "Ann B.", Language: "de", DefaultExpiration: "P30D", DefaultVisibility: media.Private},
	}
	if err := db.InsertUser(t.Context(), &ann); err != nil {
		t.Fatalf("InsertUser: %v", err)
	}
	bob := contract.InsertUser(t, db, "bob")
	if ann.ID == 0 || ann.ID == bob.ID {
		t.Errorf("IDs %d and %d, want two that are not 0", ann.ID, bob.ID)
	}
	got, err := db.User(t.Context(), ann.ID)
	contract.WantError(t, "User", err, nil)
	contract.WantEqual(t, "User", got, ann)
	for _, name := range []string{"Ann", "ann", "ANN"} {
		got, err := db.UserNamed(t.Context(), name)
		contract.WantError(t, "UserNamed "+name, err, nil)
		contract.WantEqual(t, "UserNamed "+name, got, ann)
	}
	all, err := db.Users(t.Context())
	contract.WantError(t, "Users", err, nil)
	contract.WantEqual(t, "Users", all, []media.User{ann, bob})
}

func userNameTaken(t *testing.T, db contract.Records) {
	contract.InsertUser(t, db, "Ann")
	for _, name := range []string{"Ann", "ann", "aNN"} {
		again := media.User{Name: name, CreatedAt: contract.Noon}
		contract.WantError(t, "InsertUser "+name, db.InsertUser(t.Context(), &again), media.ErrNameTaken)
		if again.ID != 0 {
			t.Errorf("ID after a failed insertion: %d, want 0", again.ID)
		}
	}
	contract.InsertUser(t, db, "Ann2")
}

func updateUser(t *testing.T, db contract.Records, id int64, change media.UserChange) {
	t.Helper()
	contract.WantError(t, "UpdateUser", db.UpdateUser(t.Context(), id, change), nil)
}

func wantUser(t *testing.T, db contract.Records, want media.User) {
	t.Helper()
	got, err := db.User(t.Context(), want.ID)
	contract.WantError(t, "User", err, nil)
	contract.WantEqual(t, "User", got, want)
}

func changedUser(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	album := contract.InsertAlbum(t, db, "Alb0001", ann)
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
	contract.WantError(t, "UpdateUser to a taken name", db.UpdateUser(t.Context(), ann.ID, media.UserChange{Name: &taken, State: &state}), media.ErrNameTaken)
	contract.WantError(t, "UpdateUser to another's album", db.UpdateUser(t.Context(), bob.ID, media.UserChange{Profile: &profile}), fs.ErrNotExist)
	contract.WantMissing(t, "UpdateUser of none", db.UpdateUser(t.Context(), 1<<40, media.UserChange{}))
	wantUser(t, db, ann)
	_, _, _, err := db.SessionByDigest(t.Context(), signedIn.Digest)
	contract.WantError(t, "the session of an active user", err, nil)

	updateUser(t, db, ann.ID, media.UserChange{State: &state})
	ann.State = state
	wantUser(t, db, ann)
	_, _, _, err = db.SessionByDigest(t.Context(), signedIn.Digest)
	contract.WantMissing(t, "the session of a disabled user", err)
	contract.WantError(t, "DeleteAlbum", db.DeleteAlbum(t.Context(), album.ID), nil)
	ann.DefaultAlbum = 0
	wantUser(t, db, ann)
}

func lastActiveAdmin(t *testing.T, db contract.Records) {
	no, yes, disabled, active := false, true, media.UserDisabled, media.UserActive
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	updateUser(t, db, ann.ID, media.UserChange{Admin: &yes})
	for _, change := range []media.UserChange{{Admin: &no}, {State: &disabled}} {
		contract.WantError(t, "UpdateUser of the last admin", db.UpdateUser(t.Context(), ann.ID, change), media.ErrLastAdmin)
	}
	updateUser(t, db, bob.ID, media.UserChange{Admin: &yes, State: &disabled})
	contract.WantError(t, "UpdateUser of the last active admin", db.UpdateUser(t.Context(), ann.ID, media.UserChange{Admin: &no}), media.ErrLastAdmin)
	contract.WantError(t, "DeleteUser of the last active admin", db.DeleteUser(t.Context(), ann.ID, contract.Noon), media.ErrLastAdmin)
	updateUser(t, db, bob.ID, media.UserChange{State: &active})
	updateUser(t, db, ann.ID, media.UserChange{Admin: &no})
	ann.Admin = false
	wantUser(t, db, ann)
}

func scopes(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
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
		Digest: bytes.Repeat([]byte{b}, 32), CreatedAt: contract.Noon,
	}
}

func insertKey(t *testing.T, db contract.Records, k media.APIKey) media.APIKey {
	t.Helper()
	if err := db.InsertKey(t.Context(), &k); err != nil {
		t.Fatalf("InsertKey: %v", err)
	}
	return k
}

func wantKey(t *testing.T, db contract.Records, want media.APIKey, owner media.User) {
	t.Helper()
	k, u, err := db.KeyByDigest(t.Context(), want.Digest)
	contract.WantError(t, "KeyByDigest", err, nil)
	contract.WantEqual(t, "KeyByDigest", k, want)
	contract.WantEqual(t, "user of KeyByDigest", u, owner)
}

func keys(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	ended := key(bob, 0)
	ended.ExpiresAt, ended.LastUsed = contract.Noon.Add(-time.Hour), contract.Noon.Add(-2*time.Hour)
	first, second := insertKey(t, db, key(ann, 0xff)), insertKey(t, db, ended)
	if first.ID == 0 || first.ID == second.ID {
		t.Errorf("IDs %d and %d, want two that are not 0", first.ID, second.ID)
	}
	wantKey(t, db, first, ann)
	wantKey(t, db, second, bob)
	all, err := db.Keys(t.Context())
	contract.WantError(t, "Keys", err, nil)
	contract.WantEqual(t, "Keys", all, []media.APIKey{first, second})
}

func keyRules(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	first := insertKey(t, db, key(ann, 1))
	again := key(bob, 1)
	contract.WantError(t, "InsertKey of the same key", db.InsertKey(t.Context(), &again), media.ErrNameTaken)
	orphan := key(media.User{ID: 1 << 40}, 2)
	contract.WantMissing(t, "InsertKey without a user", db.InsertKey(t.Context(), &orphan))
	wantKey(t, db, first, ann)
}

func revokedKey(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	first, second := insertKey(t, db, key(ann, 1)), insertKey(t, db, key(ann, 2))
	contract.WantError(t, "RevokeKey", db.RevokeKey(t.Context(), first.ID, contract.Noon.Add(time.Hour)), nil)
	first.RevokedAt = contract.Noon.Add(time.Hour)
	wantKey(t, db, first, ann)
	wantKey(t, db, second, ann)
	contract.WantError(t, "RevokeKey again", db.RevokeKey(t.Context(), first.ID, contract.Noon.Add(2*time.Hour)), nil)
	wantKey(t, db, first, ann)
}

func touchedKeys(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	first, second, third := insertKey(t, db, key(ann, 1)), insertKey(t, db, key(ann, 2)), insertKey(t, db, key(ann, 3))
	touch := func(used map[int64]time.Time) {
		t.Helper()
		contract.WantError(t, "TouchKeys", db.TouchKeys(t.Context(), used), nil)
	}
	touch(map[int64]time.Time{first.ID: contract.Noon, second.ID: contract.Noon.Add(time.Minute), 1 << 40: contract.Noon})
	touch(map[int64]time.Time{first.ID: contract.Noon.Add(time.Hour + 500*time.Millisecond)})
	touch(map[int64]time.Time{second.ID: contract.Noon}) // late, from another process
	touch(nil)
	first.LastUsed, second.LastUsed = contract.Noon.Add(time.Hour), contract.Noon.Add(time.Minute)
	for _, want := range []media.APIKey{first, second, third} {
		wantKey(t, db, want, ann)
	}
}

func absentAccount(t *testing.T, db contract.Records) {
	_, err := db.User(t.Context(), 1)
	contract.WantMissing(t, "User", err)
	_, err = db.UserNamed(t.Context(), "nobody")
	contract.WantMissing(t, "UserNamed", err)
	_, _, err = db.KeyByDigest(t.Context(), bytes.Repeat([]byte{9}, 32))
	contract.WantMissing(t, "KeyByDigest", err)
	_, _, err = db.KeyByDigest(t.Context(), nil)
	contract.WantMissing(t, "KeyByDigest of nothing", err)
	contract.WantMissing(t, "RevokeKey", db.RevokeKey(t.Context(), 1, contract.Noon))
	_, err = db.AlbumBySlug(t.Context(), "nothing")
	contract.WantMissing(t, "AlbumBySlug", err)
	_, err = db.Category(t.Context(), 1)
	contract.WantMissing(t, "Category", err)
}
