package sqlite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postern/media"
)

// busyDay fills a database with n listed items of one user and one day, in a
// hundred seconds of it.
func busyDay(b *testing.B, n int) (*DB, media.User) {
	b.Helper()
	db := openTest(b)
	u := media.User{Name: "ann", CreatedAt: noon}
	if err := db.InsertUser(b.Context(), &u); err != nil {
		b.Fatal(err)
	}
	for _, statement := range []string{`
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < ?1)
		INSERT INTO items (id, user_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, treatment, uploader)
		SELECT printf('%07d', i), ?3, 'image', 4000, 3000, 0, 0, 0, printf('%032x', i), printf('%032x', -i), 4000000,
			printf('IMG_%07d.jpg', i), '', printf('Summer holidays by the sea, picture %07d', i), '', 0, 0, ?2 + i % 100, '', '' FROM seq`, `
		INSERT INTO files (item, role, key, object, mime, size, width, height)
		SELECT number, 'original', 'images/' || id || '.jpg', 'images/' || id || '.jpg', 'image/jpeg', 4000000, 4000, 3000 FROM items WHERE ?1 + ?2 + ?3 > 0`, `
		INSERT INTO tags (name) SELECT value FROM json_each('["sea","sun","sand"]') WHERE ?1 + ?2 + ?3 > 0`, `
		INSERT INTO item_tags (item, position, tag)
		SELECT number, tags.id, tags.id FROM items, tags WHERE ?1 + ?2 + ?3 > 0`} {
		if _, err := db.writer.conn.exec(b.Context(), statement, n, noon.Unix(), u.ID); err != nil {
			b.Fatal(err)
		}
	}
	return db, u
}

// BenchmarkDear measures what anyone can ask for that costs the most, over
// 100,000 items of one day.
func BenchmarkDear(b *testing.B) {
	const items = 100_000
	db, ann := busyDay(b, items)
	list := func(name string, q media.ListQuery) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if got, err := db.ListItems(b.Context(), q); err != nil || got.Total == 0 {
					b.Fatal(got.Total, err)
				}
			}
		})
	}
	ranks := make([]int, 250)
	for i := range ranks {
		ranks[i] = i * 7919 % 250 * (items / 250)
	}
	list("random", media.ListQuery{Now: noon, Ranks: ranks})
	list("random, by tag", media.ListQuery{Now: noon, Ranks: ranks, Tag: "sun"})
	list("deep", media.ListQuery{Now: noon, Offset: items - 300, Limit: 250})
	list("long walk", media.ListQuery{Now: noon, Until: items - 10_000, Limit: 250})

	many := strings.Join(strings.Split("abcdefghijklmnoprstuvwxy"+"abcdefghijklmnoprstuvwxy"+"abcdefghijklmnoprstuvwxy"+"abcdefghijklmnoprstuvwxyabcd", ""), " ")
	for name, search := range map[string]string{"one word": "nothing", "100 letters": many, "words": "summer holidays by the sea picture img sun"} {
		b.Run("search/"+name, func(b *testing.B) {
			q := media.ItemQuery{UserID: ann.ID, Filter: media.Everything(noon), Search: search, Limit: 61}
			for b.Loop() {
				if _, err := db.Items(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				if _, err := db.CountItems(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	numbers := make([]int64, 1000)
	for i := range numbers {
		numbers[i] = int64(i + 1)
	}
	post := 0
	b.Run("post of 1000", func(b *testing.B) {
		for b.Loop() {
			post++
			p := media.Post{Album: media.Album{Slug: fmt.Sprint("post", post), UserID: ann.ID, CreatedAt: noon.Add(time.Second), Visibility: media.Public}}
			if err := db.InsertPost(b.Context(), &p, numbers); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("order of 1000", func(b *testing.B) {
		for b.Loop() {
			if err := db.UpdatePost(b.Context(), int64(post), media.PostChange{Order: numbers}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("100 tags", func(b *testing.B) {
		var tags []string
		for i := range 100 {
			tags = append(tags, fmt.Sprint("tag", i))
		}
		for i := int64(items); b.Loop(); i++ {
			it := photo(i + 1)
			it.Original.Key = fmt.Sprint("images/other", i)
			it.UserID, it.Tags = ann.ID, tags
			if err := db.InsertItem(b.Context(), &it, media.UploadLimits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
