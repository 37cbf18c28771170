package postgres

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/postgres/pgtest"
)

// oldRows are what a database has of each kind, in the words of the migration that brought
// the kind, or of 0002: the triggers of that count what comes after them.
var oldRows = map[string]string{
	"0002": `
		INSERT INTO users (id, name, admin, created_at, max_items) VALUES (1, 'old', true, 0, 0), (2, 'ann', false, 0, 5);
		INSERT INTO passwords VALUES (2, '$2y$x', 0);
		INSERT INTO identities VALUES ('https://id.example.org', 's', 2);
		INSERT INTO invitations (digest, admin, moderator, max_bytes, max_items, max_daily, uses, created_at, expires_at)
			VALUES (decode(repeat('00', 32), 'hex'), false, false, 0, 0, 0, 1, 0, 4000000000);
		INSERT INTO api_keys (id, user_id, name, digest, created_at) VALUES (1, 2, 'laptop', decode(repeat('01', 32), 'hex'), 0);
		INSERT INTO sessions (digest, user_id, key_id, created_at, expires_at, last_used_at) VALUES (decode(repeat('02', 32), 'hex'), 2, 1, 0, 4000000000, 0);
		INSERT INTO categories (id, name) VALUES (1, 'Cats');
		INSERT INTO albums (id, slug, user_id, title, created_at, visibility) VALUES (1, 'trip', 2, 'Trip', 0, 'public'), (2, 'kept', 2, 'Kept', 0, 'private');
		INSERT INTO items (number, id, user_id, album_id, category_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, expires_at, treatment, uploader, purge_at, moderation) VALUES
			(1, 'item001', 2, 1, 1, 'image', 1, 1, 0, false, false, 'd1', 's1', 1, 'a.jpg', '', 'A', '', false, 3, 1000, NULL, '', '', NULL, 'approved'),
			(2, 'item002', NULL, NULL, NULL, 'video', 1, 1, 5, false, false, 'd2', 's2', 1, 'b.mp4', '', 'B', '', true, 0, 2000, 4000000000, '', 'guest', NULL, 'pending'),
			(3, 'item003', 2, NULL, NULL, 'image', 1, 1, 0, false, false, 'd3', 's3', 1, 'c.jpg', '', 'C', '', false, 0, 3000, NULL, '', '', 4000000000, 'approved'),
			(4, 'item004', 2, 2, NULL, 'video', 1, 1, 5, false, false, 'd4', 's4', 1, 'd.mp4', '', 'D', '', false, 0, 4000, NULL, '', '', NULL, 'approved'),
			(5, 'item005', 2, NULL, NULL, 'image', 1, 1, 0, false, false, 'd5', 's5', 1, 'e.jpg', '', 'E', '', false, 0, 5000, NULL, '', '', NULL, 'approved');
		INSERT INTO files (item, role, key, mime, size, width, height, object) VALUES
			(1, 'original', 'images/a.jpg', 'image/jpeg', 10, 1, 1, 'images/1/a.jpg'), (1, 'thumb', 'images/a.th.jpg', 'image/jpeg', 2, 1, 1, 'images/1/a.th.jpg'),
			(2, 'original', 'images/b.mp4', 'video/mp4', 20, 1, 1, 'images/2/b.mp4'), (3, 'original', 'images/c.jpg', 'image/jpeg', 30, 1, 1, 'images/3/c.jpg'),
			(4, 'original', 'images/d.mp4', 'video/mp4', 40, 1, 1, 'images/4/d.mp4'), (5, 'original', 'images/e.jpg', 'image/jpeg', 50, 1, 1, 'images/5/e.jpg');
		INSERT INTO item_words SELECT number, lower(title) FROM items;
		INSERT INTO tags (id, name, folded) VALUES (1, 'Été', 'été');
		INSERT INTO item_tags (item, position, tag) VALUES (1, 0, 1), (5, 0, 1);
		INSERT INTO album_tags (album, position, tag, created_at, user_id) VALUES (1, 0, 1, 0, 2);
		INSERT INTO comments (id, album_id, user_id, content, created_at) VALUES (1, 1, 1, 'Fine', 0);
		INSERT INTO album_votes VALUES (1, 1, 1);
		INSERT INTO comment_votes VALUES (1, 2, -1);
		INSERT INTO follows VALUES (1, 2, 0);
		INSERT INTO size_jobs (item) VALUES (1);
		INSERT INTO bans VALUES ('0d9e2f2cf7fd7bbdbd61e5e08b3b4ecb', 'spam', 0);
		INSERT INTO retired_names VALUES (1, 4000000000);
		INSERT INTO daily_uploads VALUES (1, 'user 2', 1)`,
	"0003": `
		INSERT INTO old_sites (id, url, version, salt, padding, exact, route_image, route_video, route_album, route_user, root_route, linked, created_at)
			VALUES (1, 'https://old.example.org', '4', '', 0, true, 'image', 'video', 'album', 'user', 'user', false, 0);
		INSERT INTO old_numbers VALUES (1, 'item', 7, 1);
		INSERT INTO old_paths VALUES (1, 'x.jpg', 'item', 1, 'original');
		INSERT INTO key_hashes VALUES (1, '$2y$x');
		INSERT INTO delete_hashes VALUES (1, '$2y$y');
		INSERT INTO user_details VALUES (2, 'Ann@example.org', '', '', 'UTC', false);
		INSERT INTO album_details VALUES (2, 'open', 1, 4, '');
		INSERT INTO likes VALUES (1, 1, 0);
		INSERT INTO banned_addresses VALUES ('192.0.2.1', '', NULL)`,
	"0004": `
		INSERT INTO audit (at, by_name, action, subject, detail) VALUES (0, 'root', 'user.rename', 'ann', '');
		INSERT INTO counters VALUES (1, 'x', 1)`,
	"0005": `INSERT INTO rates VALUES ('x', 4000000000)`,
	"0006": `UPDATE items SET visibility = 'public' WHERE number = 5; UPDATE items SET lock = '$argon2id$x' WHERE number = 1`,
	"0007": `
		INSERT INTO reports VALUES (1, 'x', 'spam', '', 0);
		INSERT INTO webhooks (target, event, body, tries, due, created_at) VALUES ('x', 'upload', '{}', 0, 4000000000, 0)`,
	"0012": `UPDATE users SET avatar = 5 WHERE id = 2`,
	"0013": `INSERT INTO guest_addresses VALUES ('guest', '192.0.2.1', 4000000000)`,
}

