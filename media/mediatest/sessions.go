package mediatest

import (
	"bytes"
	"testing"
	"time"

	"postern/media"
)

var sessionClauses = []contract{
	{"a session comes back with its key and user", sessions},
	{"a session may be of no key", passwordSessions},
	{"the sessions of a user are listed and ended", sessionsOf},
	{"a session needs its key and comes once", sessionRules},
	{"a session is renewed, ended and swept", sessionEnds},
}

// session is one of a key, told by a byte.
func session(k media.APIKey, b byte) media.Session {
	return media.Session{
		Digest: bytes.Repeat([]byte{b}, 32), UserID: k.UserID, KeyID: k.ID, Agent: "a browser", CreatedAt: noon, LastUsed: noon, ExpiresAt: noon.Add(time.Hour),
	}
}

func insertSession(t *testing.T, db Records, s media.Session) media.Session {
	t.Helper()
	if err := db.InsertSession(t.Context(), s); err != nil {
		t.Fatalf("InsertSession: %v", err)
	}
	return s
}

func sessions(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	first, second := insertKey(t, db, key(ann, 1)), insertKey(t, db, key(bob, 2))
	want := map[media.User]media.Session{ann: insertSession(t, db, session(first, 3)), bob: insertSession(t, db, session(second, 4))}
	wantError(t, "RevokeKey", db.RevokeKey(t.Context(), second.ID, noon), nil)
	second.RevokedAt = noon
	for owner, s := range want {
		got, k, u, err := db.SessionByDigest(t.Context(), s.Digest)
		wantError(t, "SessionByDigest", err, nil)
		wantEqual(t, "session", got, s)
		wantEqual(t, "user of a session", u, owner)
		wantEqual(t, "key of a session", k, map[media.User]media.APIKey{ann: first, bob: second}[owner])
	}
}

func passwordSessions(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	s := insertSession(t, db, session(media.APIKey{UserID: ann.ID}, 1))
	got, k, u, err := db.SessionByDigest(t.Context(), s.Digest)
	wantError(t, "SessionByDigest", err, nil)
	wantEqual(t, "session", got, s)
	wantEqual(t, "key of a session without one", k, media.APIKey{})
	wantEqual(t, "user of a session", u, ann)
	wantError(t, "DeleteUser", db.DeleteUser(t.Context(), ann.ID, noon), nil)
	_, _, _, err = db.SessionByDigest(t.Context(), s.Digest)
	wantMissing(t, "SessionByDigest of a user who is gone", err)
}

func sessionsOf(t *testing.T, db Records) {
	ann, bob := insertUser(t, db, "ann"), insertUser(t, db, "bob")
	of := func(u media.User, b byte, used time.Duration) media.Session {
		s := session(media.APIKey{UserID: u.ID}, b)
		s.LastUsed = noon.Add(used)
		return insertSession(t, db, s)
	}
	first, second, third, other := of(ann, 1, 1), of(ann, 2, 2*time.Hour), of(ann, 3, time.Hour), of(bob, 4, 0)
	first.LastUsed = noon
	want := func(u media.User, now time.Time, want ...media.Session) {
		t.Helper()
		got, err := db.SessionsOf(t.Context(), u.ID, now)
		wantError(t, "SessionsOf", err, nil)
		wantEqual(t, "SessionsOf", got, want)
	}
	want(ann, noon, second, third, first)
	want(ann, noon.Add(time.Hour))
	wantError(t, "DeleteSessionsOf", db.DeleteSessionsOf(t.Context(), ann.ID, third.Digest), nil)
	want(ann, noon, third)
	wantError(t, "DeleteSessionsOf", db.DeleteSessionsOf(t.Context(), ann.ID, nil), nil)
	want(ann, noon)
	want(bob, noon, other)
}

func sessionRules(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	one := insertSession(t, db, session(insertKey(t, db, key(ann, 1)), 2))
	wantError(t, "InsertSession again", db.InsertSession(t.Context(), one), media.ErrIDTaken)
	wantMissing(t, "InsertSession without a key", db.InsertSession(t.Context(), session(media.APIKey{ID: 1 << 40, UserID: ann.ID}, 3)))
	wantMissing(t, "InsertSession without a user", db.InsertSession(t.Context(), session(media.APIKey{UserID: 1 << 40}, 3)))
	_, _, _, err := db.SessionByDigest(t.Context(), bytes.Repeat([]byte{9}, 32))
	wantMissing(t, "SessionByDigest", err)
	wantMissing(t, "RenewSession", db.RenewSession(t.Context(), bytes.Repeat([]byte{9}, 32), noon, noon))
	wantError(t, "DeleteSession of none", db.DeleteSession(t.Context(), bytes.Repeat([]byte{9}, 32)), nil)
}

func sessionEnds(t *testing.T, db Records) {
	k := insertKey(t, db, key(insertUser(t, db, "ann"), 1))
	renewed, ended, swept := insertSession(t, db, session(k, 2)), insertSession(t, db, session(k, 3)), insertSession(t, db, session(k, 4))
	wantError(t, "RenewSession", db.RenewSession(t.Context(), renewed.Digest, noon.Add(time.Minute), noon.Add(2*time.Hour)), nil)
	wantError(t, "DeleteSession", db.DeleteSession(t.Context(), ended.Digest), nil)
	wantError(t, "DeleteExpiredSessions", db.DeleteExpiredSessions(t.Context(), noon.Add(time.Hour-time.Second)), nil)
	_, _, _, err := db.SessionByDigest(t.Context(), swept.Digest)
	wantError(t, "SessionByDigest a second early", err, nil)
	wantError(t, "DeleteExpiredSessions", db.DeleteExpiredSessions(t.Context(), noon.Add(time.Hour)), nil)
	for _, s := range []media.Session{ended, swept} {
		_, _, _, err := db.SessionByDigest(t.Context(), s.Digest)
		wantMissing(t, "SessionByDigest", err)
	}
	renewed.LastUsed, renewed.ExpiresAt = noon.Add(time.Minute), noon.Add(2*time.Hour)
	got, _, _, err := db.SessionByDigest(t.Context(), renewed.Digest)
	wantError(t, "SessionByDigest", err, nil)
	wantEqual(t, "SessionByDigest", got, renewed)
}
