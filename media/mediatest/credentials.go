package mediatest

import (
	"bytes"
	"testing"
	"time"

	"postern/media"
)

var credentialClauses = []contract{
	{"a password is set, changed, and ends sessions", passwords},
	{"a hash is replaced while it stands", replacedHash},
	{"an invitation makes as many users as it has uses", invitations},
	{"an invitation that makes no user keeps its use", keptInvitation},
	{"a link changes a password once", resets},
	{"invitations are listed, and go", invitationEnds},
	{"an identity is one user's", identities},
}

func passwords(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	any, err := db.AnyPassword(t.Context())
	wantError(t, "AnyPassword", err, nil)
	wantEqual(t, "AnyPassword of none", any, false)
	_, err = db.Password(t.Context(), ann.ID)
	wantMissing(t, "Password of none", err)
	here, elsewhere := insertSession(t, db, session(insertKey(t, db, key(ann, 1)), 2)), insertSession(t, db, session(media.APIKey{UserID: ann.ID}, 3))
	others := insertSession(t, db, session(media.APIKey{UserID: bob.ID}, 4))
	for _, want := range []media.Password{{UserID: ann.ID, Hash: "$2y$10$x", ChangedAt: noon}, {UserID: ann.ID, Hash: "$argon2id$y", ChangedAt: noon.Add(time.Hour)}} {
		wantError(t, "SetPassword", db.SetPassword(t.Context(), want, here.Digest), nil)
		got, err := db.Password(t.Context(), ann.ID)
		wantError(t, "Password", err, nil)
		wantEqual(t, "Password", got, want)
	}
	for _, s := range []media.Session{here, others} {
		_, _, _, err = db.SessionByDigest(t.Context(), s.Digest)
		wantError(t, "a session that stays", err, nil)
	}
	_, _, _, err = db.SessionByDigest(t.Context(), elsewhere.Digest)
	wantMissing(t, "another session of the user", err)
	any, err = db.AnyPassword(t.Context())
	wantError(t, "AnyPassword", err, nil)
	wantEqual(t, "AnyPassword", any, true)
	_, err = db.Password(t.Context(), bob.ID)
	wantMissing(t, "Password of another", err)
	wantMissing(t, "SetPassword of nobody", db.SetPassword(t.Context(), media.Password{UserID: 1 << 40, Hash: "x", ChangedAt: noon}, nil))
	wantError(t, "DeleteUser", db.DeleteUser(t.Context(), ann.ID, noon), nil)
	_, err = db.Password(t.Context(), ann.ID)
	wantMissing(t, "Password of a user who is gone", err)
}

func replacedHash(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	p := media.Password{UserID: ann.ID, Hash: "one", ChangedAt: noon}
	wantError(t, "SetPassword", db.SetPassword(t.Context(), p, nil), nil)
	wantError(t, "ReplaceHash", db.ReplaceHash(t.Context(), ann.ID, "one", "two"), nil)
	wantError(t, "ReplaceHash of one that stands no more", db.ReplaceHash(t.Context(), ann.ID, "one", "three"), nil)
	p.Hash = "two"
	got, err := db.Password(t.Context(), ann.ID)
	wantError(t, "Password", err, nil)
	wantEqual(t, "Password", got, p)
}

// invitation is an open one, told by a byte.
func invitation(b byte, uses int) media.Invitation {
	return media.Invitation{
		Digest: bytes.Repeat([]byte{b}, 32), Moderator: true, Quota: media.Quota{Bytes: 5, Items: -1},
		Uses: uses, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour),
	}
}

func insertInvitation(t *testing.T, db Records, i media.Invitation) media.Invitation {
	t.Helper()
	wantError(t, "InsertInvitation", db.InsertInvitation(t.Context(), &i), nil)
	return i
}

func wantInvitation(t *testing.T, db Records, want media.Invitation) {
	t.Helper()
	got, err := db.InvitationByDigest(t.Context(), want.Digest)
	wantError(t, "InvitationByDigest", err, nil)
	wantEqual(t, "InvitationByDigest", got, want)
}

func invitations(t *testing.T, db Records) {
	i := insertInvitation(t, db, invitation(1, 2))
	wantInvitation(t, db, i)
	again := invitation(1, 1)
	wantError(t, "InsertInvitation again", db.InsertInvitation(t.Context(), &again), media.ErrIDTaken)
	for _, name := range []string{"ann", "bob"} {
		u := media.User{Name: name, Moderator: true, Quota: i.Quota, CreatedAt: noon}
		wantError(t, "AcceptInvitation", db.AcceptInvitation(t.Context(), i.Digest, &u, "hash of "+name, noon), nil)
		wantUser(t, db, u)
		p, err := db.Password(t.Context(), u.ID)
		wantError(t, "Password", err, nil)
		wantEqual(t, "Password", p, media.Password{UserID: u.ID, Hash: "hash of " + name, ChangedAt: noon})
	}
	i.Uses = 0
	wantInvitation(t, db, i)
	late := media.User{Name: "carol", CreatedAt: noon}
	wantMissing(t, "AcceptInvitation that is used up", db.AcceptInvitation(t.Context(), i.Digest, &late, "hash", noon))
	_, err := db.UserNamed(t.Context(), "carol")
	wantMissing(t, "the user of an invitation that is used up", err)
}

