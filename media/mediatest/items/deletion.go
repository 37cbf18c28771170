package items

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var deletionClauses = []contract.Clause{
	{Name: "every item is visited, also those that are being deleted", Run: eachItem},
	{Name: "a recount leaves nothing to correct", Run: recount},
	{Name: "of 50 who delete an item at once one wins", Run: oneWinner},
	{Name: "a deleting item is found by none but Deleting", Run: deletingIsHidden},
	{Name: "a finished deletion frees neither the ID nor the keys", Run: finishRetires},
	{Name: "of what has expired it is said that it is gone, for a while", Run: goneIsSaid},
	{Name: "FinishDelete leaves live items alone", Run: finishSparesLive},
	{Name: "FinishDelete can be repeated", Run: finishTwice},
	{Name: "an item expires at exactly its second", Run: expiresExactly},
	{Name: "items that expire in the same second all come", Run: expiryTies},
	{Name: "BeginExpire stays within its limit, the oldest first", Run: expiryLimit},
	{Name: "of many who expire items at once each item has one", Run: expireAtOnce},
	{Name: "the next expiry moves with the items", Run: nextExpiry},
	{Name: "Deleting stays within its limit", Run: deletingLimit},
}

func oneWinner(t *testing.T, db contract.Records) {
	want := contract.Picture("wanted1")
	want.Tags = []string{"b", "a"}
	want = contract.Insert(t, db, want)[0]
	var wins atomic.Int32
	var racers sync.WaitGroup
	for range 50 {
		racers.Go(func() {
			got, err := db.BeginDelete(context.Background(), want.ID)
			switch {
			case err == nil:
				wins.Add(1)
				contract.WantEqual(t, "BeginDelete", got, want)
			case !errors.Is(err, fs.ErrNotExist):
				t.Errorf("BeginDelete of a loser: %v, want fs.ErrNotExist", err)
			}
		})
	}
	racers.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d winners, want 1", wins.Load())
	}
}

func deletingIsHidden(t *testing.T, db contract.Records) {
	it := contract.Insert(t, db, contract.Expiring("leaving", contract.Noon))[0]
	contract.BeginDelete(t, db, it.ID)

	_, err := db.Item(t.Context(), it.ID)
	contract.WantMissing(t, "Item", err)
	for _, key := range it.Keys() {
		_, _, err = db.ItemAt(t.Context(), key)
		contract.WantMissing(t, "ItemAt "+key, err)
	}
	for _, md5 := range []string{it.MD5, it.SourceMD5} {
		if twins, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: md5}); err != nil || len(twins) != 0 {
			t.Errorf("Duplicates of %s: %v, %v, want none", md5, contract.IDs(twins), err)
		}
	}
	_, err = db.NextExpiry(t.Context())
	contract.WantMissing(t, "NextExpiry", err)
	if expired, err := db.BeginExpire(t.Context(), contract.Noon, 10, nil); err != nil || len(expired) != 0 {
		t.Errorf("BeginExpire: %v, %v, want none", contract.IDs(expired), err)
	}
	contract.WantMissing(t, "AddView", db.AddView(t.Context(), it.Number, 1))

	got, err := db.Deleting(t.Context(), 10)
	if err != nil {
		t.Fatalf("Deleting: %v", err)
	}
	contract.WantEqual(t, "Deleting", got, []media.Item{it})
}