// Every migration runs with the rows of all before it: by itself, as servers have run them
// one after the other, and with others in one transaction, from the first schema that a server
// had, from one of about the middle, and from the last but one.
func TestEverySchemaIsUpgraded(t *testing.T) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	url := pgtest.Empty(t)
	for _, done := range []int{2, 7, len(names) - 1, len(names)} {
		t.Run(fmt.Sprint("schema ", done), func(t *testing.T) {
			// A schema of PostgreSQL costs less than a database.
			address := fmt.Sprintf("%s&search_path=old%d", url, done)
			pool, err := sql.Open("pgx", address)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			if _, err := pool.Exec(fmt.Sprint("CREATE SCHEMA old", done)); err != nil {
				t.Fatal(err)
			}
			for i, name := range names[:done] {
				leaveSchema(t, pool, names[:i+1], oldRows[filepath.Base(name)[:4]])
			}
			before := countRows(t, pool)
			db := openAt(t, address)
			after := countRows(t, pool)
			for table, n := range before {
				if n == 0 || after[table] != n {
					t.Errorf("%s has %d rows, and had %d", table, after[table], n)
				}
			}
			if faults, err := db.Miscounts(t.Context()); err != nil || len(faults) > 0 {
				t.Errorf("sums: %v, %v", faults, err)
			}
			if it, err := db.Item(t.Context(), "item001"); err != nil || it.Title != "A" || fmt.Sprint(it.Tags) != "[Été]" {
				t.Errorf("an item: %q %q, %v", it.Title, it.Tags, err)
			}
			if done > 6 { // item005 is public since then
				q := media.ItemQuery{Tag: "Été", Listed: true, Filter: media.Everything(time.Unix(6000, 0)), Limit: 10}
				if items, err := db.Items(t.Context(), q); err != nil || len(items) != 1 || items[0].ID != "item005" {
					t.Errorf("a tag lists %d items, %v", len(items), err)
				}
			}
		})
	}
}

// leaveSchema runs those of the migrations that are still to be run, and statements after
// them, as servers of their time did.
func leaveSchema(t *testing.T, pool *sql.DB, names []string, statements string) {
	t.Helper()
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	err = migrateAll(t.Context(), tx, names)
	if err == nil && statements != "" {
		_, err = tx.ExecContext(t.Context(), statements)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		t.Fatalf("%s: %v", names[len(names)-1], err)
	}
}

// countRows counts the rows of each table of a schema, but of those that others make: what
// is counted by status changes with the statuses that there are.
func countRows(t *testing.T, pool *sql.DB) map[string]int {
	t.Helper()
	var tables string
	err := pool.QueryRowContext(t.Context(), `
		SELECT string_agg(tablename::text, ' ') FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT IN ('meta', 'item_counts', 'tallies')`).Scan(&tables)
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for table := range strings.FieldsSeq(tables) {
		var n int
		if err := pool.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}
