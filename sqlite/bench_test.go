package sqlite

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
)

// noon is the present of these tests.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// photo is a guest's item with an original, a thumb, a medium and two tags.
func photo(i int64) media.Item {
	name := fmt.Sprintf("%07d", i)
	return media.Item{
		ID: name, Kind: media.KindImage, Width: 4000, Height: 3000,
		MD5: "0123456789abcdef012345678" + name, SourceMD5: "fedcba9876543210fedcba987" + name, SourceSize: 4_000_000,
		OriginalName: "IMG_" + name + ".JPG", Title: "IMG " + name, Tags: []string{"sea", "sun"}, CreatedAt: noon,
		Original: media.File{Key: "images/2026/11/20/IMG_" + name + ".jpg", MIME: "image/jpeg", Size: 4_000_000, Width: 4000, Height: 3000},
		Thumb:    media.File{Key: "images/2026/11/20/IMG_" + name + ".th.jpg", MIME: "image/jpeg", Size: 8_000, Width: 160, Height: 160},
		Medium:   media.File{Key: "images/2026/11/20/IMG_" + name + ".md.jpg", MIME: "image/jpeg", Size: 40_000, Width: 500, Height: 375},
	}
}

// fill inserts n items by SQL, with two files each, that expire one a second
// up to noon: in the order of insertion with a stride of 1, all over the table
// with another that shares no factor with n.
func fill(t testing.TB, db *DB, n, stride int) {
	t.Helper()
	for _, statement := range []string{`
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < ?1)
		INSERT INTO items (id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
			original_name, exif, title, description, nsfw, views, created_at, expires_at, treatment, uploader)
		SELECT printf('%07d', i), 'image', 4000, 3000, 0, 0, 0, printf('%032x', i), printf('%032x', -i), 4000000,
			'', '', '', '', 0, 0, ?2 - 9999999, ?2 - ?1 + 1 + (i * ?3) % ?1, '', '' FROM seq`, `
		INSERT INTO files (item, role, key, object, mime, size, width, height)
		SELECT number, 'original', 'images/' || id || '.jpg', 'images/' || id || '.jpg', 'image/jpeg', 4000000, 4000, 3000 FROM items
		WHERE number NOT IN (?1, ?2, ?3) OR true`, `
		INSERT INTO files (item, role, key, object, mime, size, width, height)
		SELECT number, 'thumb', 'images/' || id || '.th.jpg', 'images/' || id || '.th.jpg', 'image/jpeg', 8000, 160, 160 FROM items
		WHERE number NOT IN (?1, ?2, ?3) OR true`} {
		if _, err := db.writer.conn.exec(t.Context(), statement, n, noon.Unix(), stride); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	db := openTest(b)
	for i := int64(0); b.Loop(); i++ {
		it := photo(i)
		if err := db.InsertItem(b.Context(), &it, media.UploadLimits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInsertParallel(b *testing.B) {
	db := openTest(b)
	var i atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			it := photo(i.Add(1))
			if err := db.InsertItem(context.Background(), &it, media.UploadLimits{}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkItem(b *testing.B) {
	const rows = 100_000
	db := openTest(b)
	fill(b, db, rows, 1)
	for i := 0; b.Loop(); i++ {
		if _, err := db.Item(b.Context(), fmt.Sprintf("%07d", i*7919%rows+1)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReap takes away 100 of many expired items at a time.
func BenchmarkReap(b *testing.B) {
	b.Run("InOrder", func(b *testing.B) { benchmarkReap(b, 1) })
	b.Run("Scattered", func(b *testing.B) { benchmarkReap(b, 7919) })
}

func benchmarkReap(b *testing.B, stride int) {
	const rows = 100_000
	db := openTest(b)
	left := 0
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			if _, err := db.writer.conn.exec(b.Context(), "DELETE FROM items"); err != nil {
				b.Fatal(err)
			}
			fill(b, db, rows, stride)
			left = rows
			b.StartTimer()
		}
		left -= reap(b, db, 100)
	}
}

// reap removes up to limit expired items and returns how many.
func reap(t testing.TB, db *DB, limit int) int {
	t.Helper()
	items, err := db.BeginExpire(context.Background(), noon, limit, nil)
	if err != nil {
		t.Fatalf("BeginExpire: %v", err)
	}
	var numbers []int64
	for _, it := range items {
		numbers = append(numbers, it.Number)
	}
	if err := db.FinishDelete(context.Background(), numbers...); err != nil {
		t.Fatalf("FinishDelete: %v", err)
	}
	return len(items)
}
