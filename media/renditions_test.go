package media_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

func withRenditions(p *library.Parts) { p.Policy.Renditions = true }

// runRenditions works the queue off for a while, or until done says that it is.
func (l *fixture) runRenditions(done func() bool) {
	l.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&library.RenditionWorker{Library: l.Library, Database: l.db}).Run(ctx)
	}()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Error("the queue is not worked off")
			break
		}
	}
	stop()
	<-ended
}

func (l *fixture) processed(id string) bool {
	l.t.Helper()
	it, err := l.Item(context.Background(), media.Viewer{}, id)
	if err != nil {
		l.t.Fatal(err)
	}
	return !it.Unprocessed
}

// TestRenditionsAreMadeAfterARestart uploads, ends without making any, and makes
// them at the next start.
func TestRenditionsAreMadeAfterARestart(t *testing.T) {
	l := newLibrary(t, withRenditions)
	it := l.mustAdd(jpegOf(700, 350, 1), "a.jpg")
	if !it.Unprocessed || it.Renditions[0].Exists() {
		t.Errorf("right after the upload: got %+v", it.Renditions)
	}
	l.db.Close()
	l.store.Close()
	l.open(withRenditions)
	if err := l.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.runRenditions(func() bool { return l.processed(it.ID) })
	got, err := l.Item(t.Context(), media.Viewer{}, it.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, width := range []int{160, 320, 640, 0, 0} {
		if f := got.Renditions[i]; f.Width != width || f.Exists() != (width > 0) {
			t.Errorf("size %d: got %+v, want %d pixels wide", i, f, width)
		}
	}
	if names, err := l.Staging.Names(); err != nil || len(names) > 0 {
		t.Errorf("got staged files %v, %v, want none left", names, err)
	}
}

// TestPoisonedFilesAreLeftAlone makes an original unreadable, and counts the
// attempts: after one, two, four and eight minutes.
func TestPoisonedFilesAreLeftAlone(t *testing.T) {
	l := newLibrary(t, withRenditions)
	poisoned, sound := l.mustAdd(jpegOf(700, 350, 1), "a.jpg"), l.mustAdd(jpegOf(720, 350, 2), "a.jpg")
	path := filepath.Join(l.dir, filepath.FromSlash(poisoned.Original.Key))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("poison "), 100), 0o644); err != nil {
		t.Fatal(err)
	}
	attempts := func() int {
		all, _, err := l.db.RenditionJobs(t.Context(), l.now.AddDate(1, 0, 0), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, job := range all {
			if job.Item.ID == poisoned.ID {
				return job.Attempts
			}
		}
		return -1
	}
	l.runRenditions(func() bool { return attempts() == 1 && l.processed(sound.ID) })
	for i, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute} {
		l.now = l.now.Add(wait - time.Second)
		if due, _, err := l.db.RenditionJobs(t.Context(), l.now, 10); err != nil || len(due) > 0 {
			t.Errorf("a second before attempt %d: got %d jobs due, %v", i+2, len(due), err)
		}
		l.now = l.now.Add(time.Second)
		want := i + 2
		if want == 5 {
			want = -1 // no more
		}
		l.runRenditions(func() bool { return attempts() == want })
	}
	if l.processed(poisoned.ID) {
		t.Error("an item without its renditions counts as processed")
	}
	// Deleting it ends its job, too.
	if err := l.Delete(t.Context(), poisoned.ID); err != nil {
		t.Fatal(err)
	}
}

// TestAnItemDeletedMeanwhileLeavesNothing deletes while renditions are being made.
func TestAnItemDeletedMeanwhileLeavesNothing(t *testing.T) {
	l := newLibrary(t, withRenditions)
	it := l.mustAdd(jpegOf(2000, 1500, 1), "a.jpg")
	deleted := false
	l.runRenditions(func() bool {
		if !deleted {
			deleted = l.Delete(t.Context(), it.ID) == nil
		}
		return deleted
	})
	if err := (&library.Reaper{Library: l.Library}).FinishDeletions(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := 0
	_ = filepath.WalkDir(filepath.Join(l.dir, "images"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left++
		}
		return nil
	})
	if names, err := l.Staging.Names(); err != nil || len(names) > 0 || left > 0 {
		t.Errorf("got %d files and staged files %v, %v, want none", left, names, err)
	}
}

// TestTrashedItemsWakeNobody discards an item before its renditions are made:
// the queue has nothing to do until it is restored.
func TestTrashedItemsWakeNobody(t *testing.T) {
	l := newLibrary(t, withRenditions, undoFor(media.Period{Days: 1}))
	trashed, other := l.mustAdd(jpegOf(700, 350, 1), "a.jpg"), l.mustAdd(jpegOf(720, 350, 2), "b.jpg")
	if _, err := l.Trash.Move(t.Context(), l.caller(), trashed.ID); err != nil {
		t.Fatal(err)
	}
	l.runRenditions(func() bool { return l.processed(other.ID) })
	if due, next, err := l.db.RenditionJobs(t.Context(), l.now, 10); err != nil || len(due) > 0 || !next.IsZero() {
		t.Errorf("got %d jobs due, the next at %v, %v, want none", len(due), next, err)
	}
	if _, err := l.Trash.Restore(t.Context(), l.caller(), trashed.ID); err != nil {
		t.Fatal(err)
	}
	l.runRenditions(func() bool { return l.processed(trashed.ID) })
}
