package mediatest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
)

var trashClauses = []contract{
	{"an item in the trash is found by none but the trash", trashHides},
	{"an item comes out of the trash as it went in", restores},
	{"nothing comes out of the trash at its second, or after its end of life", restoresInTime},
	{"an item in the trash still expires, and can be deleted", trashedEnds},
	{"the trash is emptied at exactly its second, the oldest first, within the limit", purges},
	{"an item is either restored or purged", restoreOrPurge},
	{"of many who discard an item at once one wins", oneMovesToTrash},
}

func moveToTrash(t *testing.T, db Records, id string, until time.Time) media.Item {
	t.Helper()
	it, err := db.MoveToTrash(t.Context(), id, until)
	if err != nil {
		t.Fatalf("Discard %s: %v", id, err)
	}
	return it
}

func trashHides(t *testing.T, db Records) {
	want := insert(t, db, picture("binned1"))[0]
	want.PurgeAt = noon.Add(time.Hour)
	wantEqual(t, "Discard", moveToTrash(t, db, want.ID, want.PurgeAt), want)
	got, err := db.Trashed(t.Context(), want.ID)
	wantError(t, "Discarded", err, nil)
	wantEqual(t, "Discarded", got, want)

	_, err = db.Item(t.Context(), want.ID)
	wantMissing(t, "Item", err)
	for _, key := range want.Keys() {
		_, err = db.ItemAt(t.Context(), key)
		wantMissing(t, "ItemAt "+key, err)
	}
	if twins, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: want.MD5}); err != nil || len(twins) != 0 {
		t.Errorf("Duplicates: %v, %v, want none", ids(twins), err)
	}
	if twins, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: want.MD5, Trashed: true}); err != nil || len(twins) != 1 {
		t.Errorf("Duplicates also in the trash: %v, %v, want it", ids(twins), err)
	}
	wantMissing(t, "AddView", db.AddView(t.Context(), want.Number, 1))
	_, err = db.MoveToTrash(t.Context(), want.ID, noon.Add(2*time.Hour))
	wantMissing(t, "Discard again", err)
	sameKey := picture("another")
	sameKey.Original.Key = want.Original.Key
	wantError(t, "a key of the trash", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	for _, id := range []string{"absent1", "another"} {
		_, err = db.Trashed(t.Context(), id)
		wantMissing(t, "Discarded "+id, err)
	}
}

func restores(t *testing.T, db Records) {
	want := expiring("restor1", noon.Add(time.Hour))
	want.Tags = []string{"b", "a"}
	want = insert(t, db, want)[0]
	_, err := db.Restore(t.Context(), want.ID, noon)
	wantMissing(t, "Restore of what is not in the trash", err)
	moveToTrash(t, db, want.ID, noon.Add(time.Minute))
	got, err := db.Restore(t.Context(), want.ID, noon.Add(time.Minute-time.Second))
	wantError(t, "Restore", err, nil)
	wantEqual(t, "Restore", got, want)
	wantItem(t, db, want)
	_, err = db.NextPurge(t.Context())
	wantMissing(t, "NextPurge of an empty trash", err)
}

func restoresInTime(t *testing.T, db Records) {
	insert(t, db, picture("toolate"), expiring("ended01", noon))
	moveToTrash(t, db, "toolate", noon)
	moveToTrash(t, db, "ended01", noon.Add(time.Hour))
	for _, id := range []string{"toolate", "ended01"} {
		_, err := db.Restore(t.Context(), id, noon)
		wantMissing(t, "Restore "+id, err)
		_, err = db.Item(t.Context(), id)
		wantMissing(t, "Item "+id, err)
	}
}

func trashedEnds(t *testing.T, db Records) {
	insert(t, db, expiring("ending1", noon), picture("deleted"))
	for _, id := range []string{"ending1", "deleted"} {
		moveToTrash(t, db, id, noon.Add(time.Hour))
	}
	if next, err := db.NextExpiry(t.Context()); err != nil || !next.Equal(noon) {
		t.Errorf("NextExpiry: %v, %v, want %v", next, err, noon)
	}
	got, err := db.BeginExpire(t.Context(), noon, 10, nil)
	if err != nil || len(got) != 1 || got[0].ID != "ending1" {
		t.Errorf("BeginExpire: %v, %v, want ending1", ids(got), err)
	}
	beginDelete(t, db, "deleted")
	for _, id := range []string{"ending1", "deleted"} {
		_, err := db.Trashed(t.Context(), id)
		wantMissing(t, "Discarded "+id, err)
	}
	if got, err := db.BeginPurge(t.Context(), noon.Add(time.Hour), 10); err != nil || len(got) != 0 {
		t.Errorf("BeginPurge: %v, %v, want none", ids(got), err)
	}
}

func purges(t *testing.T, db Records) {
	insert(t, db, picture("third01"), picture("first01"), picture("second1"), picture("living1"))
	for id, until := range map[string]time.Time{"third01": noon, "first01": noon.Add(-time.Hour), "second1": noon.Add(-time.Second)} {
		moveToTrash(t, db, id, until)
	}
	if next, err := db.NextPurge(t.Context()); err != nil || !next.Equal(noon.Add(-time.Hour)) {
		t.Errorf("NextPurge: %v, %v, want %v", next, err, noon.Add(-time.Hour))
	}
	early := noon.Add(-time.Hour - time.Nanosecond)
	if got, err := db.BeginPurge(t.Context(), early, 10); err != nil || len(got) != 0 {
		t.Errorf("BeginPurge too early: %v, %v, want none", ids(got), err)
	}
	for _, want := range [][]string{{"first01", "second1"}, {"third01"}, {}} {
		got, err := db.BeginPurge(t.Context(), noon, 2)
		wantError(t, "BeginPurge", err, nil)
		wantEqual(t, "BeginPurge", ids(got), want)
	}
	if left, err := db.Deleting(t.Context(), 10); err != nil || len(left) != 3 {
		t.Errorf("Deleting: %v, %v, want the three", ids(left), err)
	}
}

func restoreOrPurge(t *testing.T, db Records) {
	for i := range 20 {
		it := insert(t, db, picture(fmt.Sprintf("dispu%02d", i)))[0]
		moveToTrash(t, db, it.ID, noon)
		var restored, purged atomic.Bool
		var racers sync.WaitGroup
		racers.Go(func() {
			_, err := db.Restore(context.Background(), it.ID, noon.Add(-time.Second))
			restored.Store(err == nil)
		})
		racers.Go(func() {
			got, err := db.BeginPurge(context.Background(), noon, 1)
			purged.Store(err == nil && len(got) == 1)
		})
		racers.Wait()
		if restored.Load() == purged.Load() {
			t.Fatalf("restored %v and purged %v", restored.Load(), purged.Load())
		}
		if restored.Load() {
			beginDelete(t, db, it.ID)
		}
		finishDelete(t, db, it.Number)
	}
}

func oneMovesToTrash(t *testing.T, db Records) {
	insert(t, db, picture("wanted1"))
	var wins atomic.Int32
	var racers sync.WaitGroup
	for range 20 {
		racers.Go(func() {
			_, err := db.MoveToTrash(context.Background(), "wanted1", noon.Add(time.Hour))
			if err == nil {
				wins.Add(1)
			} else if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Discard of a loser: %v, want fs.ErrNotExist", err)
			}
		})
	}
	racers.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d winners, want 1", wins.Load())
	}
}
