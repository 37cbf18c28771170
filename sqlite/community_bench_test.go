package sqlite

import (
	"fmt"
	"testing"

	"postern/media"
)

// load fills a database with n items over three years, under ten tags and a
// hundred users, a tenth as many posts of them, and an eighth of it adult.
func fillCommunity(b *testing.B, n int) *DB {
	b.Helper()
	db := openTest(b)
	for i := range 100 {
		u := media.User{Name: fmt.Sprintf("user%d", i), CreatedAt: noon}
		if err := db.InsertUser(b.Context(), &u); err != nil {
			b.Fatal(err)
		}
	}
	start := noon.AddDate(-3, 0, 0).Unix()
	step := float64(noon.Unix()-start) / float64(n)
	for _, statement := range []string{`
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < ?1)
		INSERT INTO items (id, user_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, treatment, uploader)
		SELECT printf('%07d', i), 1 + i % 100, 'image', 4000, 3000, 0, 0, 0, printf('%032x', i), printf('%032x', -i), 4000000,
			'', '', '', '', i % 8 = 0, 0, ?2 + CAST(i * ?3 AS INTEGER), '', '' FROM seq`, `
		INSERT INTO files (item, role, key, object, mime, size, width, height)
		SELECT number, 'original', 'images/' || id || '.jpg', 'images/' || id || '.jpg', 'image/jpeg', 4000000, 4000, 3000 FROM items WHERE ?1 + ?2 + ?3 > 0`, `
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < 10)
		INSERT INTO tags (name) SELECT 'tag' || i FROM seq WHERE ?1 + ?2 + ?3 > 0`, `
		INSERT INTO item_tags (item, position, tag)
		SELECT number, 0, 1 + number % 10 FROM items WHERE ?1 + ?2 + ?3 > 0`, `
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < ?1 / 10)
		INSERT INTO albums (slug, user_id, title, created_at, visibility)
		SELECT printf('p%06d', i), 1 + i % 100, '', ?2 + CAST(i * 10 * ?3 AS INTEGER), 'public' FROM seq`, `
		UPDATE items SET album_id = number / 10 WHERE number % 10 = 0 AND ?1 + ?2 + ?3 > 0`, `
		INSERT INTO album_tags (album, position, tag, created_at, user_id)
		SELECT id, 0, 1 + id % 10, created_at, user_id FROM albums WHERE ?1 + ?2 + ?3 > 0`} {
		if _, err := db.writer.conn.exec(b.Context(), statement, n, start, step); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// BenchmarkLists reads pages of ten out of lists of 1,000,000 items and 100,000
// posts; of a tenth as many with -short.
func BenchmarkLists(b *testing.B) {
	items := 1_000_000
	if testing.Short() {
		items = 100_000
	}
	db := fillCommunity(b, items)
	week := noon.AddDate(0, 0, -7)
	for _, list := range []struct {
		name string
		media.ListQuery
		depth float64 // of the deep page, as a share of the list
	}{
		{"all", media.ListQuery{}, 0.87},
		{"adult", media.ListQuery{NSFW: true}, 0.99},
		{"year", media.ListQuery{Since: noon.AddDate(-1, 0, 0)}, 0.28},
		{"week", media.ListQuery{Since: week}, 0.005},
		{"user", media.ListQuery{UserID: 7}, 0.0087},
		{"tag", media.ListQuery{Tag: "tag3"}, 0.074},
		{"user and tag", media.ListQuery{UserID: 7, Tag: "tag7"}, 0.008},
		{"until", media.ListQuery{Until: int64(items) - 500}, 0.8},
	} {
		for _, at := range []struct {
			name   string
			offset int
		}{{"first", 0}, {"deep", int(list.depth * float64(items))}} {
			q := list.ListQuery
			q.Now = noon
			q.Offset, q.Limit = at.offset, 10
			b.Run("items/"+list.name+"/"+at.name, func(b *testing.B) {
				for b.Loop() {
					got, err := db.ListItems(b.Context(), q)
					if err != nil || len(got.Some) == 0 {
						b.Fatalf("got %d of %d, %v", len(got.Some), got.Total, err)
					}
				}
			})
			q.Offset /= 11
			q.Until /= 10
			b.Run("posts/"+list.name+"/"+at.name, func(b *testing.B) {
				for b.Loop() {
					if _, err := db.ListPosts(b.Context(), q, 3); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
