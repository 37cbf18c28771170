package mediatest

import (
	"strconv"
	"testing"
	"time"

	"postern/media"
)

var reportClauses = []contract{
	{"reports wait in the queue until a verdict", reportsWait},
	{"an item has a bounded number of reports", reportsAreBounded},
	{"news for other servers waits for its turn", webhooksWait},
	{"the oldest news goes when there is too much", webhooksAreBounded},
}

func reportsWait(t *testing.T, db Records) {
	items := insert(t, db, picture("one0001"), picture("two0001"), picture("three01"))
	first := media.Report{Item: items[0].Number, Reporter: "a", Reason: "spam", Note: "x", CreatedAt: noon}
	second, again, other := first, first, first
	second.Reporter, second.CreatedAt = "b", noon.Add(time.Second)
	again.Reason, again.Note, again.CreatedAt = "other", "y", noon.Add(time.Minute)
	other.Item = items[1].Number
	for _, r := range []media.Report{first, second, again, other} {
		wantError(t, "InsertReport", db.InsertReport(t.Context(), r), nil)
	}
	wantMissing(t, "InsertReport on nothing", db.InsertReport(t.Context(), media.Report{Item: 99, Reporter: "a", Reason: "spam"}))
	got, err := db.ReportsOn(t.Context(), []int64{items[0].Number, items[2].Number})
	wantError(t, "ReportsOn", err, nil)
	wantEqual(t, "reports", got, []media.Report{again, second})

	queue := func(want ...string) {
		t.Helper()
		waiting, err := db.PendingItems(t.Context(), media.Sender{}, noon, 0, 9)
		wantError(t, "PendingItems", err, nil)
		wantEqual(t, "the queue", ids(waiting), want)
		n, err := db.CountPending(t.Context(), media.Sender{}, noon)
		wantError(t, "CountPending", err, nil)
		wantEqual(t, "its length", n, len(want))
	}
	queue("one0001", "two0001")
	_, err = db.ClaimPending(t.Context(), noon, noon)
	wantMissing(t, "no program is asked about reports", err)
	_, err = db.SetModeration(t.Context(), "one0001", media.ModerationApproved)
	wantError(t, "SetModeration", err, nil)
	queue("two0001")
	wantError(t, "SetModerations", db.SetModerations(t.Context(), []int64{items[1].Number}, media.ModerationRejected), nil)
	queue([]string{}...)
	got, err = db.ReportsOn(t.Context(), []int64{items[0].Number, items[1].Number})
	wantError(t, "ReportsOn", err, nil)
	wantEqual(t, "reports that are left", len(got), 0)
	_, err = db.MoveToTrash(t.Context(), "three01", noon)
	wantError(t, "MoveToTrash", err, nil)
	other.Item = items[2].Number
	wantMissing(t, "InsertReport in the trash", db.InsertReport(t.Context(), other))
}

func reportsAreBounded(t *testing.T, db Records) {
	items := insert(t, db, picture("one0001"))
	for i := range media.MaxReports + 2 {
		r := media.Report{Item: items[0].Number, Reporter: strconv.Itoa(i), Reason: "spam", CreatedAt: noon}
		wantError(t, "InsertReport", db.InsertReport(t.Context(), r), nil)
	}
	got, err := db.ReportsOn(t.Context(), []int64{items[0].Number})
	wantError(t, "ReportsOn", err, nil)
	wantEqual(t, "reports", len(got), media.MaxReports)
}

func webhooksWait(t *testing.T, db Records) {
	for i, target := range []string{"a", "b", "a"} {
		w := media.Webhook{Target: target, Event: "upload", Body: strconv.Itoa(i), CreatedAt: noon}
		wantError(t, "InsertWebhook", db.InsertWebhook(t.Context(), w, 9), nil)
	}
	_, err := db.ClaimWebhook(t.Context(), "a", noon.Add(-time.Second), noon)
	wantMissing(t, "before it is due", err)
	later := noon.Add(time.Minute)
	first, err := db.ClaimWebhook(t.Context(), "a", noon, later)
	wantError(t, "ClaimWebhook", err, nil)
	wantEqual(t, "claimed", first, media.Webhook{ID: first.ID, Target: "a", Event: "upload", Body: "0", Tries: 1, CreatedAt: noon})
	second, err := db.ClaimWebhook(t.Context(), "a", noon, later)
	wantError(t, "ClaimWebhook", err, nil)
	wantEqual(t, "claimed", second.Body, "2")
	_, err = db.ClaimWebhook(t.Context(), "a", noon, later)
	wantMissing(t, "all are claimed", err)
	wantError(t, "DeleteWebhook", db.DeleteWebhook(t.Context(), second.ID), nil)
	wantError(t, "DeleteWebhook", db.DeleteWebhook(t.Context(), second.ID), nil)
	wantError(t, "DeferWebhook", db.DeferWebhook(t.Context(), first.ID, later.Add(time.Minute)), nil)
	_, err = db.ClaimWebhook(t.Context(), "a", later, later)
	wantMissing(t, "deferred", err)
	again, err := db.ClaimWebhook(t.Context(), "a", later.Add(time.Minute), later.Add(time.Hour))
	wantError(t, "ClaimWebhook", err, nil)
	wantEqual(t, "tries", again.Tries, 2)
	got, err := db.ClaimWebhook(t.Context(), "b", noon, later)
	wantError(t, "ClaimWebhook", err, nil)
	wantEqual(t, "of another target", got.Body, "1")
}

func webhooksAreBounded(t *testing.T, db Records) {
	for i, target := range []string{"b", "a", "a", "a"} {
		w := media.Webhook{Target: target, Event: "upload", Body: strconv.Itoa(i), CreatedAt: noon}
		wantError(t, "InsertWebhook", db.InsertWebhook(t.Context(), w, 2), nil)
	}
	for _, want := range []struct{ target, body string }{{"a", "2"}, {"a", "3"}, {"b", "0"}} {
		got, err := db.ClaimWebhook(t.Context(), want.target, noon, noon.Add(time.Hour))
		wantError(t, "ClaimWebhook", err, nil)
		wantEqual(t, "left", got.Body, want.body)
	}
}
