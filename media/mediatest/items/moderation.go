package items

import (
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var moderationClauses = []contract.Clause{
	{Name: "items that wait for a moderator come in order", Run: pendingItems},
	{Name: "the queue leaves out what is closed, but for its owner", Run: pendingOpen},
	{Name: "a verdict is recorded, and takes back nothing that the owner says", Run: verdicts},
	{Name: "a verdict on what is not live is refused", Run: verdictOnAbsent},
	{Name: "an item that waits is claimed once", Run: claimedOnce},
	{Name: "a program decides on nothing that a moderator has decided on", Run: settledOnce},
}

func pendingItems(t *testing.T, db contract.Records) {
	waiting := func(id string) media.Item {
		it := contract.Picture(id)
		it.ModerationStatus = media.ModerationPending
		return it
	}
	ended := waiting("ended01")
	ended.ExpiresAt = contract.Noon
	items := contract.Insert(t, db, waiting("first01"), contract.Picture("passed1"), ended, waiting("trashed"), waiting("second1"), waiting("third01"))
	if _, err := db.MoveToTrash(t.Context(), "trashed", contract.Noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	n, err := db.CountPending(t.Context(), media.PendingQuery{}, contract.Noon)
	contract.WantError(t, "CountPending", err, nil)
	contract.WantEqual(t, "CountPending", n, 3)
	got, err := db.PendingItems(t.Context(), media.PendingQuery{}, contract.Noon, 0, 2)
	contract.WantError(t, "PendingItems", err, nil)
	contract.WantEqual(t, "the first two", contract.IDs(got), []string{"first01", "second1"})
	got, err = db.PendingItems(t.Context(), media.PendingQuery{}, contract.Noon, items[4].Number, 2)
	contract.WantError(t, "PendingItems", err, nil)
	contract.WantEqual(t, "those behind", contract.IDs(got), []string{"third01"})

	ann, owned, sent := contract.InsertUser(t, db, "ann"), waiting("owned01"), waiting("sent001")
	owned.UserID, owned.AddressHash, sent.AddressHash = ann.ID, "digest", "digest"
	contract.Insert(t, db, owned, sent)
	for id, from := range map[string]media.Sender{"owned01": {UserID: ann.ID}, "sent001": {AddressHash: "digest"}} {
		n, err := db.CountPending(t.Context(), media.PendingQuery{From: from}, contract.Noon)
		contract.WantError(t, "CountPending of a sender", err, nil)
		contract.WantEqual(t, "CountPending of a sender", n, 1)
		got, err := db.PendingItems(t.Context(), media.PendingQuery{From: from}, contract.Noon, 0, 2)
		contract.WantError(t, "PendingItems of a sender", err, nil)
		contract.WantEqual(t, "items of a sender", contract.IDs(got), []string{id})
	}
}

func pendingOpen(t *testing.T, db contract.Records) {
	ann, bob := contract.InsertUser(t, db, "ann"), contract.InsertUser(t, db, "bob")
	album := media.Album{Slug: "locked1", UserID: ann.ID, CreatedAt: contract.Noon, Visibility: media.Hidden, Lock: "$plain$word"}
	contract.WantError(t, "InsertAlbum", db.InsertAlbum(t.Context(), &album), nil)
	waiting := func(id string, owner int64) media.Item {
		it := contract.Picture(id)
		it.ModerationStatus, it.UserID = media.ModerationPending, owner
		return it
	}
	private, locked, inside, own := waiting("private", ann.ID), waiting("locked2", ann.ID), waiting("inside1", ann.ID), waiting("own0001", bob.ID)
	private.Visibility, own.Visibility, locked.Lock, inside.AlbumID = media.Private, media.Private, "$plain$word", album.ID
	contract.Insert(t, db, private, locked, inside, own, waiting("open001", ann.ID), waiting("guests1", 0))
	for _, step := range []struct {
		q    media.PendingQuery
		want []string
	}{
		{media.PendingQuery{Own: bob.ID}, []string{"private", "locked2", "inside1", "own0001", "open001", "guests1"}},
		{media.PendingQuery{Open: true}, []string{"open001", "guests1"}},
		{media.PendingQuery{Open: true, Own: bob.ID}, []string{"own0001", "open001", "guests1"}},
		{media.PendingQuery{Open: true, Own: bob.ID, From: media.Sender{UserID: ann.ID}}, []string{"open001"}},
	} {
		got, err := db.PendingItems(t.Context(), step.q, contract.Noon, 0, 9)
		contract.WantError(t, "PendingItems", err, nil)
		contract.WantEqual(t, "the queue", contract.IDs(got), step.want)
		n, err := db.CountPending(t.Context(), step.q, contract.Noon)
		contract.WantError(t, "CountPending", err, nil)
		contract.WantEqual(t, "its length", n, len(step.want))
	}
	contract.WantError(t, "Withhold", db.Withhold(t.Context(), ann.ID, true), nil)
	n, err := db.CountPending(t.Context(), media.PendingQuery{Open: true}, contract.Noon)
	contract.WantError(t, "CountPending", err, nil)
	contract.WantEqual(t, "what is not withheld", n, 1)
}

func claimedOnce(t *testing.T, db contract.Records) {
	waiting := func(id string) media.Item {
		it := contract.Picture(id)
		it.ModerationStatus = media.ModerationPending
		return it
	}
	ended := waiting("ended01")
	ended.ExpiresAt = contract.Noon
	items := contract.Insert(t, db, ended, waiting("first01"), contract.Picture("passed1"), waiting("second1"))
	later := contract.Noon.Add(time.Minute)
	for _, want := range []string{"first01", "second1"} {
		got, err := db.ClaimPending(t.Context(), contract.Noon, later)
		contract.WantError(t, "ClaimPending", err, nil)
		contract.WantEqual(t, "claimed", got.ID, want)
	}
	_, err := db.ClaimPending(t.Context(), later.Add(-time.Second), later)
	contract.WantMissing(t, "all are claimed", err)
	contract.WantError(t, "ExtendClaim", db.ExtendClaim(t.Context(), items[1].Number, later.Add(time.Hour)), nil)
	got, err := db.ClaimPending(t.Context(), later, later.Add(time.Minute))
	contract.WantError(t, "after the claim", err, nil)
	contract.WantEqual(t, "after the claim", got.ID, "second1")
	_, err = db.MoveToTrash(t.Context(), "second1", later.Add(time.Hour))
	contract.WantError(t, "MoveToTrash", err, nil)
	_, err = db.Restore(t.Context(), "second1", later)
	contract.WantError(t, "Restore", err, nil)
	got, err = db.ClaimPending(t.Context(), later, later.Add(time.Minute))
	contract.WantError(t, "once restored", err, nil)
	contract.WantEqual(t, "once restored", got.ID, "second1")
}

func settledOnce(t *testing.T, db contract.Records) {
	waiting := contract.Picture("waits01")
	waiting.ModerationStatus = media.ModerationPending
	contract.Insert(t, db, waiting)
	got, err := db.SettlePending(t.Context(), "waits01", media.ModerationRejected)
	contract.WantError(t, "SettlePending", err, nil)
	contract.WantEqual(t, "settled", got.ModerationStatus, media.ModerationRejected)
	_, err = db.SettlePending(t.Context(), "waits01", media.ModerationApproved)
	contract.WantMissing(t, "settled already", err)
}

func verdicts(t *testing.T, db contract.Records) {
	own := contract.Picture("own0001")
	own.NSFW = true
	items := contract.Insert(t, db, contract.Picture("plain01"), own)
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
			contract.WantError(t, "SetModeration", err, nil)
			want.ModerationStatus, want.ModeratorNSFW = step.status, step.nsfw
			contract.WantEqual(t, "returned", got, want)
			contract.WantItem(t, db, want)
			listed, err := db.Listed(t.Context(), want.Number)
			contract.WantError(t, "Listed", err, nil)
			contract.WantEqual(t, "listed as "+string(step.verdict), listed, step.status == "")
		}
	}
}

func verdictOnAbsent(t *testing.T, db contract.Records) {
	contract.Insert(t, db, contract.Picture("trashed"), contract.Picture("gone001"))
	if _, err := db.MoveToTrash(t.Context(), "trashed", contract.Noon); err != nil {
		t.Fatal(err)
	}
	contract.BeginDelete(t, db, "gone001")
	for _, id := range []string{"trashed", "gone001", "never01"} {
		_, err := db.SetModeration(t.Context(), id, media.ModerationRejected)
		contract.WantMissing(t, id, err)
	}
}
