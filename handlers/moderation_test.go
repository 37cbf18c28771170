package handlers_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"postern/media"
	"postern/media/moderation"
)

func withModeration(s *settings) { s.Moderate = true }

// TestRejectedFilesAreNobodysBusiness sends every kind of caller over every
// road to a file that moderators have rejected.
func TestRejectedFilesAreNobodysBusiness(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile, withModeration)
	_, ann := s.addUser("ann", false)
	m := s.mustPile(s.bobKey, 1000)
	slug := m["slug"].(string)
	s.waitProcessed(slug)
	it, err := s.lib.Item(t.Context(), media.Viewer{}, slug)
	if err != nil {
		t.Fatal(err)
	}
	roads := []string{"/image/" + slug, "/api/v1/media/" + slug, "/f/" + slug + ".jpg", "/f/" + slug + "_xs.jpg"}
	for _, key := range it.Keys() {
		roads = append(roads, "/"+key)
	}
	callers := []struct {
		who, key string
		sees     bool
	}{{"a guest", "", false}, {"a stranger", ann, false}, {"the owner", s.bobKey, true}, {"an admin", s.key, true}}

	for _, verdict := range []media.Moderation{media.ModerationPending, media.ModerationRejected, media.ModerationNSFW, media.ModerationApproved} {
		if _, err := s.db.SetModeration(t.Context(), slug, verdict); err != nil {
			t.Fatal(err)
		}
		for _, caller := range callers {
			t.Run(caller.who, func(t *testing.T) {
				want := http.StatusOK
				if verdict == media.ModerationRejected && !caller.sees {
					want = http.StatusNotFound
				}
				for _, road := range roads {
					a := s.follow(road, caller.key)
					if a.StatusCode != want {
						t.Errorf("%s at %s of a file that is %s: got %d, want %d", caller.who, road, verdict, a.StatusCode, want)
					}
					held := verdict == media.ModerationPending || verdict == media.ModerationRejected
					if cached := a.Header.Get("Cache-Control"); held && want == http.StatusOK && strings.Contains(cached, "public") {
						t.Errorf("%s of a file that is %s: caches may keep it: %s", road, verdict, cached)
					}
				}
			})
		}
	}
}

// follow opens a page or a file with a key, unless it is empty, and goes where
// it leads.
func (s *site) follow(path, key string) answer {
	s.t.Helper()
	for range 3 {
		var headers []string
		if key != "" {
			headers = []string{"X-API-Key", key}
		}
		a := s.do("GET", path, nil, headers...)
		if a.StatusCode/100 != 3 {
			return a
		}
		path = a.Header.Get("Location")
	}
	s.t.Fatalf("%s leads nowhere", path)
	return answer{}
}

func TestUploadsOfAllButAdminsWait(t *testing.T) {
	s := newSite(t, withImgpile, withModeration, publishing)
	if got := s.mustPile(s.bobKey, 10)["moderation_status"]; got != "pending" {
		t.Errorf("a user's upload: got %v, want pending", got)
	}
	if got := s.mustPile(s.key, 12)["moderation_status"]; got != "approved" {
		t.Errorf("an admin's upload: got %v, want approved", got)
	}
	body, contentType := multipartBody(t, "c.jpg", plainJPEG(t, 14, 7))
	if a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType, "X-API-Key", s.bobKey); a.StatusCode != http.StatusOK {
		t.Fatalf("upload to the other surface: got %d %s", a.StatusCode, a.body)
	}
	root := media.Caller{User: media.User{Admin: true}}
	list, err := s.queue.Pending(t.Context(), root, media.Sender{}, 0, 10)
	if err != nil || list.Total != 2 || len(list.Some) != 2 {
		t.Fatalf("got %d of %d pending items, %v, want those of both surfaces", len(list.Some), list.Total, err)
	}
	if _, err := s.queue.Set(t.Context(), media.Caller{User: media.User{ID: list.Some[0].UserID}}, list.Some[0].ID, moderation.Decision{Verdict: media.ModerationApproved}); err == nil {
		t.Error("an owner approves an own item")
	}
	for _, it := range list.Some {
		if _, err := s.queue.Set(t.Context(), root, it.ID, moderation.Decision{Verdict: media.ModerationApproved}); err != nil {
			t.Fatal(err)
		}
	}
	if _, v := s.v1("GET", "/media", "", ""); dig(v, "meta", "total") != 3.0 {
		t.Errorf("got %v items in the list, want 3", dig(v, "meta", "total"))
	}
}

// TestAProgramModerates runs one that decides by the bytes that it gets.
func TestAProgramModerates(t *testing.T) {
	s := newSite(t, withImgpile, withModeration)
	program, held := filepath.Join(t.TempDir(), "moderator"), filepath.Join(t.TempDir(), "held")
	script := "#!/bin/sh\ncase $(wc -c | tr -d ' ') in\n" +
		sizeText(plainJPEG(t, 100, 50)) + ") echo approved;;\n" + sizeText(plainJPEG(t, 200, 100)) + ") echo NSFW; echo more;;\n" +
		sizeText(plainJPEG(t, 300, 150)) + ") echo rejected;;\n" + sizeText(plainJPEG(t, 400, 200)) + ") exit 3;;\n" +
		sizeText(plainJPEG(t, 500, 250)) + ") sleep 60 >" + held + " & wait;;\n*) echo perhaps;;\nesac\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(held, 0o600); err != nil {
		t.Fatal(err)
	}
	released := make(chan error, 1)
	go func() {
		_, err := os.ReadFile(held) // until nothing that the program started holds it
		released <- err
	}()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	m := s.moderator(time.Second, program, "{type}")
	go func() { defer close(done); m.Run(ctx) }()
	defer func() { stop(); <-done }()

	want := map[int]string{100: "approved", 200: "nsfw", 300: "rejected", 400: "pending", 500: "pending", 600: "pending", 700: "pending"}
	slugs := make(map[int]string)
	for width := 700; width >= 100; width -= 100 { // so that failures come first
		slugs[width] = s.mustPile(s.bobKey, width)["slug"].(string)
	}
	deadline := time.Now().Add(30 * time.Second)
	for width, status := range want {
		var got any
		for got != status || width >= 400 && got == "pending" && s.moderation(slugs[100]) == "pending" {
			if got = s.moderation(slugs[width]); time.Now().After(deadline) {
				t.Errorf("width %d: got %v, want %s", width, got, status)
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	for _, want := range map[int]string{100: "item.approve", 200: "item.nsfw", 300: "item.reject"} {
		entries, err := s.db.Audit(t.Context(), media.AuditQuery{By: "moderator", Kind: "item", Limit: 10})
		if err != nil || !slices.ContainsFunc(entries, func(e media.AuditEntry) bool { return e.Action == want && e.UserID == 0 }) {
			t.Errorf("no %s of the program in the audit log, %v", want, err)
		}
	}
	select {
	case err := <-released:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Until(deadline)):
		t.Fatal("what the program started outlives it")
	}
}

func (s *site) moderation(slug string) any {
	_, v := s.v1("GET", "/media/"+slug, s.bobKey, "")
	return dig(v, "data", "moderation_status")
}

func sizeText(b []byte) string { return strconv.Itoa(len(b)) }
