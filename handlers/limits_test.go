package handlers_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/metadata"
)

// wantFiles counts what lies in the store and in staging.
func (s *site) wantFiles(want int) {
	s.t.Helper()
	s.mirror()
	got := 0
	for _, folder := range []string{"images", ".stage"} {
		entries, err := os.ReadDir(s.dir + "/" + folder)
		if err != nil && !os.IsNotExist(err) {
			s.t.Fatal(err)
		}
		got += len(entries)
	}
	if got != want {
		s.t.Errorf("%d files and folders in store and staging, want %d", got, want)
	}
}

func (s *site) wantRefused(a answer, status, code int, message string) {
	s.t.Helper()
	gotCode, got := a.fault(s.t)
	if a.StatusCode != status || gotCode != code || got != message {
		s.t.Errorf("answered %d, %d %q, want %d, %d %q", a.StatusCode, gotCode, got, status, code, message)
	}
}

func flat(set *settings) { set.DateFolders = false }

func TestQuotasOfUsersAreTold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		quota   media.Quota
		status  int
		code    int
		message string
	}{
		{"bytes", media.Quota{Bytes: 100_000}, 400, 400, "Your storage quota is used up - max 100 KB"},
		{"items", media.Quota{Items: 1}, 400, 400, "Your quota of files is used up - max 1"},
		{"uploads a day", media.Quota{Daily: 1}, 429, 429, "Your uploads of today are used up - max 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// Kept as they are, so that what is behind the picture counts.
			s := newSite(t, flat, func(set *settings) { set.Quota, set.Policy.Metadata = test.quota, metadata.Keep })
			s.now = time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC)
			if a := s.upload("one.jpg", input(t, "small.jpg")); a.StatusCode != 200 {
				t.Fatalf("the first upload: %s", a.body)
			}
			large := append(input(t, "small.jpg"), make([]byte, 120_000)...)
			second := s.upload("two.jpg", large)
			s.wantRefused(second, test.status, test.code, test.message)
			if got := second.Header.Get("Retry-After"); test.status == 429 && got != "3600" {
				t.Errorf("Retry-After %q, want the hour until midnight", got)
			}
			if err := s.db.SetQuota(t.Context(), s.admin.ID, media.Quota{Bytes: media.NoLimit, Items: 5, Daily: 5}); err != nil {
				t.Fatal(err)
			}
			if a := s.upload("two.jpg", large); a.StatusCode != 200 {
				t.Errorf("with limits of one's own: %s", a.body)
			}
		})
	}
}

func TestAFullQuotaIsToldBeforeTheFileIsTaken(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Quota.Items = 1 })
	s.upload("one.jpg", input(t, "small.jpg"))
	got := s.raw("POST /api/1/upload HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n" +
		"Content-Length: 5000000\r\nContent-Type: image/jpeg\r\nX-API-Key: " + s.key + "\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 400 Bad Request\r\n") || !strings.Contains(got, "quota of files") {
		t.Errorf("answered %.500s", got)
	}
}

// Room is freed by a delete, and only then.
func TestADeleteGivesTheQuotaBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Quota.Items = 1 })
	first := s.upload("one.jpg", input(t, "small.jpg")).image(t)
	if a := s.upload("two.jpg", input(t, "small.jpg")); a.StatusCode != 400 {
		t.Fatalf("over the quota: %s", a.body)
	}
	if a := s.do("DELETE", text(first, "delete_url"), nil); a.StatusCode != 200 {
		t.Fatalf("delete: %d %s", a.StatusCode, a.body)
	}
	if a := s.upload("two.jpg", input(t, "small.jpg")); a.StatusCode != 200 {
		t.Errorf("after the delete: %s", a.body)
	}
}

func TestManyUploadsAtOnceKeepToTheQuota(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.Quota.Items = 5 })
	statuses := make(chan int)
	for i := range 20 {
		go func() {
			body, contentType := multipartBody(t, fmt.Sprintf("%d.jpg", i), input(t, "small.jpg"))
			r, _ := http.NewRequest("POST", s.URL+"/api/1/upload", body)
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("X-API-Key", s.bobKey)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				statuses <- 0
				return
			}
			res.Body.Close()
			statuses <- res.StatusCode
		}()
	}
	count := make(map[int]int)
	for range 20 {
		count[<-statuses]++
	}
	if count[200] != 5 || count[400] != 15 {
		t.Errorf("statuses %v, want 5 times 200 and 15 times 400", count)
	}
}

func TestGuestsHaveADayByAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) { set.guests, set.GuestDaily = true, 1 })
	body, contentType := multipartBody(t, "one.jpg", input(t, "small.jpg"))
	if a := s.do("POST", "/api/1/upload", body, "Content-Type", contentType); a.StatusCode != 200 {
		t.Fatalf("the first: %s", a.body)
	}
	body, contentType = multipartBody(t, "two.jpg", input(t, "small.jpg"))
	s.wantRefused(s.do("POST", "/api/1/upload", body, "Content-Type", contentType), 429, 429, "Your uploads of today are used up - max 1")
	if a := s.upload("two.jpg", input(t, "small.jpg")); a.StatusCode != 200 {
		t.Errorf("a user from the same address: %s", a.body)
	}
}

func TestBannedFilesAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, flat)
	data := input(t, "small.jpg")
	image := s.upload("one.jpg", data).image(t)
	stored := s.do("GET", text(image, "url"), nil).body
	if a := s.do("DELETE", text(image, "delete_url"), nil); a.StatusCode != 200 {
		t.Fatalf("delete: %d", a.StatusCode)
	}
	tests := []struct{ name, digest string }{
		{"by the MD5 as sent", sumOf(data)},
		{"by the MD5 as stored", sumOf([]byte(stored))},
		{"by the SHA-256", fmt.Sprintf("%x", sha256.Sum256(data))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := s.db.InsertBan(context.Background(), media.Ban{Digest: test.digest, CreatedAt: time.Now()}); err != nil {
				t.Fatal(err)
			}
			s.wantRefused(s.upload("one.jpg", data), 400, 400, "This file is not allowed here")
			s.wantFiles(0)
			if a := s.upload("one.jpg", data, "format", "txt"); a.body != "This file is not allowed here" {
				t.Errorf("%s, as text: %q", test.name, a.body)
			}
			if err := s.db.DeleteBan(context.Background(), test.digest); err != nil {
				t.Fatal(err)
			}
			if a := s.upload(test.name+".jpg", data); a.StatusCode != 200 {
				t.Errorf("%s, lifted: %s", test.name, a.body)
			} else {
				s.do("DELETE", text(a.image(t), "delete_url"), nil)
			}
		})
	}
}
