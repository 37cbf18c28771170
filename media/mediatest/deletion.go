package mediatest

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
)

var deletionClauses = []contract{
	{"every item is visited, also those that are being deleted", eachItem},
	{"a recount leaves nothing to correct", recount},
	{"of 50 who delete an item at once one wins", oneWinner},
	{"a deleting item is found by none but Deleting", deletingIsHidden},
	{"a finished deletion frees neither the ID nor the keys", finishRetires},
	{"of what has expired it is said that it is gone, for a while", goneIsSaid},
	{"FinishDelete leaves live items alone", finishSparesLive},
	{"FinishDelete can be repeated", finishTwice},
	{"an item expires at exactly its second", expiresExactly},
	{"items that expire in the same second all come", expiryTies},
	{"BeginExpire stays within its limit, the oldest first", expiryLimit},
	{"of many who expire items at once each item has one", expireAtOnce},
	{"the next expiry moves with the items", nextExpiry},
	{"Deleting stays within its limit", deletingLimit},
}

func oneWinner(t *testing.T, db Records) {
	want := picture("wanted1")
	want.Tags = []string{"b", "a"}
	want = insert(t, db, want)[0]
	var wins atomic.Int32
	var racers sync.WaitGroup
	for range 50 {
		racers.Go(func() {
			got, err := db.BeginDelete(context.Background(), want.ID)
			switch {
			case err == nil:
				wins.Add(1)
				wantEqual(t, "BeginDelete", got, want)
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

func deletingIsHidden(t *testing.T, db Records) {
	it := insert(t, db, expiring("leaving", noon))[0]
	beginDelete(t, db, it.ID)

	_, err := db.Item(t.Context(), it.ID)
	wantMissing(t, "Item", err)
	for _, key := range it.Keys() {
		_, err = db.ItemAt(t.Context(), key)
		wantMissing(t, "ItemAt "+key, err)
	}
	for _, md5 := range []string{it.MD5, it.SourceMD5} {
		if twins, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: md5}); err != nil || len(twins) != 0 {
			t.Errorf("Duplicates of %s: %v, %v, want none", md5, ids(twins), err)
		}
	}
	_, err = db.NextExpiry(t.Context())
	wantMissing(t, "NextExpiry", err)
	if expired, err := db.BeginExpire(t.Context(), noon, 10, nil); err != nil || len(expired) != 0 {
		t.Errorf("BeginExpire: %v, %v, want none", ids(expired), err)
	}
	wantMissing(t, "AddView", db.AddView(t.Context(), it.Number, 1))

	got, err := db.Deleting(t.Context(), 10)
	if err != nil {
		t.Fatalf("Deleting: %v", err)
	}
	wantEqual(t, "Deleting", got, []media.Item{it})
}

func finishRetires(t *testing.T, db Records) {
	old := insert(t, db, picture("reused1"))[0]
	beginDelete(t, db, old.ID)

	sameKey := picture("another")
	sameKey.Original.Key = old.Original.Key
	wantError(t, "a deleting item's key", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	sameID := picture(old.ID)
	sameID.Original.Key, sameID.Thumb.Key = "images/x.jpg", "images/x.th.jpg"
	wantError(t, "a deleting item's ID", db.InsertItem(t.Context(), &sameID, media.UploadLimits{}), media.ErrIDTaken)

	finishDelete(t, db, old.Number)
	if left, err := db.Deleting(t.Context(), 10); err != nil || len(left) != 0 {
		t.Errorf("Deleting after FinishDelete: %v, %v, want none", ids(left), err)
	}
	wantError(t, "a key that was another's", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	sameKey.Original.Key = strings.ToUpper(old.Thumb.Key)
	wantError(t, "a thumb's, in other case", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	wantError(t, "an ID that was another's", db.InsertItem(t.Context(), &sameID, media.UploadLimits{}), media.ErrIDTaken)
	sameID.ID = "another"
	wantItem(t, db, insert(t, db, sameID)[0])
	for id, want := range map[string]bool{old.ID: true, "another": true, "nothing": false} {
		if got, err := db.IDGiven(t.Context(), id); err != nil || got != want {
			t.Errorf("IDGiven %s: %v, %v, want %v", id, got, err, want)
		}
	}
}

func goneIsSaid(t *testing.T, db Records) {
	insert(t, db, expiring("ending1", noon), expiring("ending2", noon), expiring("ending3", noon.Add(time.Hour)))
	ended, err := db.BeginExpire(t.Context(), noon, 10, func(it *media.Item) time.Time {
		if it.ID == "ending1" {
			return noon.Add(time.Minute)
		}
		return time.Time{}
	})
	if err != nil || len(ended) != 2 {
		t.Fatalf("BeginExpire: %v, %v", ids(ended), err)
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
	want("marked", noon, true)
	finishDelete(t, db, ended[0].Number, ended[1].Number)
	want("removed", noon.Add(59*time.Second), true)
	if err := db.ForgetGone(t.Context(), noon.Add(59*time.Second)); err != nil {
		t.Fatal(err)
	}
	want("not yet over", noon.Add(59*time.Second), true)
	want("over", noon.Add(time.Minute), false)
	if err := db.ForgetGone(t.Context(), noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want("forgotten", noon, false)
	wantError(t, "a forgotten ID", db.InsertItem(t.Context(), &ended[0], media.UploadLimits{}), media.ErrIDTaken)
}

func finishSparesLive(t *testing.T, db Records) {
	live := insert(t, db, picture("living1"), picture("leaving"))
	gone := beginDelete(t, db, "leaving")
	finishDelete(t, db, live[0].Number, gone.Number)
	wantItem(t, db, live[0])
}

func finishTwice(t *testing.T, db Records) {
	insert(t, db, picture("leaving"))
	it := beginDelete(t, db, "leaving")
	finishDelete(t, db)
	finishDelete(t, db, it.Number)
	finishDelete(t, db, it.Number, it.Number+1)
}

func expiresExactly(t *testing.T, db Records) {
	want := insert(t, db, expiring("ending1", noon), picture("forever"))[:1]
	for _, early := range []time.Duration{time.Hour, time.Second, time.Nanosecond} {
		if got, err := db.BeginExpire(t.Context(), noon.Add(-early), 10, nil); err != nil || len(got) != 0 {
			t.Errorf("BeginExpire %v early: %v, %v, want none", early, ids(got), err)
		}
	}
	got, err := db.BeginExpire(t.Context(), noon, 10, nil)
	if err != nil {
		t.Fatalf("BeginExpire: %v", err)
	}
	wantEqual(t, "BeginExpire at its second", got, want)
}

func expiryTies(t *testing.T, db Records) {
	first, second, third := expiring("tieone1", noon), expiring("tietwo1", noon), expiring("tietre1", noon)
	first.Tags, third.Tags = []string{"x", "y"}, []string{"y"}
	want := insert(t, db, first, second, third)
	got, err := db.BeginExpire(t.Context(), noon.Add(time.Minute), 10, nil)
	if err != nil {
		t.Fatalf("BeginExpire: %v", err)
	}
	slices.SortFunc(got, func(a, b media.Item) int { return int(a.Number - b.Number) })
	wantEqual(t, "BeginExpire", got, want)
}

func expiryLimit(t *testing.T, db Records) {
	insert(t, db,
		expiring("third01", noon.Add(-1*time.Second)), expiring("first01", noon.Add(-time.Hour)),
		expiring("later01", noon.Add(time.Second)), expiring("second1", noon.Add(-time.Minute)))
	for _, want := range [][]string{{"first01", "second1"}, {"third01"}, {}} {
		got, err := db.BeginExpire(t.Context(), noon, 2, nil)
		if err != nil {
			t.Fatalf("BeginExpire: %v", err)
		}
		wantEqual(t, "BeginExpire", ids(got), want)
	}
	if got, err := db.BeginExpire(t.Context(), noon.Add(time.Hour), 0, nil); err != nil || len(got) != 0 {
		t.Errorf("BeginExpire with limit 0: %v, %v, want none", ids(got), err)
	}
}

func expireAtOnce(t *testing.T, db Records) {
	const items = 40
	for i := range items {
		insert(t, db, expiring(fmt.Sprintf("ended%02d", i), noon))
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var reapers sync.WaitGroup
	for range 10 {
		reapers.Go(func() {
			for {
				got, err := db.BeginExpire(context.Background(), noon, 3, nil)
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

func nextExpiry(t *testing.T, db Records) {
	wantNext := func(after string, want time.Time) {
		t.Helper()
		if got, err := db.NextExpiry(t.Context()); err != nil || !got.Equal(want) {
			t.Errorf("NextExpiry %s: %v, %v, want %v", after, got, err, want)
		}
	}
	insert(t, db, picture("forever"))
	_, err := db.NextExpiry(t.Context())
	wantMissing(t, "NextExpiry without items that expire", err)

	insert(t, db, expiring("later01", noon.Add(time.Hour)))
	wantNext("with one item", noon.Add(time.Hour))
	insert(t, db, expiring("sooner1", noon))
	wantNext("with a sooner item", noon)
	beginDelete(t, db, "sooner1")
	wantNext("after the sooner is deleted", noon.Add(time.Hour))
	if _, err := db.BeginExpire(t.Context(), noon.Add(time.Hour), 10, nil); err != nil {
		t.Fatalf("BeginExpire: %v", err)
	}
	_, err = db.NextExpiry(t.Context())
	wantMissing(t, "NextExpiry after all have expired", err)
}

func deletingLimit(t *testing.T, db Records) {
	for _, id := range []string{"gone001", "gone002", "gone003"} {
		insert(t, db, picture(id))
		beginDelete(t, db, id)
	}
	for limit, want := range map[int]int{0: 0, 2: 2, 10: 3} {
		if got, err := db.Deleting(t.Context(), limit); err != nil || len(got) != want {
			t.Errorf("Deleting with limit %d: %v, %v, want %d items", limit, ids(got), err, want)
		}
	}
}

func eachItem(t *testing.T, db Records) {
	const n = 503 // more than a page
	var want, deleting []string
	for i := range n {
		it := picture(fmt.Sprintf("%07d", i))
		insert(t, db, it)
		want = append(want, it.ID)
	}
	for _, id := range []string{want[0], want[1], want[n-1]} {
		beginDelete(t, db, id)
	}
	var got []string
	err := db.EachItem(t.Context(), func(it media.Item, gone bool) error {
		got = append(got, it.ID)
		if gone {
			deleting = append(deleting, it.ID)
		}
		return nil
	})
	wantError(t, "EachItem", err, nil)
	wantEqual(t, "visited", got, want)
	wantEqual(t, "being deleted", deleting, []string{want[0], want[1], want[n-1]})
	wantError(t, "EachItem of a visit that fails", db.EachItem(t.Context(), func(media.Item, bool) error { return fs.ErrPermission }), fs.ErrPermission)
}

func recount(t *testing.T, db Records) {
	ann := insertUser(t, db, "ann")
	insert(t, db, owned("a", ann.ID), owned("b", ann.ID), picture("c"))
	before := usage(t, db, ann.ID, "")
	wantError(t, "Recount", db.Recount(t.Context()), nil)
	wantEqual(t, "usage", usage(t, db, ann.ID, ""), before)
	for what, find := range map[string]func(context.Context) ([]string, error){"faults": db.Faults, "miscounts": db.Miscounts} {
		lines, err := find(t.Context())
		wantError(t, what, err, nil)
		wantEqual(t, what, len(lines), 0)
	}
}
