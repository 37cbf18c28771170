package accounts

import (
	"bytes"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var credentialClauses = []contract.Clause{
	{Name: "a password is set, changed, and ends sessions", Run: passwords},
	{Name: "a hash is replaced while it stands", Run: replacedHash},
	{Name: "an invitation makes as many users as it has uses", Run: invitations},
	{Name: "an invitation that makes no user keeps its use", Run: keptInvitation},
	{Name: "a link changes a password once", Run: resets},
	{Name: "a link for a password ends by the next one, and by any change", Run: resetEnds},
	{Name: "invitations are listed, and go", Run: invitationEnds},
	{Name: "an identity is one user's", Run: identities},
	{Name: "who registers waits until an admin has decided", Run: registrations},
}

func passwords(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	any, err := db.AnyPassword(t.Context())
	contract.WantError(t, "AnyPassword", err, nil)
	contract.WantEqual(t, "AnyPassword of none", any, false)
	_, err = db.Password(t.Context(), ann.ID)
	contract.WantMissing(t, "Password of none", err)
	here, elsewhere := insertSession(t, db, session(insertKey(t, db, key(ann, 1)), 2)), insertSession(t, db, session(media.APIKey{UserID: ann.ID}, 3))
	others := insertSession(t, db, session(media.APIKey{UserID: bob.ID}, 4))
	for _, want := range []media.Password{{UserID: ann.ID, Hash: "$2y$10$x", ChangedAt: contract.Noon}, {UserID: ann.ID, Hash: "$argon2id$y", ChangedAt: contract.Noon.Add(time.Hour)}} {
		contract.WantError(t, "SetPassword", db.SetPassword(t.Context(), want, here.Digest), nil)
		got, err := db.Password(t.Context(), ann.ID)
		contract.WantError(t, "Password", err, nil)
		contract.WantEqual(t, "Password", got, want)
	}
	for _, s := range []media.Session{here, others} {
		_, _, _, err = db.SessionByDigest(t.Context(), s.Digest)
		contract.WantError(t, "a session that stays", err, nil)
	}
	_, _, _, err = db.SessionByDigest(t.Context(), elsewhere.Digest)
	contract.WantMissing(t, "another session of the user", err)
	any, err = db.AnyPassword(t.Context())
	contract.WantError(t, "AnyPassword", err, nil)
	contract.WantEqual(t, "AnyPassword", any, true)
	_, err = db.Password(t.Context(), bob.ID)
	contract.WantMissing(t, "Password of another", err)
	contract.WantMissing(t, "SetPassword of nobody", db.SetPassword(t.Context(), media.Password{UserID: 1 << 40, Hash: "x", ChangedAt: contract.Noon}, nil))
	contract.WantError(t, "DeleteUser", db.DeleteUser(t.Context(), ann.ID, contract.Noon), nil)
	_, err = db.Password(t.Context(), ann.ID)
	contract.WantMissing(t, "Password of a user who is gone", err)
}

func replacedHash(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	p := media.Password{UserID: ann.ID, Hash: "one", ChangedAt: contract.Noon}
	contract.WantError(t, "SetPassword", db.SetPassword(t.Context(), p, nil), nil)
	contract.WantError(t, "ReplaceHash", db.ReplaceHash(t.Context(), ann.ID, "one", "two"), nil)
	contract.WantError(t, "ReplaceHash of one that stands no more", db.ReplaceHash(t.Context(), ann.ID, "one", "three"), nil)
	p.Hash = "two"
	got, err := db.Password(t.Context(), ann.ID)
	contract.WantError(t, "Password", err, nil)
	contract.WantEqual(t, "Password", got, p)
}

// invitation is an open one, told by a byte.
func invitation(b byte, uses int) media.Invitation {
	return media.Invitation{
		Digest: bytes.Repeat([]byte{b}, 32), Moderator: true, Quota: media.Quota{Bytes: 5, Items: -1},
		Uses: uses, CreatedAt: contract.Noon, ExpiresAt: contract.Noon.Add(time.Hour),
	}
}

func insertInvitation(t *testing.T, db contract.Records, i media.Invitation) media.Invitation {
	t.Helper()
	contract.WantError(t, "InsertInvitation", db.InsertInvitation(t.Context(), &i), nil)
	return i
}

func wantInvitation(t *testing.T, db contract.Records, want media.Invitation) {
	t.Helper()
	got, err := db.InvitationByDigest(t.Context(), want.Digest)
	contract.WantError(t, "InvitationByDigest", err, nil)
	contract.WantEqual(t, "InvitationByDigest", got, want)
}

func invitations(t *testing.T, db contract.Records) {
	i := insertInvitation(t, db, invitation(1, 2))
	wantInvitation(t, db, i)
	again := invitation(1, 1)
	contract.WantError(t, "InsertInvitation again", db.InsertInvitation(t.Context(), &again), media.ErrIDTaken)
	for _, name := range []string{"ann", "bob"} {
		u := media.User{Name: name, Moderator: true, Quota: i.Quota, CreatedAt: contract.Noon}
		contract.WantError(t, "AcceptInvitation", db.AcceptInvitation(t.Context(), i.Digest, &u, "hash of "+name, contract.Noon), nil)
		wantUser(t, db, u)
		p, err := db.Password(t.Context(), u.ID)
		contract.WantError(t, "Password", err, nil)
		contract.WantEqual(t, "Password", p, media.Password{UserID: u.ID, Hash: "hash of " + name, ChangedAt: contract.Noon})
	}
	i.Uses = 0
	wantInvitation(t, db, i)
	late := media.User{Name: "carol", CreatedAt: contract.Noon}
	contract.WantMissing(t, "AcceptInvitation that is used up", db.AcceptInvitation(t.Context(), i.Digest, &late, "hash", contract.Noon))
	_, err := db.UserNamed(t.Context(), "carol")
	contract.WantMissing(t, "the user of an invitation that is used up", err)
}

func keptInvitation(t *testing.T, db contract.Records) {
	contract.InsertUser(t, db, "ann")
	i := insertInvitation(t, db, invitation(1, 1))
	taken, free := media.User{Name: "ANN", CreatedAt: contract.Noon}, media.User{Name: "bob", CreatedAt: contract.Noon}
	contract.WantError(t, "AcceptInvitation by a taken name", db.AcceptInvitation(t.Context(), i.Digest, &taken, "hash", contract.Noon), media.ErrNameTaken)
	contract.WantMissing(t, "AcceptInvitation at its end", db.AcceptInvitation(t.Context(), i.Digest, &free, "hash", i.ExpiresAt))
	contract.WantMissing(t, "AcceptInvitation of none", db.AcceptInvitation(t.Context(), bytes.Repeat([]byte{9}, 32), &free, "hash", contract.Noon))
	contract.WantMissing(t, "AcceptReset by it", db.AcceptReset(t.Context(), i.Digest, media.Password{UserID: 1, Hash: "hash", ChangedAt: contract.Noon}))
	wantInvitation(t, db, i)
	contract.WantError(t, "AcceptInvitation without a password", db.AcceptInvitation(t.Context(), i.Digest, &free, "", contract.Noon), nil)
	_, err := db.Password(t.Context(), free.ID)
	contract.WantMissing(t, "Password", err)
}

func resets(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	i := invitation(1, 1)
	i.UserID = ann.ID
	i = insertInvitation(t, db, i)
	s := insertSession(t, db, session(media.APIKey{UserID: ann.ID}, 2))
	someone := media.User{Name: "carol", CreatedAt: contract.Noon}
	contract.WantMissing(t, "AcceptInvitation by a link for a password", db.AcceptInvitation(t.Context(), i.Digest, &someone, "hash", contract.Noon))
	contract.WantMissing(t, "AcceptReset of another", db.AcceptReset(t.Context(), i.Digest, media.Password{UserID: bob.ID, Hash: "hash", ChangedAt: contract.Noon}))
	p := media.Password{UserID: ann.ID, Hash: "hash", ChangedAt: contract.Noon}
	contract.WantError(t, "AcceptReset", db.AcceptReset(t.Context(), i.Digest, p), nil)
	got, err := db.Password(t.Context(), ann.ID)
	contract.WantError(t, "Password", err, nil)
	contract.WantEqual(t, "Password", got, p)
	_, _, _, err = db.SessionByDigest(t.Context(), s.Digest)
	contract.WantMissing(t, "a session from before", err)
	contract.WantMissing(t, "AcceptReset again", db.AcceptReset(t.Context(), i.Digest, p))
	orphan := invitation(2, 1)
	orphan.UserID = 1 << 40
	contract.WantMissing(t, "InsertInvitation of nobody", db.InsertInvitation(t.Context(), &orphan))
}

func resetEnds(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	link := func(b byte, of media.User) media.Invitation {
		i := invitation(b, 1)
		i.UserID = of.ID
		return insertInvitation(t, db, i)
	}
	ends := func(i media.Invitation) {
		t.Helper()
		_, err := db.InvitationByDigest(t.Context(), i.Digest)
		contract.WantMissing(t, "InvitationByDigest", err)
	}
	others, open := link(1, bob), insertInvitation(t, db, invitation(2, 1))
	first := link(3, ann)
	second := link(4, ann)
	ends(first)
	wantInvitation(t, db, second)
	p := media.Password{UserID: ann.ID, Hash: "hash", ChangedAt: contract.Noon}
	contract.WantError(t, "SetPassword", db.SetPassword(t.Context(), p, nil), nil)
	ends(second)
	third := link(5, ann)
	contract.WantError(t, "AcceptReset", db.AcceptReset(t.Context(), third.Digest, p), nil)
	ends(third)
	wantInvitation(t, db, others)
	wantInvitation(t, db, open)
}

func invitationEnds(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	first, late, used := insertInvitation(t, db, invitation(1, 1)), invitation(2, 1), insertInvitation(t, db, invitation(3, 0))
	late.ExpiresAt = contract.Noon.Add(2 * time.Hour)
	late = insertInvitation(t, db, late)
	reset := invitation(4, 1)
	reset.UserID = ann.ID
	insertInvitation(t, db, reset)
	want := func(want ...media.Invitation) {
		t.Helper()
		got, err := db.Invitations(t.Context())
		contract.WantError(t, "Invitations", err, nil)
		contract.WantEqual(t, "Invitations", got, want)
	}
	want(late, used, first)
	contract.WantError(t, "DeleteExpiredInvitations", db.DeleteExpiredInvitations(t.Context(), contract.Noon.Add(time.Hour)), nil)
	want(late)
	_, err := db.InvitationByDigest(t.Context(), reset.Digest)
	contract.WantMissing(t, "InvitationByDigest", err)
	contract.WantError(t, "DeleteInvitation", db.DeleteInvitation(t.Context(), late.ID), nil)
	contract.WantMissing(t, "DeleteInvitation again", db.DeleteInvitation(t.Context(), late.ID))
	want()
}

func identities(t *testing.T, db contract.Records) {
	bob := contract.InsertUser(t, db, "bob")
	one, other := media.Identity{Issuer: "https://id.example", Subject: "1"}, media.Identity{Issuer: "https://id.example/b", Subject: "1"}
	_, err := db.UserByIdentity(t.Context(), one)
	contract.WantMissing(t, "UserByIdentity", err)
	ann := media.User{Name: "ann", CreatedAt: contract.Noon}
	contract.WantError(t, "InsertUserWithIdentity", db.InsertUserWithIdentity(t.Context(), &ann, one), nil)
	contract.WantError(t, "InsertIdentity", db.InsertIdentity(t.Context(), other, bob.ID), nil)
	contract.WantError(t, "InsertIdentity again", db.InsertIdentity(t.Context(), one, bob.ID), media.ErrIDTaken)
	contract.WantMissing(t, "InsertIdentity of nobody", db.InsertIdentity(t.Context(), media.Identity{Issuer: "x", Subject: "y"}, 1<<40))
	for id, want := range map[media.Identity]media.User{one: ann, other: bob} {
		got, err := db.UserByIdentity(t.Context(), id)
		contract.WantError(t, "UserByIdentity", err, nil)
		contract.WantEqual(t, "UserByIdentity", got, want)
	}
	taken, free := media.User{Name: "ANN", CreatedAt: contract.Noon}, media.User{Name: "carol", CreatedAt: contract.Noon}
	contract.WantError(t, "InsertUserWithIdentity of a taken name", db.InsertUserWithIdentity(t.Context(), &taken, media.Identity{Issuer: "x", Subject: "z"}), media.ErrNameTaken)
	contract.WantError(t, "InsertUserWithIdentity of a taken identity", db.InsertUserWithIdentity(t.Context(), &free, one), media.ErrIDTaken)
	_, err = db.UserNamed(t.Context(), "carol")
	contract.WantMissing(t, "the user of a taken identity", err)
	contract.WantError(t, "DeleteUser", db.DeleteUser(t.Context(), ann.ID, contract.Noon), nil)
	_, err = db.UserByIdentity(t.Context(), one)
	contract.WantMissing(t, "UserByIdentity of a user who is gone", err)
}