func finishRetires(t *testing.T, db contract.Records) {
	old := contract.Insert(t, db, contract.Picture("reused1"))[0]
	contract.BeginDelete(t, db, old.ID)

	sameKey := contract.Picture("another")
	sameKey.Original.Key = old.Original.Key
	contract.WantError(t, "a deleting item's key", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	sameID := contract.Picture(old.ID)
	sameID.Original.Key, sameID.Thumb.Key = "images/x.jpg", "images/x.th.jpg"
	contract.WantError(t, "a deleting item's ID", db.InsertItem(t.Context(), &sameID, media.UploadLimits{}), media.ErrIDTaken)

	contract.FinishDelete(t, db, old.Number)
	if left, err := db.Deleting(t.Context(), 10); err != nil || len(left) != 0 {
		t.Errorf("Deleting after FinishDelete: %v, %v, want none", contract.IDs(left), err)
	}
	contract.WantError(t, "a key that was another's", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	sameKey.Original.Key = strings.ToUpper(old.Thumb.Key)
	contract.WantError(t, "a thumb's, in other case", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	contract.WantError(t, "an ID that was another's", db.InsertItem(t.Context(), &sameID, media.UploadLimits{}), media.ErrIDTaken)
	sameID.ID = "another"
	contract.WantItem(t, db, contract.Insert(t, db, sameID)[0])
	for id, want := range map[string]bool{old.ID: true, "another": true, "nothing": false} {
		if got, err := db.IDGiven(t.Context(), id); err != nil || got != want {
			t.Errorf("IDGiven %s: %v, %v, want %v", id, got, err, want)
		}
	}
}

func goneIsSaid(t *testing.T, db contract.Records) {
	contract.Insert(t, db, contract.Expiring("ending1", contract.Noon), contract.Expiring("ending2", contract.Noon), contract.Expiring("ending3", contract.Noon.Add(time.Hour)))
	ended, err := db.BeginExpire(t.Context(), contract.Noon, 10, func(it *media.Item) time.Time {
		if it.ID == "ending1" {
			return contract.Noon.Add(time.Minute)
		}
		return time.Time{}
	})
	if err != nil || len(ended) != 2 {
		t.Fatalf("BeginExpire: %v, %v", contract.IDs(ended), err)
	}
	want := func(when string, now time.Time, said bool) {
		t.Helper()
		for i, it := range ended {
			for _, name := range it.Names() {
				if got, err := db.Gone(t.Context(), name, now); err != nil || got != (said && i == 0) {
					t.Errorf("%s: Gone %s: %v, %v", when, name, got, err)
				}
			}
		}
	}
	want("marked", contract.Noon, true)
	contract.FinishDelete(t, db, ended[0].Number, ended[1].Number)
	want("removed", contract.Noon.Add(59*time.Second), true)
	if err := db.ForgetGone(t.Context(), contract.Noon.Add(59*time.Second)); err != nil {
		t.Fatal(err)
	}
	want("not yet over", contract.Noon.Add(59*time.Second), true)
	want("over", contract.Noon.Add(time.Minute), false)
	if err := db.ForgetGone(t.Context(), contract.Noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want("forgotten", contract.Noon, false)
	contract.WantError(t, "a forgotten ID", db.InsertItem(t.Context(), &ended[0], media.UploadLimits{}), media.ErrIDTaken)
}

func finishSparesLive(t *testing.T, db contract.Records) {
	live := contract.Insert(t, db, contract.Picture("living1"), contract.Picture("leaving"))
	gone := contract.BeginDelete(t, db, "leaving")
	contract.FinishDelete(t, db, live[0].Number, gone.Number)
	contract.WantItem(t, db, live[0])
}

func finishTwice(t *testing.T, db contract.Records) {
	contract.Insert(t, db, contract.Picture("leaving"))
	it := contract.BeginDelete(t, db, "leaving")
	contract.FinishDelete(t, db)
	contract.FinishDelete(t, db, it.Number)
	contract.FinishDelete(t, db, it.Number, it.Number+1)
}

func expiresExactly(t *testing.T, db contract.Records) {
	want := contract.Insert(t, db, contract.Expiring("ending1", contract.Noon), contract.Picture("forever"))[:1]
	for _, early := range []time.Duration{time.Hour, time.Second, time.Nanosecond} {
		if got, err := db.BeginExpire(t.Context(), contract.Noon.Add(-early), 10, nil); err != nil || len(got) != 0 {
			t.Errorf("BeginExpire %v early: %v, %v, want none", early, contract.IDs(got), err)
		}
	}
	got, err := db.BeginExpire(t.Context(), contract.Noon, 10, nil)
	if err != nil {
		t.Fatalf("BeginExpire: %v", err)
	}
	contract.WantEqual(t, "BeginExpire at its second", got, want)
}

func expiryTies(t *testing.T, db contract.Records) {
	first, second, third := contract.Expiring("tieone1", contract.Noon), contract.Expiring("tietwo1", contract.Noon), contract.Expiring("tietre1", contract.Noon)
	first.Tags, third.Tags = []string{"x", "y"}, []string{"y"}
	want := contract.Insert(t, db, first, second, third)
	got, err := db.BeginExpire(t.Context(), contract.Noon.Add(time.Minute), 10, nil)
	if err != nil {
		t.Fatalf("BeginExpire: %v", err)
	}
	slices.SortFunc(got, func(a, b media.Item) int { return int(a.Number - b.Number) })
	contract.WantEqual(t, "BeginExpire", got, want)
}

func expiryLimit(t *testing.T, db contract.Records) {
	contract.Insert(t, db,
		contract.Expiring("third01", contract.Noon.Add(-1*time.Second)), contract.Expiring("first01", contract.Noon.Add(-time.Hour)),
		contract.Expiring("later01", contract.Noon.Add(time.Second)), contract.Expiring("second1", contract.Noon.Add(-time.Minute)))
	for _, want := range [][]string{{"first01", "second1"}, {"third01"}, {}} {
		got, err := db.BeginExpire(t.Context(), contract.Noon, 2, nil)
		if err != nil {
			t.Fatalf("BeginExpire: %v", err)
		}
		contract.WantEqual(t, "BeginExpire", contract.IDs(got), want)
	}
	if got, err := db.BeginExpire(t.Context(), contract.Noon.Add(time.Hour), 0, nil); err != nil || len(got) != 0 {
		t.Errorf("BeginExpire with limit 0: %v, %v, want none", contract.IDs(got), err)
	}
}

func expireAtOnce(t *testing.T, db contract.Records) {
	const items = 40
	for i := range items {
		contract.Insert(t, db, contract.Expiring(fmt.Sprintf("ended%02d", i), contract.Noon))
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var reapers sync.WaitGroup
	for range 10 {
		reapers.Go(func() {
			for {
				got, err := db.BeginExpire(context.Background(), contract.Noon, 3, nil)
				if err != nil {
					t.Errorf("BeginExpire: %v", err)
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, it := range got {
					seen[it.ID]++
				}
				mu.Unlock()
			}
		})
	}
	reapers.Wait()
	if len(seen) != items {
		t.Errorf("%d items expired, want %d", len(seen), items)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("item %s came %d times, want 1", id, times)
		}
	}
}

func nextExpiry(t *testing.T, db contract.Records) {
	wantNext := func(after string, want time.Time) {
		t.Helper()
		if got, err := db.NextExpiry(t.Context()); err != nil || !got.Equal(want) {
			t.Errorf("NextExpiry %s: %v, %v, want %v", after, got, err, want)
		}
	}
	contract.Insert(t, db, contract.Picture("forever"))
	_, err := db.NextExpiry(t.Context())
	contract.WantMissing(t, "NextExpiry without items that expire", err)

	contract.Insert(t, db, contract.Expiring("later01", contract.Noon.Add(time.Hour)))
	wantNext("with one item", contract.Noon.Add(time.Hour))
	contract.Insert(t, db, contract.Expiring("sooner1", contract.Noon))
	wantNext("with a sooner item", contract.Noon)
	contract.BeginDelete(t, db, "sooner1")
	wantNext("after the sooner is deleted", contract.Noon.Add(time.Hour))
	if _, err := db.BeginExpire(t.Context(), contract.Noon.Add(time.Hour), 10, nil); err != nil {
		t.Fatalf("BeginExpire: %v", err)
	}
	_, err = db.NextExpiry(t.Context())
	contract.WantMissing(t, "NextExpiry after all have expired", err)
}

func deletingLimit(t *testing.T, db contract.Records) {
	for _, id := range []string{"gone001", "gone002", "gone003"} {
		contract.Insert(t, db, contract.Picture(id))
		contract.BeginDelete(t, db, id)
	}
	for limit, want := range map[int]int{0: 0, 2: 2, 10: 3} {
		if got, err := db.Deleting(t.Context(), limit); err != nil || len(got) != want {
			t.Errorf("Deleting with limit %d: %v, %v, want %d items", limit, contract.IDs(got), err, want)
		}
	}
}

func eachItem(t *testing.T, db contract.Records) {
	const n = 503 // more than a page
	var want, deleting []string
	for i := range n {
		it := contract.Picture(fmt.Sprintf("%07d", i))
		contract.Insert(t, db, it)
		want = append(want, it.ID)
	}
	for _, id := range []string{want[0], want[1], want[n-1]} {
		contract.BeginDelete(t, db, id)
	}
	var got []string
	err := db.EachItem(t.Context(), func(it media.Item, gone bool) error {
		got = append(got, it.ID)
		if gone {
			deleting = append(deleting, it.ID)
		}
		return nil
	})
	contract.WantError(t, "EachItem", err, nil)
	contract.WantEqual(t, "visited", got, want)
	contract.WantEqual(t, "being deleted", deleting, []string{want[0], want[1], want[n-1]})
	contract.WantError(t, "EachItem of a visit that fails", db.EachItem(t.Context(), func(media.Item, bool) error { return fs.ErrPermission }), fs.ErrPermission)
}

func recount(t *testing.T, db contract.Records) {
	ann := contract.InsertUser(t, db, "ann")
	contract.Insert(t, db, contract.Owned("a", ann.ID), contract.Owned("b", ann.ID), contract.Picture("c"))
	before := usage(t, db, ann.ID, "")
	contract.WantError(t, "Recount", db.Recount(t.Context()), nil)
	contract.WantEqual(t, "usage", usage(t, db, ann.ID, ""), before)
	for what, find := range map[string]func(context.Context) ([]string, error){"faults": db.Faults, "miscounts": db.Miscounts} {
		lines, err := find(t.Context())
		contract.WantError(t, what, err, nil)
		contract.WantEqual(t, what, len(lines), 0)
	}
}
