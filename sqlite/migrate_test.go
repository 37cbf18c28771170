package sqlite

import (
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
	if list, err := db.ListItems(t.Context(), media.ListQuery{Now: noon, Limit: 10}); err != nil || len(list.Some) != 4 || list.Some[0].EXIF != "" {
		t.Errorf("the list reads %d items, %v, or what it does not show", len(list.Some), err)
	}
}
