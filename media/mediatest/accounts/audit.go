package accounts

import (
	"context"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var auditClauses = []contract.Clause{
	{Name: "a change is committed with its entry, once", Run: auditedChange},
	{Name: "a change that is undone leaves no entry", Run: unauditedChange},
	{Name: "the audit log is searched from its end", Run: auditSearch},
	{Name: "counts of an hour add up, levels are replaced", Run: hourCounts},
	{Name: "the stock is what there is", Run: stock},
}

func entry(action, subject string) media.AuditEntry {
	return media.AuditEntry{At: contract.Noon, UserID: 7, By: "Ann", Action: action, Subject: subject, Detail: "100%_!"}
}

func wantAudit(t *testing.T, db contract.Records, q media.AuditQuery, want ...media.AuditEntry) {
	t.Helper()
	got, err := db.Audit(t.Context(), q)
	contract.WantError(t, "Audit", err, nil)
	for i := range got {
		got[i].ID = 0
	}
	contract.WantEqual(t, "Audit", got, want)
}

func auditedChange(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	ctx := media.WithAudit(t.Context(), entry("user.rename", "ann"))
	name := "anna"
	contract.WantError(t, "UpdateUser", db.UpdateUser(ctx, ann.ID, media.UserChange{Name: &name}), nil)
	contract.WantError(t, "DeleteUser under the same context", db.DeleteUser(ctx, ann.ID, contract.Noon), nil)
	wantAudit(t, db, media.AuditQuery{Limit: 9}, entry("user.rename", "ann"))
	shell := media.AuditEntry{At: contract.Noon, By: "root", Action: "category.add"}
	contract.WantError(t, "InsertCategory", db.InsertCategory(media.WithAudit(t.Context(), shell), &media.Category{Name: "x"}), nil)
	wantAudit(t, db, media.AuditQuery{Limit: 1}, shell)

	// A change of many has an entry for each.
	ctx = media.WithAudit(t.Context(), entry("item.edit", "a"), entry("item.edit", "b"))
	for _, name := range []string{"y", "z"} {
		contract.WantError(t, "InsertCategory", db.InsertCategory(ctx, &media.Category{Name: name}), nil)
	}
	wantAudit(t, db, media.AuditQuery{Limit: 3}, entry("item.edit", "b"), entry("item.edit", "a"), shell)
}

func unauditedChange(t *testing.T, db contract.Records) {
	ctx := media.WithAudit(t.Context(), entry("key.revoke", "1"))
	contract.WantMissing(t, "RevokeKey", db.RevokeKey(ctx, 1<<40, contract.Noon))
	wantAudit(t, db, media.AuditQuery{Limit: 9})
	ann := contract.InsertUser(t, db, "ann")
	k := insertKey(t, db, key(ann, 1))
	contract.WantError(t, "RevokeKey of another under the same context", db.RevokeKey(ctx, k.ID, contract.Noon), nil)
	wantAudit(t, db, media.AuditQuery{Limit: 9}, entry("key.revoke", "1"))
}

func auditSearch(t *testing.T, db contract.Records) {
	all := []media.AuditEntry{entry("user.add", "bob"), entry("item.reject", "abc"), entry("users.x", "abc"), {At: contract.Noon.Add(time.Hour), By: "bob", Action: "item.approve", Subject: "abc"}}
	for i, e := range all {
		c := media.Category{Name: string(rune('a' + i))}
		contract.WantError(t, "InsertCategory", db.InsertCategory(media.WithAudit(t.Context(), e), &c), nil)
	}
	wantAudit(t, db, media.AuditQuery{Limit: 2}, all[3], all[2])
	wantAudit(t, db, media.AuditQuery{Kind: "user", Limit: 9}, all[0])
	wantAudit(t, db, media.AuditQuery{Subject: "abc", Kind: "item", Limit: 9}, all[3], all[1])
	wantAudit(t, db, media.AuditQuery{Subjects: []string{"bob", "other"}, Limit: 9}, all[0])
	wantAudit(t, db, media.AuditQuery{Subjects: []string{"bob", "abc"}, Kind: "item", Limit: 9}, all[3], all[1])
	wantAudit(t, db, media.AuditQuery{By: "Ann", Limit: 9}, all[2], all[1], all[0])
	wantAudit(t, db, media.AuditQuery{Search: "BOB", Limit: 9}, all[3], all[0])
	wantAudit(t, db, media.AuditQuery{Search: "0%_!", Limit: 9}, all[2], all[1], all[0])
	wantAudit(t, db, media.AuditQuery{Search: "ann", Kind: "item", Limit: 9}, all[1])
	wantAudit(t, db, media.AuditQuery{Search: "%", By: "bob", Limit: 9})
	got, err := db.Audit(t.Context(), media.AuditQuery{Limit: 9})
	contract.WantError(t, "Audit", err, nil)
	wantAudit(t, db, media.AuditQuery{Before: got[1].ID, Limit: 9}, all[1], all[0])
	wantAudit(t, db, media.AuditQuery{After: got[2].ID, Limit: 9}, all[3], all[2])
}

func hourCounts(t *testing.T, db contract.Records) {
	keep := func(at time.Time, sums, levels map[string]int64) {
		t.Helper()
		contract.WantError(t, "KeepCounts", db.KeepCounts(t.Context(), at, sums, levels), nil)
	}
	keep(contract.Noon, map[string]int64{"uploads": 2, "bytes": 1 << 40}, map[string]int64{"stored": 5})
	keep(contract.Noon.Add(59*time.Minute), map[string]int64{"uploads": 3}, map[string]int64{"stored": 4})
	keep(contract.Noon.Add(time.Hour), map[string]int64{"uploads": 1}, nil)
	want := []media.HourCount{{Hour: contract.Noon, What: "bytes", N: 1 << 40}, {Hour: contract.Noon, What: "stored", N: 4}, {Hour: contract.Noon, What: "uploads", N: 5}, {Hour: contract.Noon.Add(time.Hour), What: "uploads", N: 1}}
	counts := func(since time.Time, want ...media.HourCount) {
		t.Helper()
		got, err := db.Counts(t.Context(), since)
		contract.WantError(t, "Counts", err, nil)
		contract.WantEqual(t, "Counts", got, want)
	}
	counts(contract.Noon.Add(30*time.Minute), want...)
	counts(contract.Noon.Add(time.Hour), want[3])
	keep(contract.Noon.Add(time.Hour+media.CountsKept), nil, nil)
	counts(time.Time{}.Add(time.Hour), want[3])
}

func stock(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	one, two, film := contract.Picture("one"), contract.Picture("two"), contract.Picture("film")
	film.Kind = media.KindVideo
	one.UserID, two.UserID, film.UserID = ann.ID, ann.ID, ann.ID
	items := contract.Insert(t, db, one, two, film, contract.Picture("guest"))
	film = items[2]
	_, err := db.MoveToTrash(context.Background(), "two", contract.Noon.Add(time.Hour))
	contract.WantError(t, "MoveToTrash", err, nil)
	bytes := one.Original.Size + one.Thumb.Size
	held := func(what string, videos, bytesOfVideos int64) {
		t.Helper()
		got, err := db.Stock(t.Context())
		contract.WantError(t, "Stock", err, nil)
		want := media.Stock{
			Items: map[string]int64{"image": 1, "video": videos}, Users: 1,
			Bytes: map[string]int64{"image": 2 * bytes, "video": bytesOfVideos},
		}
		contract.WantEqual(t, "Stock with "+what, got, want)
	}
	held("a video", 1, bytes)
	contract.WantError(t, "GiveItems", db.GiveItems(t.Context(), []int64{film.Number}, 0), nil)
	held("a video of nobody", 0, 0)
	contract.WantError(t, "GiveItems", db.GiveItems(t.Context(), []int64{film.Number}, ann.ID), nil)
	larger := film.Thumb
	larger.Size += 100
	contract.WantError(t, "UpdateFile", db.UpdateFile(t.Context(), film.Number, media.RoleThumb, larger), nil)
	held("a larger video", 1, bytes+100)
	contract.BeginDelete(t, db, "film")
	held("a video that is being deleted", 0, bytes+100)
	contract.WantError(t, "FinishDelete", db.FinishDelete(t.Context(), film.Number), nil)
	held("no video any more", 0, 0)
	lines, err := db.Miscounts(t.Context())
	contract.WantError(t, "Miscounts", err, nil)
	contract.WantEqual(t, "miscounts", len(lines), 0)
}
