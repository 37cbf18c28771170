package items

import (
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var renditionClauses = []contract.Clause{
	{Name: "jobs are due in order, and the next is told", Run: renditionJobs},
	{Name: "a job ends with its renditions", Run: finishRendition},
	{Name: "a job that fails is tried again, or never", Run: postponeRendition},
}

// unprocessed is a picture without its renditions.
func unprocessed(id string, at time.Time) media.Item {
	it := contract.Picture(id)
	it.Unprocessed, it.CreatedAt = true, at
	return it
}

func jobIDs(jobs []media.RenditionJob) (names []string) {
	for _, j := range jobs {
		names = append(names, j.Item.ID)
	}
	return names
}

func renditionJobs(t *testing.T, db contract.Records) {
	jobs, next, err := db.RenditionJobs(t.Context(), contract.Noon, 10)
	contract.WantError(t, "RenditionJobs", err, nil)
	if len(jobs) != 0 || !next.IsZero() {
		t.Errorf("nothing is there: got %v, next %v", jobs, next)
	}
	items := contract.Insert(t, db, unprocessed("second1", contract.Noon), unprocessed("first01", contract.Noon.Add(-time.Second)), contract.Picture("done001"),
		unprocessed("trashed", contract.Noon), unprocessed("later01", contract.Noon.Add(time.Minute)))
	if _, err := db.MoveToTrash(t.Context(), "trashed", contract.Noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	contract.WantItem(t, db, items[0])
	jobs, next, err = db.RenditionJobs(t.Context(), contract.Noon, 10)
	contract.WantError(t, "RenditionJobs", err, nil)
	contract.WantEqual(t, "due", jobIDs(jobs), []string{"first01", "second1"})
	contract.WantEqual(t, "item", jobs[0].Item, items[1])
	contract.WantEqual(t, "next", next, contract.Noon.Add(time.Minute))
	jobs, _, err = db.RenditionJobs(t.Context(), contract.Noon, 1)
	contract.WantError(t, "RenditionJobs", err, nil)
	contract.WantEqual(t, "the first", jobIDs(jobs), []string{"first01"})
	// What comes out of the trash is due again.
	if _, err := db.Restore(t.Context(), "trashed", contract.Noon); err != nil {
		t.Fatal(err)
	}
	jobs, _, err = db.RenditionJobs(t.Context(), contract.Noon, 10)
	contract.WantError(t, "RenditionJobs", err, nil)
	contract.WantEqual(t, "due after all", len(jobs), 3)
}

func finishRendition(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, unprocessed("a", contract.Noon), unprocessed("b", contract.Noon), unprocessed("c", contract.Noon), unprocessed("d", contract.Noon))
	done := items[0]
	done.Renditions[1] = media.File{Key: "images/a.sm.webp", MIME: "image/webp", Size: 50, Width: 20, Height: 15}
	contract.WantError(t, "FinishRenditionJob", db.FinishRenditionJob(t.Context(), &done), nil)
	done.Unprocessed = false
	contract.WantItem(t, db, done)
	contract.WantMissing(t, "a job that is done", db.FinishRenditionJob(t.Context(), &done))

	taken := items[1]
	taken.Renditions[1] = media.File{Key: "images/A.sm.webp", MIME: "image/webp", Size: 50}
	contract.WantError(t, "a key of another", db.FinishRenditionJob(t.Context(), &taken), media.ErrKeyTaken)
	contract.WantItem(t, db, items[1])

	contract.BeginDelete(t, db, "c")
	contract.WantMissing(t, "an item that is being deleted", db.FinishRenditionJob(t.Context(), &items[2]))
	jobs, _, err := db.RenditionJobs(t.Context(), contract.Noon, 10)
	contract.WantError(t, "RenditionJobs", err, nil)
	contract.WantEqual(t, "left", jobIDs(jobs), []string{"b", "d"})
}

func postponeRendition(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, unprocessed("a", contract.Noon), unprocessed("b", contract.Noon))
	later := contract.Noon.Add(time.Minute)
	contract.WantError(t, "PostponeRenditionJob", db.PostponeRenditionJob(t.Context(), items[0].Number, later, "no luck"), nil)
	contract.WantError(t, "PostponeRenditionJob", db.PostponeRenditionJob(t.Context(), items[1].Number, time.Time{}, "no hope"), nil)
	jobs, next, err := db.RenditionJobs(t.Context(), contract.Noon, 10)
	contract.WantError(t, "RenditionJobs", err, nil)
	if len(jobs) != 0 || !next.Equal(later) {
		t.Errorf("got %v, next %v, want none until %v", jobIDs(jobs), next, later)
	}
	jobs, _, err = db.RenditionJobs(t.Context(), later, 10)
	contract.WantError(t, "RenditionJobs", err, nil)
	if len(jobs) != 1 || jobs[0].Item.ID != "a" || jobs[0].Attempts != 1 {
		t.Errorf("got %+v, want the second attempt of a", jobs)
	}
	contract.WantMissing(t, "a job that is not there", db.PostponeRenditionJob(t.Context(), 99, later, ""))
}
