package handlers_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhileAnotherProcessWrites holds the database for longer than is waited for:
// uploads are asked to come again, and pages are shown and count their visits.
func TestWhileAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	needSQLite(t)
	s := newSite(t, withImgpile)
	viewer := text(s.mustUpload("photo.jpg", "photo.jpg"), "url_viewer")
	other, err := sql.Open("sqlite", filepath.Join(s.dir, "postern.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if a := s.upload("b.jpg", plainJPEG(t, 40, 40)); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("an upload: got %d %s, Retry-After %q", a.StatusCode, a.body, a.Header.Get("Retry-After"))
	}
	if a := s.do("GET", viewer, nil); a.StatusCode != http.StatusOK {
		t.Errorf("a page: got %d, want 200", a.StatusCode)
	}
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	s.do("GET", viewer, nil)
	if a := s.do("GET", viewer, nil); !strings.Contains(betweenTags.ReplaceAllString(a.body, "><"), "<dt>Views</dt><dd>3</dd>") {
		t.Error("the visit beside another process is not counted")
	}
	if names, err := s.lib.Staging.Names(); err != nil || len(names) > 0 {
		t.Errorf("staged files %v, %v are left of the upload", names, err)
	}
}
