package handlers_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/postgres"
	"postern/records"
	"postern/sqlite"
)

// A file that has just been served is refused at the very next request after anything
// closes it, whoever writes that: what is kept of it for the next request tells nothing.
func TestWhatClosesAFileCountsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Moderate, set.HidePending = true, true })
	s.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	owner := s.signIn(s.bobKey)
	slug := strings.TrimPrefix(owner.mustPost("/albums", "title", "Trip").Header.Get("Location"), "/album/")
	album, err := s.db.AlbumBySlug(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	decide := func(it media.Item, m media.Moderation) {
		_, err := s.db.SetModeration(t.Context(), it.ID, m)
		must(err)
	}
	for i, test := range []struct {
		name   string
		change func(media.Item)
		want   int
		undo   func(media.Item) // nil: it stays closed
	}{
		{"rejected", func(it media.Item) { decide(it, media.ModerationRejected) }, 404, func(it media.Item) { decide(it, media.ModerationApproved) }},
		{"pending", func(it media.Item) { decide(it, media.ModerationPending) }, 404, func(it media.Item) { decide(it, media.ModerationApproved) }},
		{"private", func(it media.Item) { owner.mustPost("/items/"+it.ID+"/edit", "title", "x", "visibility", "private") }, 404,
			func(it media.Item) { owner.mustPost("/items/"+it.ID+"/edit", "title", "x", "visibility", "public") }},
		{"password of its own", func(it media.Item) { owner.mustPost("/items/"+it.ID+"/edit", "title", "x", "password", "sea") }, 403, nil},
		{"password of its album", func(media.Item) {
			lock := media.Lock("$plain$mountains")
			must(s.db.UpdatePost(t.Context(), album.ID, media.PostChange{Lock: &lock}))
		}, 403, func(media.Item) {
			none := media.Lock("")
			must(s.db.UpdatePost(t.Context(), album.ID, media.PostChange{Lock: &none}))
		}},
		{"trash", func(it media.Item) { owner.mustPost("/items/" + it.ID + "/discard") }, 404,
			func(it media.Item) { owner.mustPost("/items/" + it.ID + "/restore") }},
		{"deletion", func(it media.Item) { must(s.lib.Delete(t.Context(), it.ID)) }, 404, nil},
		{"expiry", func(media.Item) { s.now = s.now.Add(time.Hour) }, 410, func(media.Item) { s.now = s.now.Add(-time.Hour) }},
		{"a process beside the server", func(it media.Item) { s.rejectBeside(it.ID) }, 404, nil},
		{"owner withheld", func(media.Item) { must(media.DisableUser(t.Context(), s.db, s.bob.ID, true)) }, 404,
			func(media.Item) { must(media.EnableUser(t.Context(), s.db, s.bob.ID)) }},
		{"owner deleted", func(media.Item) {
			must(media.DeleteUser(t.Context(), s.db, s.bob.ID, s.lib.Policy().Undo, s.time()))
		}, 404, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, contentType := multipartBody(t, "a.jpg", plainJPEG(t, 600+i, 400), "album_id", slug, "expiration", "PT1H")
			a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey)
			id := text(a.image(t), "id_encoded")
			if _, err := s.db.SetModeration(t.Context(), id, media.ModerationApproved); err != nil {
				t.Fatal(err)
			}
			it := s.itemOfBob(id)
			look := func(when string, want int) {
				t.Helper()
				for _, file := range []media.File{it.Original, it.Thumb} {
					if got := s.guest().get("/" + file.Key); got.StatusCode != want || want == http.StatusOK && len(got.body) != int(file.Size) {
						t.Errorf("%s, %s: got %d of %d bytes, want %d", when, file.Key, got.StatusCode, len(got.body), want)
					}
				}
			}
			look("at first", 200)
			look("once more", 200)
			test.change(it)
			look("closed", test.want)
			look("closed, once more", test.want)
			if test.undo != nil {
				test.undo(it)
				look("open again", 200)
			}
		})
	}
}

// Settings decide for what is known already.
func TestASettingClosesFilesAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModeration)
	it := s.itemOfBob(s.uploadAs(s.bobKey, "photo.jpg"))
	for _, hide := range []bool{false, true, false} {
		p := s.lib.Policy()
		p.HidePending = hide
		s.lib.SetPolicy(p)
		for range 2 {
			if got := s.guest().get("/" + it.Thumb.Key).StatusCode; got == http.StatusOK == hide {
				t.Errorf("waiting files are hidden: %t, and a guest gets %d", hide, got)
			}
		}
	}
}

// A file is open or closed as the last change has left it, while others change and ask at once.
func TestFilesFollowChangesUnderLoad(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other := s.itemOfBob(s.uploadAs(s.bobKey, "small.jpg"))
	it := s.itemOfBob(s.uploadAs(s.bobKey, "photo.jpg"))
	ctx, stop := context.WithCancel(t.Context())
	var requests sync.WaitGroup
	for range 4 {
		requests.Go(func() {
			for ctx.Err() == nil {
				s.do("GET", "/"+it.Thumb.Key, nil)
				s.do("GET", "/"+other.Thumb.Key, nil)
			}
		})
	}
	requests.Go(func() {
		for ctx.Err() == nil {
			_ = s.db.AddView(ctx, other.Number, 1)
		}
	})
	for range 50 {
		for verdict, want := range map[media.Moderation]int{media.ModerationRejected: 404, media.ModerationApproved: 200} {
			if _, err := s.db.SetModeration(t.Context(), it.ID, verdict); err != nil {
				t.Error(err)
			}
			if got := s.do("GET", "/"+it.Thumb.Key, nil).StatusCode; got != want {
				t.Errorf("%s: got %d, want %d", verdict, got, want)
			}
		}
	}
	stop()
	requests.Wait()
}

// What the process beside a server rejects, and in which database.
const (
	rejectedBeside = "POSTERN_TEST_REJECT"
	databaseBeside = "POSTERN_TEST_BESIDE"
)

// rejectBeside lets another process reject an item.
func (s *site) rejectBeside(id string) {
	s.t.Helper()
	at := filepath.Join(s.dir, "postern.db")
	if onPostgres() {
		at = s.db.url
	}
	other := exec.Command(os.Args[0], "-test.run=^TestRejectAsAnotherProcess$", "-test.count=1")
	other.Env = append(os.Environ(), databaseBeside+"="+at, rejectedBeside+"="+id)
	if output, err := other.CombinedOutput(); err != nil {
		s.t.Fatalf("%v\n%s", err, output)
	}
}

// TestRejectAsAnotherProcess is what that process runs.
func TestRejectAsAnotherProcess(t *testing.T) {
	at, id := os.Getenv(databaseBeside), os.Getenv(rejectedBeside)
	if at == "" {
		t.Skip("runs in a process that TestWhatClosesAFileCountsAtOnce starts")
	}
	var db *records.DB
	if onPostgres() {
		opened, err := postgres.Open(t.Context(), at, postgres.Options{MaxConnections: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		db = opened.DB
	} else {
		opened, err := sqlite.Open(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		db = opened.DB
	}
	if _, err := db.SetModeration(t.Context(), id, media.ModerationRejected); err != nil {
		t.Fatal(err)
	}
}
