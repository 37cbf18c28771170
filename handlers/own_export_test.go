package handlers_test

import (
	"archive/zip"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"postern/archive"
	"postern/media"
	"postern/media/auth"
)

// TestAUserTakesAllAlong downloads what is a user's own, and holds it against the gallery.
func TestAUserTakesAllAlong(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImgpile)
	album, err := s.lib.Albums.Add(t.Context(), media.Caller{User: s.bob}, "Lake")
	if err != nil {
		t.Fatal(err)
	}
	mine := []string{s.uploadAs(s.bobKey, "one.png", "title", "First", "description", "words", "tags", "sea"), s.uploadAs(s.bobKey, "photo.jpg", "album_id", album.Slug)}
	trashed, others := s.uploadAs(s.bobKey, "small.jpg"), s.uploadAs(s.key, "alpha.png")
	if _, err := s.lib.Trash.Move(t.Context(), media.Caller{User: s.bob}, trashed); err != nil {
		t.Fatal(err)
	}
	hash := auth.HashPassword(password)
	s.setPassword(s.bob, hash)
	a := s.signIn(s.bobKey).post("/account/export")
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/zip" || !strings.Contains(a.Header.Get("Content-Disposition"), "bob.zip") ||
		!strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	files, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, f := range files.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || texts[f.Name] != "" {
			t.Fatalf("%s: %v, or it is there twice", f.Name, err)
		}
		texts[f.Name] = string(text)
	}
	var known map[string][]map[string]any
	if err := json.Unmarshal([]byte(texts["account.json"]), &known); err != nil {
		t.Fatalf("account.json: %v\n%s", err, texts["account.json"])
	}
	if known["account"][0]["name"] != "bob" || known["albums"][0]["title"] != "Lake" || len(known["keys"]) != 1 || len(known["sessions"]) != 1 || len(known["passwords"]) != 1 {
		t.Errorf("account.json: %v", known)
	}
	for _, secret := range []string{hash, s.bobKey, hex.EncodeToString(auth.KeyDigest(s.bobKey))} {
		if strings.Contains(texts["account.json"], secret) {
			t.Error("account.json holds a secret")
		}
	}
	var got []string
	err = archive.Read(strings.NewReader(texts[archive.Lines]), func(number int, l archive.Line, wrong error) error {
		got = append(got, l.ID)
		if wrong != nil || l.User != "bob" || fmt.Sprintf("%x", md5.Sum([]byte(texts[l.File]))) != l.MD5 {
			t.Errorf("line %d: %v, of %s, file %s", number, wrong, l.User, l.File)
		}
		if l.ID == mine[0] && (l.Title != "First" || l.Description != "words" || len(l.Tags) != 1) || l.ID == mine[1] && (l.Album == nil || l.Album.Title != "Lake") {
			t.Errorf("line %d: %+v", number, l)
		}
		return nil
	})
	if err != nil || strings.Join(got, " ") != strings.Join(mine, " ") || len(texts) != 2+len(mine) {
		t.Errorf("%v: %d files with the items %v, want %v and neither %s nor %s", err, len(texts), got, mine, trashed, others)
	}
}
