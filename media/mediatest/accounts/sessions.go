package accounts

import (
	"bytes"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var sessionClauses = []contract.Clause{
	{Name: "a session comes back with its key and user", Run: sessions},
	{Name: "a session may be of no key", Run: passwordSessions},
	{Name: "the sessions of a user are listed and ended", Run: sessionsOf},
	{Name: "a session needs its key and comes once", Run: sessionRules},
	{Name: "a session is renewed, ended and swept", Run: sessionEnds},
}

// session is one of a key, told by a byte.
func session(k media.APIKey, b byte) media.Session {
	return media.Session{
		Digest: bytes.Repeat([]byte{b}, 32), UserID: k.UserID, KeyID: k.ID, Agent: "a browser", CreatedAt: contract.Noon, LastUsed: contract.Noon, ExpiresAt: contract.Noon.Add(time.Hour),
	}
}

func insertSession(t *testing.T, db contract.Records, s media.Session) media.Session {
	t.Helper()
	if err := db.InsertSession(t.Context(), s); err != nil {
		t.Fatalf("InsertSession: %v", err)
	}
	return s
}

func sessions(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	first, second := insertKey(t, db, key(ann, 1)), insertKey(t, db, key(bob, 2))
	want := map[media.User]media.Session{ann: insertSession(t, db, session(first, 3)), bob: insertSession(t, db, session(second, 4))}
	contract.WantError(t, "RevokeKey", db.RevokeKey(t.Context(), second.ID, contract.Noon), nil)
	second.RevokedAt = contract.Noon
	for owner, s := range want {
		got, k, u, err := db.SessionByDigest(t.Context(), s.Digest)
		contract.WantError(t, "SessionByDigest", err, nil)
		contract.WantEqual(t, "session", got, s)
		contract.WantEqual(t, "user of a session", u, owner)
		contract.WantEqual(t, "key of a session", k, map[media.User]media.APIKey{ann: first, bob: second}[owner])
	}
}

func passwordSessions(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	s := insertSession(t, db, session(media.APIKey{UserID: ann.ID}, 1))
	got, k, u, err := db.SessionByDigest(t.Context(), s.Digest)
	contract.WantError(t, "SessionByDigest", err, nil)
	contract.WantEqual(t, "session", got, s)
	contract.WantEqual(t, "key of a session without one", k, media.APIKey{})
	contract.WantEqual(t, "user of a session", u, ann)
	contract.WantError(t, "DeleteUser", db.DeleteUser(t.Context(), ann.ID, contract.Noon), nil)
	_, _, _, err = db.SessionByDigest(t.Context(), s.Digest)
	contract.WantMissing(t, "SessionByDigest of a user who is gone", err)
}

func sessionsOf(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	of := func(u media.User, b byte, used time.Duration) media.Session {
		s := session(media.APIKey{UserID: u.ID}, b)
		s.LastUsed = contract.Noon.Add(used)
		return insertSession(t, db, s)
	}
	first, second, third, other := of(ann, 1, 1), of(ann, 2, 2*time.Hour), of(ann, 3, time.Hour), of(bob, 4, 0)
	first.LastUsed = contract.Noon
	want := func(u media.User, now time.Time, want ...media.Session) {
		t.Helper()
		got, err := db.SessionsOf(t.Context(), u.ID, now)
		contract.WantError(t, "SessionsOf", err, nil)
		contract.WantEqual(t, "SessionsOf", got, want)
	}
	want(ann, contract.Noon, second, third, first)
	want(ann, contract.Noon.Add(time.Hour))
	contract.WantError(t, "DeleteSessionsOf", db.DeleteSessionsOf(t.Context(), ann.ID, third.Digest), nil)
	want(ann, contract.Noon, third)
	contract.WantError(t, "DeleteSessionsOf", db.DeleteSessionsOf(t.Context(), ann.ID, nil), nil)
	want(ann, contract.Noon)
	want(bob, contract.Noon, other)
}

func sessionRules(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	one := insertSession(t, db, session(insertKey(t, db, key(ann, 1)), 2))
	contract.WantError(t, "InsertSession again", db.InsertSession(t.Context(), one), media.ErrIDTaken)
	contract.WantMissing(t, "InsertSession without a key", db.InsertSession(t.Context(), session(media.APIKey{ID: 1 << 40, UserID: ann.ID}, 3)))
	contract.WantMissing(t, "InsertSession without a user", db.InsertSession(t.Context(), session(media.APIKey{UserID: 1 << 40}, 3)))
	_, _, _, err := db.SessionByDigest(t.Context(), bytes.Repeat([]byte{9}, 32))
	contract.WantMissing(t, "SessionByDigest", err)
	contract.WantMissing(t, "RenewSession", db.RenewSession(t.Context(), bytes.Repeat([]byte{9}, 32), contract.Noon, contract.Noon))
	contract.WantError(t, "DeleteSession of none", db.DeleteSession(t.Context(), bytes.Repeat([]byte{9}, 32)), nil)
}

func sessionEnds(t *testing.T, db contract.Records) {
	k := insertKey(t, db, key(contract.InsertUser(t, db, "ann"), 1))
	renewed, ended, swept := insertSession(t, db, session(k, 2)), insertSession(t, db, session(k, 3)), insertSession(t, db, session(k, 4))
	contract.WantError(t, "RenewSession", db.RenewSession(t.Context(), renewed.Digest, contract.Noon.Add(time.Minute), contract.Noon.Add(2*time.Hour)), nil)
	contract.WantError(t, "DeleteSession", db.DeleteSession(t.Context(), ended.Digest), nil)
	contract.WantError(t, "DeleteExpiredSessions", db.DeleteExpiredSessions(t.Context(), contract.Noon.Add(time.Hour-time.Second)), nil)
	_, _, _, err := db.SessionByDigest(t.Context(), swept.Digest)
	contract.WantError(t, "SessionByDigest a second early", err, nil)
	contract.WantError(t, "DeleteExpiredSessions", db.DeleteExpiredSessions(t.Context(), contract.Noon.Add(time.Hour)), nil)
	for _, s := range []media.Session{ended, swept} {
		_, _, _, err := db.SessionByDigest(t.Context(), s.Digest)
		contract.WantMissing(t, "SessionByDigest", err)
	}
	renewed.LastUsed, renewed.ExpiresAt = contract.Noon.Add(time.Minute), contract.Noon.Add(2*time.Hour)
	got, _, _, err := db.SessionByDigest(t.Context(), renewed.Digest)
	contract.WantError(t, "SessionByDigest", err, nil)
	contract.WantEqual(t, "SessionByDigest", got, renewed)
}
