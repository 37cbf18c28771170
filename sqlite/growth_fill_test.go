//go:build linux

package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"postern/media"
	"postern/records"
	"postern/sqlite/sqlitetest"
)

// grownFor is how long the items of a database have come, at an even pace.
const grownFor = 3 * 365 * 24 * time.Hour

var grownWords = []string{"summer", "holiday", "family", "garden", "mountain", "harbour", "winter", "birthday", "kitchen", "street"}

// grownItem is the i-th of n items: every tenth is of user 1, every fifth a
// guest's, the others are of a user a thousand items. A tenth expires in the hour
// from noon on.
func grownItem(i, n int) media.Item {
	created := noon.Add(-grownFor + time.Duration(float64(grownFor)*float64(i)/float64(n)))
	it := media.Item{
		ID: grownID(i), Kind: media.KindImage, Width: 4000, Height: 3000,
		MD5: fmt.Sprintf("f%031x", i), SourceMD5: fmt.Sprintf("%032x", i), SourceSize: 4_000_000, CreatedAt: created,
		Title: fmt.Sprintf("%s %s %d", grownWords[i%7], grownWords[i/10%10], i), NSFW: i%8 == 3,
		EXIF: `{"Make":"Canon","Model":"Canon EOS R5","FNumber":"28/10","ExposureTime":"1/250"}`,
		Tags: grownTags(i), CategoryID: int64(i%3) + 1,
		AddressHash: "a0b1c2d3e4f5", RequestDigest: "0123456789abcdef",
	}
	switch {
	case i%10 == 0:
		it.UserID = 1
	case i%5 != 0:
		it.UserID = int64(2 + i*7919%max(n/1000, 1))
	}
	switch i / 10 % 4 {
	case 0:
		it.OriginalName = fmt.Sprintf("IMG_%07d.jpg", i)
	case 1:
		it.OriginalName = "Screenshot " + created.Format("2006-01-02 15-04-05") + ".jpg"
	case 2:
		it.OriginalName = fmt.Sprintf("DSCF%04d.jpg", i%10000)
	case 3:
		it.OriginalName = fmt.Sprintf("%x.jpg", i*2654435761)
	}
	if i%50 == 30 { // a fifth of what user 1 has
		it.Kind, it.Duration = media.KindVideo, time.Second
	}
	if i%40 == 10 { // and a quarter
		it.Title = "東京タワー " + it.Title
	}
	if i%(n/5) == 310 { // five items of all
		it.Title = "An axolotl, 鯨"
	}
	if i > n*9/10 {
		it.ExpiresAt = noon.Add(1 + time.Duration(i%3600)*time.Second)
	}
	for role, size := range map[media.Role]int{"original": 4000, "thumb": 160, "medium": 500, "sm": 320, "md": 640} {
		*it.File(role) = media.File{Key: fmt.Sprintf("images/%s/%s.%s.jpg", created.Format("2006/01/02"), it.ID, role), MIME: "image/jpeg", Size: int64(size * size / 4), Width: size, Height: size * 3 / 4}
	}
	it.Original.Key = grownKey(i)
	return it
}

// grownTags are one of ten tags, one that has two spellings, and one whose items
// stand in hidden posts but for a few.
func grownTags(i int) []string {
	tags := []string{fmt.Sprint("tag", i/10%10), fmt.Sprint("place ", i%500)}
	if i%20 == 7 {
		tags = append(tags, []string{"both", "Both"}[i/20%2])
	}
	if i%100 == 30 || i%100 == 31 && i < 10_000 {
		tags = append(tags, "hidden")
	}
	return tags
}

func grownID(i int) string { return fmt.Sprintf("%07d", i) }

func grownKey(i int) string { return fmt.Sprintf("images/originals/%07d.jpg", i) }

// fillGrown makes a database of n items at path.
func fillGrown(b *testing.B, path string, n int) {
	b.Helper()
	began := time.Now()
	made := filepath.Join(b.TempDir(), filepath.Base(path))
	sqlitetest.Copy(b, made, Open)
	db, err := Open(b.Context(), made)
	if err != nil {
		b.Fatal(err)
	}
	withoutSyncs(b, db)
	setUpGrown(b, db, n)
	const chunk = 20 // SQLite takes longer for each statement of a long savepoint
	for from := 1; from <= n; from += chunk {
		err := db.update(b.Context(), func(ctx context.Context, s *conn) error {
			for i := from; i < min(from+chunk, n+1); i++ {
				if err := insertGrown(ctx, s, grownItem(i, n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	filePosts(b, db, n)
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	copyFile(b, made, path)
	fmt.Printf("filled %d items in %.0f s\n", n, time.Since(began).Seconds())
}

// setUpGrown adds what items belong to: users, categories, a tenth as many posts
// as items, two in three of them public, and a hundredth as many albums of user 1.
func setUpGrown(b *testing.B, db *DB, n int) {
	b.Helper()
	for _, statement := range []string{
		`INSERT INTO categories (name) VALUES ('one'), ('two'), ('three')`, `
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < 2 + ?1 / 1000)
		INSERT INTO users (name, admin, created_at) SELECT 'user' || i, 0, ?2 FROM seq`, `
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < ?1 / 100)
		INSERT INTO albums (slug, user_id, title, created_at, visibility) SELECT printf('a%06d', i), 1, 'Album ' || i, ?2 + i, 'hidden' FROM seq`, `
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < ?1 / 10)
		INSERT INTO albums (slug, user_id, title, created_at, visibility)
		SELECT printf('p%06d', i), 2 + i % max(?1 / 1000, 1), 'Post ' || i, ?2 + i * 946080000 / ?1, iif(i % 3 = 0, 'hidden', 'public') FROM seq`} {
		execGrown(b, db, statement, n, noon.Add(-grownFor).Unix())
	}
}

// within is an engine inside a transaction.
type within struct {
	engine
	conn *conn
}

func (w within) Update(ctx context.Context, change func(context.Context, records.Session) error) error {
	return change(ctx, w.conn)
}

// insertGrown is InsertItem for many.
func insertGrown(ctx context.Context, s *conn, it media.Item) error {
	return records.New(within{conn: s}, wordIndex{}).InsertItem(ctx, &it, media.UploadLimits{})
}

// filePosts puts items into posts and albums: of user 1 a half into one album and
// the rest one by one into others, of users every third into posts.
func filePosts(b *testing.B, db *DB, n int) {
	b.Helper()
	for _, statement := range []string{
		`UPDATE items SET album_id = 1 WHERE user_id = 1 AND number % 20 = 0 AND ?1 + ?2 > 0`,
		`UPDATE items SET album_id = 2 + number / 20 % (?1 / 100 - 1) WHERE user_id = 1 AND number % 20 = 10 AND number % 100 <> 10 AND ?1 + ?2 > 0`,
		`UPDATE items SET album_id = ?1 / 100 + 1 + number / 10 WHERE number % 10 IN (2, 5, 8) AND number < ?1 AND ?1 + ?2 > 0`,
		`UPDATE items SET purge_at = ?2 + 100000 WHERE number % 100 = 50 AND number < ?1 * 8 / 10`,
	} {
		execGrown(b, db, statement, n, noon.Unix())
	}
}

func execGrown(b *testing.B, db *DB, statement string, args ...any) {
	b.Helper()
	err := db.update(b.Context(), func(ctx context.Context, s *conn) error {
		_, err := s.exec(ctx, statement, args...)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
