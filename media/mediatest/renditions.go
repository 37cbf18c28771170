package mediatest

import (
	"testing"
	"time"

	"postern/media"
)

var renditionClauses = []contract{
	{"jobs are due in order, and the next is told", renditionJobs},
	{"a job ends with its renditions", finishRendition},
	{"a job that fails is tried again, or never", postponeRendition},
}

// unprocessed is a picture without its renditions.
func unprocessed(id string, at time.Time) media.Item {
	it := picture(id)
	it.Unprocessed, it.CreatedAt = true, at
	return it
}

func jobIDs(jobs []media.RenditionJob) (names []string) {
	for _, j := range jobs {
		names = append(names, j.Item.ID)
	}
	return names
}

func renditionJobs(t *testing.T, db Records) {
	jobs, next, err := db.RenditionJobs(t.Context(), noon, 10)
	wantError(t, "RenditionJobs", err, nil)
	if len(jobs) != 0 || !next.IsZero() {
		t.Errorf("nothing is there: got %v, next %v", jobs, next)
	}
	items := insert(t, db, unprocessed("second1", noon), unprocessed("first01", noon.Add(-time.Second)), picture("done001"),
		unprocessed("trashed", noon), unprocessed("later01", noon.Add(time.Minute)))
	if _, err := db.MoveToTrash(t.Context(), "trashed", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantItem(t, db, items[0])
	jobs, next, err = db.RenditionJobs(t.Context(), noon, 10)
	wantError(t, "RenditionJobs", err, nil)
	wantEqual(t, "due", jobIDs(jobs), []string{"first01", "second1"})
	wantEqual(t, "item", jobs[0].Item, items[1])
	wantEqual(t, "next", next, noon.Add(time.Minute))
	jobs, _, err = db.RenditionJobs(t.Context(), noon, 1)
	wantError(t, "RenditionJobs", err, nil)
	wantEqual(t, "the first", jobIDs(jobs), []string{"first01"})
	// What comes out of the trash is due again.
	if _, err := db.Restore(t.Context(), "trashed", noon); err != nil {
		t.Fatal(err)
	}
	jobs, _, err = db.RenditionJobs(t.Context(), noon, 10)
	wantError(t, "RenditionJobs", err, nil)
	wantEqual(t, "due after all", len(jobs), 3)
}

func finishRendition(t *testing.T, db Records) {
	items := insert(t, db, unprocessed("a", noon), unprocessed("b", noon), unprocessed("c", noon), unprocessed("d", noon))
	done := items[0]
	done.Renditions[1] = media.File{Key: "images/a.sm.webp", MIME: "image/webp", Size: 50, Width: 20, Height: 15}
	wantError(t, "FinishRenditionJob", db.FinishRenditionJob(t.Context(), &done), nil)
	done.Unprocessed = false
	wantItem(t, db, done)
	wantMissing(t, "a job that is done", db.FinishRenditionJob(t.Context(), &done))

	taken := items[1]
	taken.Renditions[1] = media.File{Key: "images/A.sm.webp", MIME: "image/webp", Size: 50}
	wantError(t, "a key of another", db.FinishRenditionJob(t.Context(), &taken), media.ErrKeyTaken)
	wantItem(t, db, items[1])

	beginDelete(t, db, "c")
	wantMissing(t, "an item that is being deleted", db.FinishRenditionJob(t.Context(), &items[2]))
	jobs, _, err := db.RenditionJobs(t.Context(), noon, 10)
	wantError(t, "RenditionJobs", err, nil)
	wantEqual(t, "left", jobIDs(jobs), []string{"b", "d"})
}

func postponeRendition(t *testing.T, db Records) {
	items := insert(t, db, unprocessed("a", noon), unprocessed("b", noon))
	later := noon.Add(time.Minute)
	wantError(t, "PostponeRenditionJob", db.PostponeRenditionJob(t.Context(), items[0].Number, later, "no luck"), nil)
	wantError(t, "PostponeRenditionJob", db.PostponeRenditionJob(t.Context(), items[1].Number, time.Time{}, "no hope"), nil)
	jobs, next, err := db.RenditionJobs(t.Context(), noon, 10)
	wantError(t, "RenditionJobs", err, nil)
	if len(jobs) != 0 || !next.Equal(later) {
		t.Errorf("got %v, next %v, want none until %v", jobIDs(jobs), next, later)
	}
	jobs, _, err = db.RenditionJobs(t.Context(), later, 10)
	wantError(t, "RenditionJobs", err, nil)
	if len(jobs) != 1 || jobs[0].Item.ID != "a" || jobs[0].Attempts != 1 {
		t.Errorf("got %+v, want the second attempt of a", jobs)
	}
	wantMissing(t, "a job that is not there", db.PostponeRenditionJob(t.Context(), 99, later, ""))
}
