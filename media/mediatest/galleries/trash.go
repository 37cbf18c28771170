package galleries

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
	"postern/media/mediatest/contract"
)

var trashClauses = []contract.Clause{
	{Name: "an item in the trash is found by none but the trash", Run: trashHides},
	{Name: "an item comes out of the trash as it went in", Run: restores},
	{Name: "nothing comes out of the trash at its second, or after its end of life", Run: restoresInTime},
	{Name: "an item in the trash still expires, and can be deleted", Run: trashedEnds},
	{Name: "the trash is emptied at exactly its second, the oldest first, within the limit", Run: purges},
	{Name: "an item is either restored or purged", Run: restoreOrPurge},
	{Name: "of many who discard an item at once one wins", Run: oneMovesToTrash},
}

func moveToTrash(t *testing.T, db contract.Records, id string, until time.Time) media.Item {
	t.Helper()
	it, err := db.MoveToTrash(t.Context(), id, until)
	if err != nil {
		t.Fatalf("Discard %s: %v", id, err)
	}
	return it
}

func trashHides(t *testing.T, db contract.Records) {
	want := contract.Insert(t, db, contract.Picture("binned1"))[0]
	want.PurgeAt = contract.Noon.Add(time.Hour)
	contract.WantEqual(t, "Discard", moveToTrash(t, db, want.ID, want.PurgeAt), want)
	got, err := db.Trashed(t.Context(), want.ID)
	contract.WantError(t, "Discarded", err, nil)
	contract.WantEqual(t, "Discarded", got, want)

	_, err = db.Item(t.Context(), want.ID)
	contract.WantMissing(t, "Item", err)
	for _, key := range want.Keys() {
		_, _, err = db.ItemAt(t.Context(), key)
		contract.WantMissing(t, "ItemAt "+key, err)
	}
	if twins, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: want.MD5}); err != nil || len(twins) != 0 {
		t.Errorf("Duplicates: %v, %v, want none", contract.IDs(twins), err)
	}
	if twins, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: want.MD5, Trashed: true}); err != nil || len(twins) != 1 {
		t.Errorf("Duplicates also in the trash: %v, %v, want it", contract.IDs(twins), err)
	}
	contract.WantMissing(t, "AddView", db.AddView(t.Context(), want.Number, 1))
	_, err = db.MoveToTrash(t.Context(), want.ID, contract.Noon.Add(2*time.Hour))
	contract.WantMissing(t, "Discard again", err)
	sameKey := contract.Picture("another")
	sameKey.Original.Key = want.Original.Key
	contract.WantError(t, "a key of the trash", db.InsertItem(t.Context(), &sameKey, media.UploadLimits{}), media.ErrKeyTaken)
	for _, id := range []string{"absent1", "another"} {
		_, err = db.Trashed(t.Context(), id)
		contract.WantMissing(t, "Discarded "+id, err)
	}
}

func restores(t *testing.T, db contract.Records) {
	want := contract.Expiring("restor1", contract.Noon.Add(time.Hour))
	want.Tags = []string{"b", "a"}
	want = contract.Insert(t, db, want)[0]
	_, err := db.Restore(t.Context(), want.ID, contract.Noon)
	contract.WantMissing(t, "Restore of what is not in the trash", err)
	moveToTrash(t, db, want.ID, contract.Noon.Add(time.Minute))
	got, err := db.Restore(t.Context(), want.ID, contract.Noon.Add(time.Minute-time.Second))
	contract.WantError(t, "Restore", err, nil)
	contract.WantEqual(t, "Restore", got, want)
	contract.WantItem(t, db, want)
	_, err = db.NextPurge(t.Context())
	contract.WantMissing(t, "NextPurge of an empty trash", err)
}

func restoresInTime(t *testing.T, db contract.Records) {
	contract.Insert(t, db, contract.Picture("toolate"), contract.Expiring("ended01", contract.Noon))
	moveToTrash(t, db, "toolate", contract.Noon)
	moveToTrash(t, db, "ended01", contract.Noon.Add(time.Hour))
	for _, id := range []string{"toolate", "ended01"} {
		_, err := db.Restore(t.Context(), id, contract.Noon)
		contract.WantMissing(t, "Restore "+id, err)
		_, err = db.Item(t.Context(), id)
		contract.WantMissing(t, "Item "+id, err)
	}
}

