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
	{Name: "a verdict answers the reports that were there, and they come back with it", Run: reportsComeBack},
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
	answered, err := db.SetModerations(t.Context(), items[1:2], media.Ruling{Verdict: media.ModerationRejected, At: contract.Noon, Before: contract.Noon.Add(time.Second)})
	contract.WantError(t, "SetModerations", err, nil)
	contract.WantEqual(t, "answered", answered, []int64{items[1].Number})
	queue([]string{}...)
	got, err = db.ReportsOn(t.Context(), []int64{items[0].Number, items[1].Number})
	contract.WantError(t, "ReportsOn", err, nil)
	contract.WantEqual(t, "reports that are left", len(got), 0)
	_, err = db.MoveToTrash(t.Context(), "three01", contract.Noon)
	contract.WantError(t, "MoveToTrash", err, nil)
	other.Item = items[2].Number
	contract.WantMissing(t, "InsertReport in the trash", db.InsertReport(t.Context(), other))
}

func reportsComeBack(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, contract.Picture("one0001"), contract.Picture("two0001"))
	number, noon := items[0].Number, contract.Noon
	early, late := media.Report{Item: number, Reporter: "a", Reason: "spam", CreatedAt: noon}, media.Report{Item: number, Reporter: "b", Reason: "other", CreatedAt: noon.Add(time.Minute)}
	rule := func(verdict media.Moderation, r media.Ruling, want ...int64) {
		t.Helper()
		items, err := db.ItemsNamed(t.Context(), []string{"one0001", "two0001"})
		contract.WantError(t, "ItemsNamed", err, nil)
		r.Verdict = verdict
		answered, err := db.SetModerations(t.Context(), items, r)
		contract.WantError(t, "SetModerations", err, nil)
		contract.WantEqual(t, "answered", len(answered), len(want))
	}
	waits := func(when string, want ...media.Report) {
		t.Helper()
		got, err := db.ReportsOn(t.Context(), []int64{number})
		contract.WantError(t, "ReportsOn", err, nil)
		contract.WantEqual(t, "reports "+when, len(got), len(want))
		for i := range want {
			contract.WantEqual(t, "reports "+when, got[i], want[i])
		}
	}
	add := func(r media.Report) {
		t.Helper()
		contract.WantError(t, "InsertReport", db.InsertReport(t.Context(), r), nil)
	}
	queued := func(when string, want int) {
		t.Helper()
		n, err := db.CountPending(t.Context(), media.PendingQuery{}, noon)
		contract.WantError(t, "CountPending", err, nil)
		contract.WantEqual(t, "the queue "+when, n, want)
	}
	add(early)
	add(late)
	rule(media.ModerationApproved, media.Ruling{At: noon.Add(time.Hour), Before: noon.Add(time.Second)}, number)
	waits("after a verdict on the first", late)
	queued("after it", 1)
	rule(media.ModerationRejected, media.Ruling{At: noon.Add(2 * time.Hour), Before: noon.Add(time.Minute)})
	waits("of the second of a verdict", late)
	queued("of what is rejected", 0)
	rule(media.ModerationRejected, media.Ruling{At: noon.Add(2 * time.Hour), Before: noon.Add(2 * time.Minute)}, number)
	waits("after all are answered")
	rule(media.ModerationApproved, media.Ruling{At: noon.Add(2 * time.Hour), Reopen: noon.Add(2 * time.Hour)})
	waits("with the last verdict taken back", late)
	rule(media.ModerationApproved, media.Ruling{At: noon.Add(2 * time.Hour), Reopen: noon.Add(time.Hour)})
	waits("with both taken back", late, early)

	// Who reports again waits again, and what is answered does not count.
	rule(media.ModerationApproved, media.Ruling{At: noon.Add(3 * time.Hour), Before: noon.Add(time.Hour)}, number)
	early.Note, early.CreatedAt = "still there", noon.Add(3*time.Hour)
	add(early)
	waits("again", early)
	rule(media.ModerationApproved, media.Ruling{At: noon.Add(3 * time.Hour).Add(media.AnsweredReportsKept)})
	rule(media.ModerationApproved, media.Ruling{At: noon, Reopen: noon.Add(3 * time.Hour)})
	waits("for as long as they are kept", early, late)
	rule(media.ModerationApproved, media.Ruling{At: noon.Add(4 * time.Hour), Before: noon.Add(4 * time.Hour)}, number)
	rule(media.ModerationApproved, media.Ruling{At: noon.Add(4*time.Hour + time.Second).Add(media.AnsweredReportsKept)})
	rule(media.ModerationApproved, media.Ruling{At: noon, Reopen: noon.Add(4 * time.Hour)})
	waits("after that")
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
