package sqlite

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postern/media"
)

// before makes a database as it was before a migration, filled by statements.
func before(t *testing.T, migration string, statements ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "postern.db")
	if err := create(file); err != nil {
		t.Fatal(err)
	}
	s, err := openConn(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for i := range slices.Index(files, "migrations/"+migration) {
		if _, err := migrateOnce(t.Context(), s, files[:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range statements {
		if _, err := s.conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func TestTextsThatWereKeptAreShortened(t *testing.T) {
	path := before(t, "0006_bounded_texts.sql", `
		INSERT INTO items (id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, treatment, uploader)
		WITH texts(id, text) AS (VALUES ('short', 'é'), ('ascii', printf('%.100000c', 'x')), ('latin', replace(printf('%.100000c', 'x'), 'x', 'é')),
			('rocket', replace(printf('%.100000c', 'x'), 'x', '🚀')))
		SELECT id, 'image', 1, 1, 0, 0, 0, id, id, 1, text, '{"a":"' || text || '"}', 'title', text, 0, 0, 0, '', '' FROM texts`)
	db := openAt(t, path)
	for id, want := range map[string]string{
		"short": "é", "ascii": strings.Repeat("x", 10000), "latin": strings.Repeat("é", 5000), "rocket": strings.Repeat("🚀", 2500),
	} {
		it, err := db.Item(t.Context(), id)
		if err != nil || it.Description != want || len(it.OriginalName) > 255 || len(it.EXIF) > 1<<15 {
			t.Errorf("%s: %d bytes described, %d of a name, %d of EXIF, %v, want %d", id, len(it.Description), len(it.OriginalName), len(it.EXIF), err, len(want))
		}
	}
	for id := range map[string]bool{"short": true, "ascii": true, "latin": true, "rocket": true} {
		it, err := db.Item(t.Context(), id)
		if it.Visibility = media.Public; err == nil {
			err = db.UpdateItem(t.Context(), it, noon)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if list, err := db.ListItems(t.Context(), media.ListQuery{Now: noon, Limit: 10}); err != nil || len(list.Some) != 4 || list.Some[0].EXIF != "" {
		t.Errorf("the list reads %d items, %v, or what it does not show", len(list.Some), err)
	}
}

// oldItems inserts items of two users as the first versions of the schema have
// them: i of 40 is in the trash when 4 divides it, deleting when 5 does, a video
// when 3 does, adult when 7 does.
const oldItems = `
	INSERT INTO users (id, name, admin, created_at) VALUES (1, 'ann', 0, 0), (2, 'bob', 0, 0);
	WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < 40)
	INSERT INTO items (id, user_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
		original_name, exif, title, description, nsfw, views, created_at, treatment, uploader, state, purge_at)
	SELECT printf('%07d', i), nullif(i % 3, 0), iif(i % 3, 'image', 'video'), 1, 1, 0, 0, 0, i, i, 1, 'IMG_' || i || '.jpg', '', 'Title ' || i, '', i % 7 = 0, 0, i, '', '',
		iif(i % 5, 'live', 'deleting'), iif(i % 4, NULL, 2000000000) FROM seq`

func TestItemsThatWereThereAreCounted(t *testing.T) {
	db := openAt(t, before(t, "0009_counts.sql", oldItems))
	if wrong, err := db.Miscounts(t.Context()); err != nil || len(wrong) != 0 {
		t.Errorf("got %v, %v", wrong, err)
	}
	for want, q := range map[int]media.ItemQuery{
		8: {UserID: 1},                // 1, 7, 13, 19, 22, 31, 34, 37
		2: {UserID: 2, InTrash: true}, // 8, 32
	} {
		q.Filter = media.Everything(noon)
		if got, err := db.CountItems(t.Context(), q); err != nil || got != want {
			t.Errorf("%+v: counted %d, %v, want %d", q, got, err, want)
		}
	}
}

// indexAll indexes all items that have changed.
func indexAll(t testing.TB, db *DB) {
	t.Helper()
	err := db.indexAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
}

func TestMiscountsAreFoundAndMended(t *testing.T) {
	db := openAt(t, before(t, "0009_counts.sql", oldItems))
	indexAll(t, db)
	for _, wrong := range []string{
		`UPDATE usage SET items = items + 1 WHERE user_id = 1`,
		`UPDATE usage SET video_bytes = video_bytes + 1 WHERE user_id = 1`,
		`UPDATE item_counts SET items = items + 1 WHERE user_id = 1 AND trashed`,
		`DELETE FROM item_counts WHERE user_id = 1`,
		`INSERT INTO item_counts VALUES (1, 0, 'video', 'approved', 1)`,
		`DELETE FROM item_words WHERE rowid & 1073741823 = 1`,
		`INSERT INTO item_words (rowid, words) VALUES (7, 'a')`,
		`DELETE FROM item_words WHERE rowid = (SELECT max(rowid) FROM item_words)`,
	} {
		if err := db.update(t.Context(), func(ctx context.Context, s *conn) error {
			_, err := s.exec(ctx, wrong)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if lines, err := db.Miscounts(t.Context()); err != nil || len(lines) != 1 || !strings.Contains(lines[0], "user ann") && !strings.Contains(lines[0], "index of words") {
			t.Errorf("%s: found %q, %v", wrong, lines, err)
		}
		if err := db.Recount(t.Context()); err != nil {
			t.Fatal(err)
		}
		indexAll(t, db)
		if lines, err := db.Miscounts(t.Context()); err != nil || len(lines) != 0 {
			t.Errorf("%s: left %q, %v", wrong, lines, err)
		}
	}
}

// The migration leaves the index to the background. Searches find the same
// before, while and after it is made, and a start that is cut off loses nothing.
func TestItemsThatWereThereAreIndexed(t *testing.T) {
	path := before(t, "0010_search.sql", strings.ReplaceAll(oldItems, "i < 40", "i < 4000"))
	q := media.ItemQuery{UserID: 1, Filter: media.Everything(noon), Search: "itle 39", Limit: 1000}
	want := 0
	for i := 1; i <= 4000; i++ {
		if i%3 == 1 && i%4 != 0 && i%5 != 0 && strings.Contains(fmt.Sprint(i), "39") {
			want++
		}
	}
	for finished := false; !finished; {
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		n, err := read(t.Context(), db, func(ctx context.Context, s *conn) (int, error) { return countStale(ctx, s, manyStale) })
		finished = n < manyStale
		if items, searchErr := db.Items(t.Context(), q); err != nil || searchErr != nil || len(items) != want {
			t.Errorf("found %d items, %v, %v, want %d", len(items), err, searchErr, want)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db := openAt(t, path)
	if faults, err := db.Miscounts(t.Context()); err != nil || len(faults) > 0 {
		t.Errorf("got %q, %v", faults, err)
	}
	if items, err := db.Items(t.Context(), q); err != nil || len(items) != want {
		t.Errorf("found %d items, %v, want %d", len(items), err, want)
	}
}

// listedIDs are the items of a list in its order.
func listedIDs(t *testing.T, db *DB, q media.ItemQuery) string {
	t.Helper()
	q.Filter, q.Limit = media.Everything(noon), 100
	items, err := db.Items(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return strings.Join(ids, " ")
}

func TestTagsThatWereThereAreListed(t *testing.T) {
	db := openAt(t, before(t, "0025_listed_tags.sql", `
		INSERT INTO users (id, name, admin, created_at) VALUES (1, 'ann', 0, 0);
		INSERT INTO albums (id, slug, user_id, title, created_at, visibility) VALUES (1, 'open', 1, '', 0, 'public'), (2, 'kept', 1, '', 0, 'hidden');
		INSERT INTO items (number, id, user_id, album_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, treatment, uploader, visibility) VALUES
			(1, 'public', 1, 1, 'image', 1, 1, 0, 0, 0, '', '', 1, '', '', '', '', 0, 0, 1000, '', '', 'public'),
			(2, 'adult', 1, 1, 'image', 1, 1, 0, 0, 0, '', '', 1, '', '', '', '', 1, 0, 2000, '', '', 'public'),
			(3, 'hidden', 1, 2, 'image', 1, 1, 0, 0, 0, '', '', 1, '', '', '', '', 0, 0, 3000, '', '', 'public');
		INSERT INTO tags (id, name, folded) VALUES (1, 'sea', 'sea');
		INSERT INTO item_tags (item, position, tag) VALUES (1, 0, 1), (2, 0, 1), (3, 0, 1);
		INSERT INTO album_tags (album, position, tag, created_at, user_id) VALUES (1, 0, 1, 0, 1), (2, 0, 1, 0, 1)`))
	if got, want := listedIDs(t, db, media.ItemQuery{Tag: "sea", Listed: true}), "adult public"; got != want {
		t.Errorf("a tag lists %q, want %q", got, want)
	}
	posts, err := db.ListPosts(t.Context(), media.ListQuery{Now: noon, Limit: 10, Tag: "sea", NSFW: true}, 0)
	if err != nil || posts.Total != 1 || len(posts.Some) != 1 || posts.Some[0].Slug != "open" {
		t.Errorf("a tag lists posts %+v, %v", posts, err)
	}
}
