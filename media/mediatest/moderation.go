package mediatest

import (
	"testing"
	"time"

	"postern/media"
)

var moderationClauses = []contract{
	{"items that wait for a moderator come in order", pendingItems},
	{"a verdict is recorded, and takes back nothing that the owner says", verdicts},
	{"a verdict on what is not live is refused", verdictOnAbsent},
	{"an item that waits is claimed once", claimedOnce},
	{"a program decides on nothing that a moderator has decided on", settledOnce},
}

func pendingItems(t *testing.T, db Records) {
	waiting := func(id string) media.Item {
		it := picture(id)
		it.ModerationStatus = media.ModerationPending
		return it
	}
	ended := waiting("ended01")
	ended.ExpiresAt = noon
	items := insert(t, db, waiting("first01"), picture("passed1"), ended, waiting("trashed"), waiting("second1"), waiting("third01"))
	if _, err := db.MoveToTrash(t.Context(), "trashed", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	n, err := db.CountPending(t.Context(), media.Sender{}, noon)
	wantError(t, "CountPending", err, nil)
	wantEqual(t, "CountPending", n, 3)
	got, err := db.PendingItems(t.Context(), media.Sender{}, noon, 0, 2)
	wantError(t, "PendingItems", err, nil)
	wantEqual(t, "the first two", ids(got), []string{"first01", "second1"})
	got, err = db.PendingItems(t.Context(), media.Sender{}, noon, items[4].Number, 2)
	wantError(t, "PendingItems", err, nil)
	wantEqual(t, "those behind", ids(got), []string{"third01"})

	ann, owned, sent := insertUser(t, db, "ann"), waiting("owned01"), waiting("sent001")
	owned.UserID, owned.AddressHash, sent.AddressHash = ann.ID, "digest", "digest"
	insert(t, db, owned, sent)
	for id, from := range map[string]media.Sender{"owned01": {UserID: ann.ID}, "sent001": {AddressHash: "digest"}} {
		n, err := db.CountPending(t.Context(), from, noon)
		wantError(t, "CountPending of a sender", err, nil)
		wantEqual(t, "CountPending of a sender", n, 1)
		got, err := db.PendingItems(t.Context(), from, noon, 0, 2)
		wantError(t, "PendingItems of a sender", err, nil)
		wantEqual(t, "items of a sender", ids(got), []string{id})
	}
}

func claimedOnce(t *testing.T, db Records) {
	waiting := func(id string) media.Item {
		it := picture(id)
		it.ModerationStatus = media.ModerationPending
		return it
	}
	ended := waiting("ended01")
	ended.ExpiresAt = noon
	items := insert(t, db, ended, waiting("first01"), picture("passed1"), waiting("second1"))
	later := noon.Add(time.Minute)
	for _, want := range []string{"first01", "second1"} {
		got, err := db.ClaimPending(t.Context(), noon, later)
		wantError(t, "ClaimPending", err, nil)
		wantEqual(t, "claimed", got.ID, want)
	}
	_, err := db.ClaimPending(t.Context(), later.Add(-time.Second), later)
	wantMissing(t, "all are claimed", err)
	wantError(t, "ExtendClaim", db.ExtendClaim(t.Context(), items[1].Number, later.Add(time.Hour)), nil)
	got, err := db.ClaimPending(t.Context(), later, later.Add(time.Minute))
	wantError(t, "after the claim", err, nil)
	wantEqual(t, "after the claim", got.ID, "second1")
	_, err = db.MoveToTrash(t.Context(), "second1", later.Add(time.Hour))
	wantError(t, "MoveToTrash", err, nil)
	_, err = db.Restore(t.Context(), "second1", later)
	wantError(t, "Restore", err, nil)
	got, err = db.ClaimPending(t.Context(), later, later.Add(time.Minute))
	wantError(t, "once restored", err, nil)
	wantEqual(t, "once restored", got.ID, "second1")
}

func settledOnce(t *testing.T, db Records) {
	waiting := picture("waits01")
	waiting.ModerationStatus = media.ModerationPending
	insert(t, db, waiting)
	got, err := db.SettlePending(t.Context(), "waits01", media.ModerationRejected)
	wantError(t, "SettlePending", err, nil)
	wantEqual(t, "settled", got.ModerationStatus, media.ModerationRejected)
	_, err = db.SettlePending(t.Context(), "waits01", media.ModerationApproved)
	wantMissing(t, "settled already", err)
}

func verdicts(t *testing.T, db Records) {
	own := picture("own0001")
	own.NSFW = true
	items := insert(t, db, picture("plain01"), own)
	for _, step := range []struct {
		verdict media.Moderation
		status  media.Moderation
		nsfw    bool // by the moderator
	}{
		{media.ModerationNSFW, "", true}, {media.ModerationPending, media.ModerationPending, false},
		{media.ModerationRejected, media.ModerationRejected, false}, {media.ModerationApproved, "", false},
	} {
		for _, want := range items {
			got, err := db.SetModeration(t.Context(), want.ID, step.verdict)
			wantError(t, "SetModeration", err, nil)
			want.ModerationStatus, want.ModeratorNSFW = step.status, step.nsfw
			wantEqual(t, "returned", got, want)
			wantItem(t, db, want)
			listed, err := db.Listed(t.Context(), want.Number)
			wantError(t, "Listed", err, nil)
			wantEqual(t, "listed as "+string(step.verdict), listed, step.status == "")
		}
	}
}

func verdictOnAbsent(t *testing.T, db Records) {
	insert(t, db, picture("trashed"), picture("gone001"))
	if _, err := db.MoveToTrash(t.Context(), "trashed", noon); err != nil {
		t.Fatal(err)
	}
	beginDelete(t, db, "gone001")
	for _, id := range []string{"trashed", "gone001", "never01"} {
		_, err := db.SetModeration(t.Context(), id, media.ModerationRejected)
		wantMissing(t, id, err)
	}
}
