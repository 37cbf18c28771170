package items

import (
	"strconv"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var reportClauses = []contract.Clause{
	{Name: "reports wait in the queue until a verdict", Run: reportsWait},
	{Name: "an item has a bounded number of reports", Run: reportsAreBounded},
	{Name: "news for other servers waits for its turn", Run: webhooksWait},
	{Name: "the oldest news goes when there is too much", Run: webhooksAreBounded},
}

func reportsWait(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, contract.Picture("one0001"), contract.Picture("two0001"), contract.Picture("three01"))
	first := media.Report{Item: items[0].Number, Reporter: "a", Reason: "spam", Note: "x", CreatedAt: contract.Noon}
	second, again, other := first, first, first
	second.Reporter, second.CreatedAt = "b", contract.Noon.Add(time.Second)
	again.Reason, again.Note, again.CreatedAt = "other", "y", contract.Noon.Add(time.Minute)
	other.Item = items[1].Number
	for _, r := range []media.Report{first, second, again, other} {
		contract.WantError(t, "InsertReport", db.InsertReport(t.Context(), r), nil)
	}
	contract.WantMissing(t, "InsertReport on nothing", db.InsertReport(t.Context(), media.Report{Item: 99, Reporter: "a", Reason: "spam"}))
	got, err := db.ReportsOn(t.Context(), []int64{items[0].Number, items[2].Number})
	contract.WantError(t, "ReportsOn", err, nil)
	contract.WantEqual(t, "reports", got, []media.Report{again, second})

	queue := func(want ...string) {
		t.Helper()
		waiting, err := db.PendingItems(t.Context(), media.PendingQuery{}, contract.Noon, 0, 9)
		contract.WantError(t, "PendingItems", err, nil)
		contract.WantEqual(t, "the queue", contract.IDs(waiting), want)
		n, err := db.CountPending(t.Context(), media.PendingQuery{}, contract.Noon)
		contract.WantError(t, "CountPending", err, nil)
		contract.WantEqual(t, "its length", n, len(want))
	}
	queue("one0001", "two0001")
	_, err = db.ClaimPending(t.Context(), contract.Noon, contract.Noon)
	contract.WantMissing(t, "no program is asked about reports", err)
	_, err = db.SetModeration(t.Context(), "one0001", media.ModerationApproved)
	contract.WantError(t, "SetModeration", err, nil)
	queue("two0001")
	contract.WantError(t, "SetModerations", db.SetModerations(t.Context(), []int64{items[1].Number}, media.ModerationRejected), nil)
	queue([]string{}...)
	got, err = db.ReportsOn(t.Context(), []int64{items[0].Number, items[1].Number})
	contract.WantError(t, "ReportsOn", err, nil)
	contract.WantEqual(t, "reports that are left", len(got), 0)
	_, err = db.MoveToTrash(t.Context(), "three01", contract.Noon)
	contract.WantError(t, "MoveToTrash", err, nil)
	other.Item = items[2].Number
	contract.WantMissing(t, "InsertReport in the trash", db.InsertReport(t.Context(), other))
}

func reportsAreBounded(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, contract.Picture("one0001"))
	for i := range media.MaxReports + 2 {
		r := media.Report{Item: items[0].Number, Reporter: strconv.Itoa(i), Reason: "spam", CreatedAt: contract.Noon}
		contract.WantError(t, "InsertReport", db.InsertReport(t.Context(), r), nil)
	}
	got, err := db.ReportsOn(t.Context(), []int64{items[0].Number})
	contract.WantError(t, "ReportsOn", err, nil)
	contract.WantEqual(t, "reports", len(got), media.MaxReports)
}

func webhooksWait(t *testing.T, db contract.Records) {
	for i, target := range []string{"a", "b", "a"} {
		w := media.Webhook{Target: target, Event: "upload", Body: strconv.Itoa(i), CreatedAt: contract.Noon}
		contract.WantError(t, "InsertWebhook", db.InsertWebhook(t.Context(), w, 9), nil)
	}
	_, err := db.ClaimWebhook(t.Context(), "a", contract.Noon.Add(-time.Second), contract.Noon)
	contract.WantMissing(t, "before it is due", err)
	later := contract.Noon.Add(time.Minute)
	first, err := db.ClaimWebhook(t.Context(), "a", contract.Noon, later)
	contract.WantError(t, "ClaimWebhook", err, nil)
	contract.WantEqual(t, "claimed", first, media.Webhook{ID: first.ID, Target: "a", Event: "upload", Body: "0", Tries: 1, CreatedAt: contract.Noon})
	second, err := db.ClaimWebhook(t.Context(), "a", contract.Noon, later)
	contract.WantError(t, "ClaimWebhook", err, nil)
	contract.WantEqual(t, "claimed", second.Body, "2")
	_, err = db.ClaimWebhook(t.Context(), "a", contract.Noon, later)
	contract.WantMissing(t, "all are claimed", err)
	contract.WantError(t, "DeleteWebhook", db.DeleteWebhook(t.Context(), second.ID), nil)
	contract.WantError(t, "DeleteWebhook", db.DeleteWebhook(t.Context(), second.ID), nil)
	contract.WantError(t, "DeferWebhook", db.DeferWebhook(t.Context(), first.ID, later.Add(time.Minute)), nil)
	_, err = db.ClaimWebhook(t.Context(), "a", later, later)
	contract.WantMissing(t, "deferred", err)
	again, err := db.ClaimWebhook(t.Context(), "a", later.Add(time.Minute), later.Add(time.Hour))
	contract.WantError(t, "ClaimWebhook", err, nil)
	contract.WantEqual(t, "tries", again.Tries, 2)
	got, err := db.ClaimWebhook(t.Context(), "b", contract.Noon, later)
	contract.WantError(t, "ClaimWebhook", err, nil)
	contract.WantEqual(t, "of another target", got.Body, "1")
}

func webhooksAreBounded(t *testing.T, db contract.Records) {
	for i, target := range []string{"b", "a", "a", "a"} {
		w := media.Webhook{Target: target, Event: "upload", Body: strconv.Itoa(i), CreatedAt: contract.Noon}
		contract.WantError(t, "InsertWebhook", db.InsertWebhook(t.Context(), w, 2), nil)
	}
	for _, want := range []struct{ target, body string }{{"a", "2"}, {"a", "3"}, {"b", "0"}} {
		got, err := db.ClaimWebhook(t.Context(), want.target, contract.Noon, contract.Noon.Add(time.Hour))
		contract.WantError(t, "ClaimWebhook", err, nil)
		contract.WantEqual(t, "left", got.Body, want.body)
	}
}