func trashedEnds(t *testing.T, db contract.Records) {
	contract.Insert(t, db, contract.Expiring("ending1", contract.Noon), contract.Picture("deleted"))
	for _, id := range []string{"ending1", "deleted"} {
		moveToTrash(t, db, id, contract.Noon.Add(time.Hour))
	}
	if next, err := db.NextExpiry(t.Context()); err != nil || !next.Equal(contract.Noon) {
		t.Errorf("NextExpiry: %v, %v, want %v", next, err, contract.Noon)
	}
	got, err := db.BeginExpire(t.Context(), contract.Noon, 10, nil)
	if err != nil || len(got) != 1 || got[0].ID != "ending1" {
		t.Errorf("BeginExpire: %v, %v, want ending1", contract.IDs(got), err)
	}
	contract.BeginDelete(t, db, "deleted")
	for _, id := range []string{"ending1", "deleted"} {
		_, err := db.Trashed(t.Context(), id)
		contract.WantMissing(t, "Discarded "+id, err)
	}
	if got, err := db.BeginPurge(t.Context(), contract.Noon.Add(time.Hour), 10); err != nil || len(got) != 0 {
		t.Errorf("BeginPurge: %v, %v, want none", contract.IDs(got), err)
	}
}

func purges(t *testing.T, db contract.Records) {
	contract.Insert(t, db, contract.Picture("third01"), contract.Picture("first01"), contract.Picture("second1"), contract.Picture("living1"))
	for id, until := range map[string]time.Time{"third01": contract.Noon, "first01": contract.Noon.Add(-time.Hour), "second1": contract.Noon.Add(-time.Second)} {
		moveToTrash(t, db, id, until)
	}
	if next, err := db.NextPurge(t.Context()); err != nil || !next.Equal(contract.Noon.Add(-time.Hour)) {
		t.Errorf("NextPurge: %v, %v, want %v", next, err, contract.Noon.Add(-time.Hour))
	}
	early := contract.Noon.Add(-time.Hour - time.Nanosecond)
	if got, err := db.BeginPurge(t.Context(), early, 10); err != nil || len(got) != 0 {
		t.Errorf("BeginPurge too early: %v, %v, want none", contract.IDs(got), err)
	}
	for _, want := range [][]string{{"first01", "second1"}, {"third01"}, {}} {
		got, err := db.BeginPurge(t.Context(), contract.Noon, 2)
		contract.WantError(t, "BeginPurge", err, nil)
		contract.WantEqual(t, "BeginPurge", contract.IDs(got), want)
	}
	if left, err := db.Deleting(t.Context(), 10); err != nil || len(left) != 3 {
		t.Errorf("Deleting: %v, %v, want the three", contract.IDs(left), err)
	}
}

func restoreOrPurge(t *testing.T, db contract.Records) {
	for i := range 20 {
		it := contract.Insert(t, db, contract.Picture(fmt.Sprintf("dispu%02d", i)))[0]
		moveToTrash(t, db, it.ID, contract.Noon)
		var restored, purged atomic.Bool
		var racers sync.WaitGroup
		racers.Go(func() {
			_, err := db.Restore(context.Background(), it.ID, contract.Noon.Add(-time.Second))
			restored.Store(err == nil)
		})
		racers.Go(func() {
			got, err := db.BeginPurge(context.Background(), contract.Noon, 1)
			purged.Store(err == nil && len(got) == 1)
		})
		racers.Wait()
		if restored.Load() == purged.Load() {
			t.Fatalf("restored %v and purged %v", restored.Load(), purged.Load())
		}
		if restored.Load() {
			contract.BeginDelete(t, db, it.ID)
		}
		contract.FinishDelete(t, db, it.Number)
	}
}

func oneMovesToTrash(t *testing.T, db contract.Records) {
	contract.Insert(t, db, contract.Picture("wanted1"))
	var wins atomic.Int32
	var racers sync.WaitGroup
	for range 20 {
		racers.Go(func() {
			_, err := db.MoveToTrash(context.Background(), "wanted1", contract.Noon.Add(time.Hour))
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
