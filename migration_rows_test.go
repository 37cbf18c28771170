package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"postern/setup"
)

// oldRows are what a database has of each kind, in the words of the migration that brought
// the kind. Rows of a migration go through all later ones.
var oldRows = map[string]string{
	"0001": `
		INSERT INTO users (id, name, admin, created_at) VALUES (1, 'old', 1, 0), (2, 'ann', 0, 0);
		INSERT INTO api_keys (id, user_id, name, digest, created_at) VALUES (1, 2, 'laptop', zeroblob(32), 0);
		INSERT INTO categories (id, name) VALUES (1, 'Cats');
		INSERT INTO albums (id, slug, user_id, title, created_at) VALUES (1, 'trip', 2, 'Trip', 0);
		INSERT INTO items (number, id, user_id, album_id, category_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, expires_at, treatment, uploader) VALUES
			(1, 'item001', 2, 1, 1, 'image', 1, 1, 0, 0, 0, '9dd4e461268c8034f5c8564e155c67a6', '9dd4e461268c8034f5c8564e155c67a6', 1, 'a.jpg', '', 'A', '', 0, 3, 1000, NULL, '', ''),
			(2, 'item002', NULL, NULL, NULL, 'video', 1, 1, 5, 0, 0, '9dd4e461268c8034f5c8564e155c67a6', '9dd4e461268c8034f5c8564e155c67a6', 1, 'b.mp4', '', 'B', '', 1, 0, 2000, 4000000000, '', 'guest');
		INSERT INTO files (item, role, key, mime, size, width, height) VALUES
			(1, 'original', 'images/a.jpg', 'image/jpeg', 1, 1, 1), (1, 'thumb', 'images/a.th.jpg', 'image/jpeg', 1, 1, 1),
			(2, 'original', 'images/b.mp4', 'video/mp4', 1, 1, 1);
		INSERT INTO tags (id, name) VALUES (1, 'Été');
		INSERT INTO item_tags (item, position, tag) VALUES (1, 0, 1)`,
	"0002": `
		UPDATE users SET max_items = 5 WHERE id = 2;
		INSERT INTO bans (digest, reason, created_at) VALUES ('0d9e2f2cf7fd7bbdbd61e5e08b3b4ecb', 'spam', 0);
		INSERT INTO daily_uploads (day, uploader, uploads) VALUES (1, 'user 2', 1)`,
	"0003": `
		INSERT INTO sessions (digest, key_id, created_at, expires_at, last_used_at) VALUES (zeroblob(32), 1, 0, 4000000000, 0);
		INSERT INTO items (number, id, user_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, treatment, uploader, purge_at) VALUES
			(3, 'item003', 2, 'image', 1, 1, 0, 0, 0, '9dd4e461268c8034f5c8564e155c67a6', '9dd4e461268c8034f5c8564e155c67a6', 1, 'c.jpg', '', 'C', '', 0, 0, 3000, '', '', 4000000000);
		INSERT INTO files (item, role, key, mime, size, width, height) VALUES (3, 'original', 'images/c.jpg', 'image/jpeg', 1, 1, 1)`,
	"0004": `
		UPDATE albums SET visibility = 'public' WHERE id = 1;
		INSERT INTO album_tags (album, position, tag, created_at, user_id) VALUES (1, 0, 1, 0, 2);
		INSERT INTO comments (id, album_id, user_id, content, created_at) VALUES (1, 1, 1, 'Fine', 0);
		INSERT INTO album_votes (album_id, user_id, value) VALUES (1, 1, 1);
		INSERT INTO comment_votes (comment_id, user_id, value) VALUES (1, 2, -1);
		INSERT INTO follows (follower, followed, created_at) VALUES (1, 2, 0);
		INSERT INTO size_jobs (item) VALUES (1)`,
	"0007": `INSERT INTO retired_names (digest, gone_until) VALUES (1, 4000000000)`,
	"0011": `
		INSERT INTO passwords (user_id, hash, changed_at) VALUES (2, '$2y$x', 0);
		INSERT INTO invitations (digest, admin, moderator, max_bytes, max_items, max_daily, uses, created_at, expires_at) VALUES (zeroblob(32), 0, 0, 0, 0, 0, 1, 0, 4000000000);
		INSERT INTO identities (issuer, subject, user_id) VALUES ('https://id.example.org', 's', 2)`,
	"0013": `
		INSERT INTO old_sites (id, url, version, salt, padding, exact, route_image, route_video, route_album, route_user, root_route, linked, created_at)
			VALUES (1, 'https://old.example.org', '4', '', 0, 1, 'image', 'video', 'album', 'user', 'user', 0, 0);
		INSERT INTO old_numbers (site, kind, number, target) VALUES (1, 'item', 7, 1);
		INSERT INTO old_paths (site, path, kind, target, role) VALUES (1, 'x.jpg', 'item', 1, 'original');
		INSERT INTO likes (user_id, item, created_at) VALUES (2, 1, 0)`,
	"0014": `
		INSERT INTO audit (at, by_name, action, subject, detail) VALUES (0, 'root', 'user.rename', 'ann', '');
		INSERT INTO counters (hour, what, n) VALUES (1, 'x', 1)`,
	"0016": `
		INSERT INTO reports (item, reporter, reason, note, created_at) VALUES (1, 'x', 'spam', '', 0);
		INSERT INTO webhooks (target, event, body, tries, due, created_at) VALUES ('x', 'upload', '{}', 0, 0, 0)`,
}

// oldDatabase makes a data folder as an older version has left it, with so many migrations
// done, and rows of each kind.
func oldDatabase(t *testing.T, done int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	db := openRaw(t, dir)
	defer db.Close()
	for i, name := range migrationFiles(t)[:done] {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, statements := range []string{string(text), oldRows[filepath.Base(name)[:4]]} {
			if _, err := db.ExecContext(t.Context(), statements); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = "+strconv.Itoa(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, setup.DatabaseFile), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, setup.SecretFile), make([]byte, setup.SecretBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "images"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.jpg", "a.th.jpg", "b.mp4", "c.jpg"} {
		if name == "c.jpg" && done < 3 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, "images", name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openRaw(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, setup.DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// keptTables are those of oldRows.
var keptTables = []string{
	"users", "api_keys", "categories", "albums", "items", "files", "tags", "item_tags", "bans", "daily_uploads", "sessions",
	"album_tags", "comments", "album_votes", "comment_votes", "follows", "size_jobs", "retired_names", "passwords", "invitations", "identities",
	"old_sites", "old_numbers", "old_paths", "likes", "audit",
	"reports", "webhooks",
}

// countRows counts the rows of each table that there is.
func countRows(t *testing.T, dir string) map[string]int {
	t.Helper()
	db := openRaw(t, dir)
	defer db.Close()
	counts := make(map[string]int)
	for _, table := range keptTables {
		var n int
		err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM "+table).Scan(&n)
		if err != nil && !strings.Contains(err.Error(), "no such table") {
			t.Fatal(err)
		}
		if err == nil {
			counts[table] = n
		}
	}
	return counts
}

// wantRows compares the rows of a database with those that it had before an upgrade.
func wantRows(t *testing.T, dir string, before map[string]int) {
	t.Helper()
	after := countRows(t, dir)
	for table, n := range before {
		if n == 0 || after[table] != n {
			t.Errorf("%s has %d rows, and had %d", table, after[table], n)
		}
	}
}