func keptInvitation(t *testing.T, db Records) {
	insertUser(t, db, "ann")
	i := insertInvitation(t, db, invitation(1, 1))
	taken, free := media.User{Name: "ANN", CreatedAt: noon}, media.User{Name: "bob", CreatedAt: noon}
	wantError(t, "AcceptInvitation by a taken name", db.AcceptInvitation(t.Context(), i.Digest, &taken, "hash", noon), media.ErrNameTaken)
	wantMissing(t, "AcceptInvitation at its end", db.AcceptInvitation(t.Context(), i.Digest, &free, "hash", i.ExpiresAt))
	wantMissing(t, "AcceptInvitation of none", db.AcceptInvitation(t.Context(), bytes.Repeat([]byte{9}, 32), &free, "hash", noon))
	wantMissing(t, "AcceptReset by it", db.AcceptReset(t.Context(), i.Digest, media.Password{UserID: 1, Hash: "hash", ChangedAt: noon}))
	wantInvitation(t, db, i)
	wantError(t, "AcceptInvitation without a password", db.AcceptInvitation(t.Context(), i.Digest, &free, "", noon), nil)
	_, err := db.Password(t.Context(), free.ID)
	wantMissing(t, "Password", err)
}

func resets(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	i := invitation(1, 1)
	i.UserID = ann.ID
	i = insertInvitation(t, db, i)
	s := insertSession(t, db, session(media.APIKey{UserID: ann.ID}, 2))
	someone := media.User{Name: "carol", CreatedAt: noon}
	wantMissing(t, "AcceptInvitation by a link for a password", db.AcceptInvitation(t.Context(), i.Digest, &someone, "hash", noon))
	wantMissing(t, "AcceptReset of another", db.AcceptReset(t.Context(), i.Digest, media.Password{UserID: bob.ID, Hash: "hash", ChangedAt: noon}))
	p := media.Password{UserID: ann.ID, Hash: "hash", ChangedAt: noon}
	wantError(t, "AcceptReset", db.AcceptReset(t.Context(), i.Digest, p), nil)
	got, err := db.Password(t.Context(), ann.ID)
	wantError(t, "Password", err, nil)
	wantEqual(t, "Password", got, p)
	_, _, _, err = db.SessionByDigest(t.Context(), s.Digest)
	wantMissing(t, "a session from before", err)
	wantMissing(t, "AcceptReset again", db.AcceptReset(t.Context(), i.Digest, p))
	orphan := invitation(2, 1)
	orphan.UserID = 1 << 40
	wantMissing(t, "InsertInvitation of nobody", db.InsertInvitation(t.Context(), &orphan))
}

func invitationEnds(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	first, late, used := insertInvitation(t, db, invitation(1, 1)), invitation(2, 1), insertInvitation(t, db, invitation(3, 0))
	late.ExpiresAt = noon.Add(2 * time.Hour)
	late = insertInvitation(t, db, late)
	reset := invitation(4, 1)
	reset.UserID = ann.ID
	insertInvitation(t, db, reset)
	want := func(want ...media.Invitation) {
		t.Helper()
		got, err := db.Invitations(t.Context())
		wantError(t, "Invitations", err, nil)
		wantEqual(t, "Invitations", got, want)
	}
	want(late, used, first)
	wantError(t, "DeleteExpiredInvitations", db.DeleteExpiredInvitations(t.Context(), noon.Add(time.Hour)), nil)
	want(late)
	_, err := db.InvitationByDigest(t.Context(), reset.Digest)
	wantMissing(t, "InvitationByDigest", err)
	wantError(t, "DeleteInvitation", db.DeleteInvitation(t.Context(), late.ID), nil)
	wantMissing(t, "DeleteInvitation again", db.DeleteInvitation(t.Context(), late.ID))
	want()
}

func identities(t *testing.T, db Records) {
	bob := insertUser(t, db, "bob")
	one, other := media.Identity{Issuer: "https://id.example", Subject: "1"}, media.Identity{Issuer: "https://id.example/b", Subject: "1"}
	_, err := db.UserByIdentity(t.Context(), one)
	wantMissing(t, "UserByIdentity", err)
	ann := media.User{Name: "ann", CreatedAt: noon}
	wantError(t, "InsertUserWithIdentity", db.InsertUserWithIdentity(t.Context(), &ann, one), nil)
	wantError(t, "InsertIdentity", db.InsertIdentity(t.Context(), other, bob.ID), nil)
	wantError(t, "InsertIdentity again", db.InsertIdentity(t.Context(), one, bob.ID), media.ErrIDTaken)
	wantMissing(t, "InsertIdentity of nobody", db.InsertIdentity(t.Context(), media.Identity{Issuer: "x", Subject: "y"}, 1<<40))
	for id, want := range map[media.Identity]media.User{one: ann, other: bob} {
		got, err := db.UserByIdentity(t.Context(), id)
		wantError(t, "UserByIdentity", err, nil)
		wantEqual(t, "UserByIdentity", got, want)
	}
	taken, free := media.User{Name: "ANN", CreatedAt: noon}, media.User{Name: "carol", CreatedAt: noon}
	wantError(t, "InsertUserWithIdentity of a taken name", db.InsertUserWithIdentity(t.Context(), &taken, media.Identity{Issuer: "x", Subject: "z"}), media.ErrNameTaken)
	wantError(t, "InsertUserWithIdentity of a taken identity", db.InsertUserWithIdentity(t.Context(), &free, one), media.ErrIDTaken)
	_, err = db.UserNamed(t.Context(), "carol")
	wantMissing(t, "the user of a taken identity", err)
	wantError(t, "DeleteUser", db.DeleteUser(t.Context(), ann.ID, noon), nil)
	_, err = db.UserByIdentity(t.Context(), one)
	wantMissing(t, "UserByIdentity of a user who is gone", err)
}
