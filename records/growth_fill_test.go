//go:build linux

package records_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/postgres"
	"postern/postgres/pgtest"
	"postern/sqlite"
)

// grownFor is how long the items of a database have come, at an even pace.
const grownFor = 3 * 365 * 24 * time.Hour

// noon is when the databases are looked at.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

var grownWords = []string{"summer", "holiday", "family", "garden", "mountain", "harbour", "winter", "birthday", "kitchen", "street"}

// grownUpload is the i-th item, as an upload to a filled database brings it.
func grownUpload(i, n int) media.Item {
	it := media.Item{
		ID: grownID(i), Kind: media.KindImage, Width: 4000, Height: 3000,
		MD5: fmt.Sprintf("f%031x", i), SourceMD5: fmt.Sprintf("%032x", i), SourceSize: 4_000_000,
		Title:        fmt.Sprintf("%s %s %d", grownWords[i%7], grownWords[i/10%10], i),
		OriginalName: fmt.Sprintf("IMG_%07d.jpg", i), EXIF: `{"Make":"Canon","Model":"Canon EOS R5"}`,
		Tags: []string{fmt.Sprint("tag", i/10%10), fmt.Sprint("place ", i%500)}, CategoryID: int64(i%3) + 1,
		UserID: int64(2 + i*7919%max(n/1000, 1)), AddressHash: "a0b1c2d3e4f5", RequestDigest: "0123456789abcdef",
	}
	for role, size := range map[media.Role]int{"original": 4000, "thumb": 160, "medium": 500} {
		*it.File(role) = media.File{Key: fmt.Sprintf("images/uploads/%s.%s.jpg", it.ID, role), MIME: "image/jpeg", Size: int64(size * size / 4), Width: size, Height: size * 3 / 4}
	}
	it.Original.Key = grownKey(i)
	return it
}

func grownID(i int) string { return fmt.Sprintf("%07d", i) }

func grownKey(i int) string { return fmt.Sprintf("images/originals/%07d.jpg", i) }

// grownStatements fill a database in which nothing is kept by triggers meanwhile.
// The i-th of n items: every tenth is of user 1, every fifth a guest's, the others
// are of a user a thousand items. A tenth expires in the hour from noon on. There are
// a tenth as many posts, two in three of them public, and a hundredth as many albums
// of user 1, of whose items a half is in one album and most others are one by one in
// others. {N} is n, {BEGAN} and {NOON} are times; {SEVEN}, {HEX32}, {HEX} and
// {SECOND} write a number or a time.
var grownStatements = []string{
	`INSERT INTO categories (id, name) VALUES (1, 'one'), (2, 'two'), (3, 'three')`,

	`INSERT INTO users (id, name, admin, created_at)
	WITH RECURSIVE seq(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM seq WHERE i < 2 + {N} / 1000)
	SELECT i, 'user' || i, false, {BEGAN} FROM seq`,

	`INSERT INTO albums (id, slug, user_id, title, created_at, visibility)
	WITH RECURSIVE seq(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM seq WHERE i < {N} / 100)
	SELECT i, 'a' || {SEVEN:i}, 1, 'Album ' || i, {BEGAN} + i, 'hidden' FROM seq`,

	`INSERT INTO albums (id, slug, user_id, title, created_at, visibility)
	WITH RECURSIVE seq(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM seq WHERE i < {N} / 10)
	SELECT {N} / 100 + i, 'p' || {SEVEN:i}, 2 + i % {USERS}, 'Post ' || i, {BEGAN} + i * 94608000 / {N}, CASE WHEN i % 3 = 0 THEN 'hidden' ELSE 'public' END FROM seq`,

	`INSERT INTO items (number, id, user_id, album_id, category_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5, source_size,
		original_name, exif, title, description, nsfw, views, created_at, expires_at, purge_at, treatment, uploader, position)
	WITH RECURSIVE seq(i, at) AS (
		SELECT CAST(1 AS bigint), CAST({BEGAN} AS bigint) UNION ALL SELECT i + 1, {BEGAN} + 94608000 * (i + 1) / {N} FROM seq WHERE i < {N})
	SELECT i, {SEVEN:i},
		CASE WHEN i % 10 = 0 THEN 1 WHEN i % 5 <> 0 THEN 2 + i * 7919 % {USERS} END,
		CASE WHEN i % 20 = 0 THEN 1
			WHEN i % 20 = 10 AND i % 100 <> 10 THEN 2 + i / 20 % ({N} / 100 - 1)
			WHEN i % 10 IN (2, 5, 8) AND i < {N} THEN {N} / 100 + 1 + i / 10 END,
		i % 3 + 1, CASE WHEN i % 50 = 30 THEN 'video' ELSE 'image' END, 4000, 3000, 0, false, false, {HEX32:i + 281474976710656}, {HEX32:i}, 4000000,
		CASE i / 10 % 4 WHEN 0 THEN 'IMG_' || {SEVEN:i} || '.jpg'
			WHEN 1 THEN 'Screenshot ' || {SECOND:at} || '.jpg'
			WHEN 2 THEN 'DSCF' || substr({SEVEN:i % 10000}, 4) || '.jpg'
			ELSE {HEX:i * 2654435761} || '.jpg' END,
		'{"Make":"Canon","Model":"Canon EOS R5","FNumber":"28/10","ExposureTime":"1/250"}',
		CASE WHEN i % ({N} / 5) = 310 THEN 'An axolotl, 鯨'
			ELSE CASE WHEN i % 40 = 10 THEN '東京タワー ' ELSE '' END || {WORD:i % 7} || ' ' || {WORD:i / 10 % 10} || ' ' || i END,
		'', i % 8 = 3, 0, at, CASE WHEN i > {N} * 9 / 10 THEN {NOON} + 1 + i % 3600 END,
		CASE WHEN i % 100 = 50 AND i < {N} * 8 / 10 THEN {NOON} + 100000 END, '0123456789abcdef', 'a0b1c2d3e4f5', i
	FROM seq`,

	`INSERT INTO files (item, role, key, object, mime, size, width, height)
	SELECT number, 'original', 'images/originals/' || id || '.jpg', 'images/originals/' || id || '.jpg', 'image/jpeg', 4000000, 4000, 3000 FROM items`,
	`INSERT INTO files (item, role, key, object, mime, size, width, height)
	SELECT number, 'thumb', 'images/thumbs/' || id || '.jpg', 'images/thumbs/' || id || '.jpg', 'image/jpeg', 6400, 160, 120 FROM items`,
	`INSERT INTO files (item, role, key, object, mime, size, width, height)
	SELECT number, 'medium', 'images/media/' || id || '.jpg', 'images/media/' || id || '.jpg', 'image/jpeg', 62500, 500, 375 FROM items`,

	// One of ten tags, one of 500, one that has two spellings, and one whose items
	// stand in hidden albums but for a few.
	`INSERT INTO tags (id, name, folded)
	WITH RECURSIVE seq(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM seq WHERE i < 510)
	SELECT i, CASE WHEN i <= 10 THEN 'tag' || (i - 1) ELSE 'place ' || (i - 11) END, CASE WHEN i <= 10 THEN 'tag' || (i - 1) ELSE 'place ' || (i - 11) END FROM seq`,
	`INSERT INTO tags (id, name, folded) VALUES (511, 'both', 'both'), (512, 'Both', 'both'), (513, 'hidden', 'hidden')`,
	`INSERT INTO item_tags (item, position, tag, created_at, user_id)
	SELECT number, 0, 1 + number / 10 % 10, created_at, coalesce(user_id, 0) FROM items`,
	`INSERT INTO item_tags (item, position, tag, created_at, user_id)
	SELECT number, 1, 11 + number % 500, created_at, coalesce(user_id, 0) FROM items`,
	`INSERT INTO item_tags (item, position, tag, created_at, user_id)
	SELECT number, 2, 511 + number / 20 % 2, created_at, coalesce(user_id, 0) FROM items WHERE number % 20 = 7`,
	`INSERT INTO item_tags (item, position, tag, created_at, user_id)
	SELECT number, 2, 513, created_at, coalesce(user_id, 0) FROM items WHERE number % 100 = 30 OR number % 100 = 31 AND number < 10000`,
	`INSERT INTO album_tags (album, position, tag, created_at, user_id)
	SELECT id, 0, 1 + id % 10, created_at, user_id FROM albums WHERE id > {N} / 100`,

	// What triggers keep.
	`UPDATE items SET listed = CASE WHEN purge_at IS NOT NULL OR coalesce((SELECT visibility FROM albums WHERE id = album_id), 'public') <> 'public' THEN 0
		WHEN nsfw THEN 2 ELSE 1 END`,
	`UPDATE item_tags SET listed = items.listed FROM items WHERE number = item AND items.listed > 0`,
	`UPDATE albums SET items = (SELECT count(*) FROM items WHERE album_id = albums.id AND state = 'live' AND purge_at IS NULL),
		items_nsfw = (SELECT count(*) FROM items WHERE album_id = albums.id AND state = 'live' AND purge_at IS NULL AND nsfw)`,
	`UPDATE albums SET listed = CASE WHEN visibility <> 'public' OR items = 0 THEN 0 WHEN items_nsfw > 0 THEN 2 ELSE 1 END`,
	`UPDATE album_tags SET listed = albums.listed FROM albums WHERE id = album AND albums.listed > 0`,
	`DELETE FROM usage`,
	`INSERT INTO usage (user_id, items, bytes, video_bytes)
	SELECT users.id, count(items.number), 4068900 * count(items.number), 4068900 * count(CASE kind WHEN 'video' THEN 1 END)
	FROM users LEFT JOIN items ON user_id = users.id GROUP BY users.id`,
	`INSERT INTO item_counts SELECT user_id, purge_at IS NOT NULL, kind, status, count(*) FROM items WHERE user_id IS NOT NULL GROUP BY 1, 2, 3, 4`,
	grownTallies(0, `SELECT 0 AS tag, 0 AS owner, created_at / 86400 AS day, listed FROM items`),
	grownTallies(0, `SELECT 0 AS tag, user_id AS owner, created_at / 86400 AS day, listed FROM items WHERE user_id IS NOT NULL`),
	grownTallies(0, `SELECT tag, 0 AS owner, item_tags.created_at / 86400 AS day, listed FROM item_tags JOIN items ON number = item`),
	grownTallies(0, `SELECT tag, item_tags.user_id AS owner, item_tags.created_at / 86400 AS day, listed FROM item_tags JOIN items ON number = item WHERE item_tags.user_id > 0`),
	grownTallies(1, `SELECT 0 AS tag, 0 AS owner, created_at / 86400 AS day, listed FROM albums`),
	grownTallies(1, `SELECT 0 AS tag, user_id AS owner, created_at / 86400 AS day, listed FROM albums`),
	grownTallies(1, `SELECT tag, 0 AS owner, album_tags.created_at / 86400 AS day, listed FROM album_tags JOIN albums ON id = album`),
	grownTallies(1, `SELECT tag, album_tags.user_id AS owner, album_tags.created_at / 86400 AS day, listed FROM album_tags JOIN albums ON id = album`),
}

func grownTallies(what int, rows string) string {
	return fmt.Sprintf(`INSERT INTO tallies (what, "user", tag, day, {PART}approved, nsfw)
	SELECT %d, owner, tag, day, {ZERO}CAST(sum(CASE listed WHEN 1 THEN 1 ELSE 0 END) AS bigint), CAST(sum(CASE listed WHEN 2 THEN 1 ELSE 0 END) AS bigint)
	FROM (%s) AS lines WHERE listed > 0 GROUP BY owner, tag, day`, what, rows)
}

// dialect puts the words of a statement into what an engine knows.
type dialect struct {
	calls map[string]string // of words with an argument, %s
	words []string          // pairs
}

var (
	dialectOfSQLite = dialect{map[string]string{
		"SEVEN": "printf('%%07d', %s)", "HEX32": "printf('%%032x', %s)", "HEX": "printf('%%x', %s)", "SECOND": "strftime('%%Y-%%m-%%d %%H-%%M-%%S', %s, 'unixepoch')",
	}, []string{"{PART}", "", "{ZERO}", ""}}
	dialectOfPostgres = dialect{map[string]string{
		"SEVEN": "lpad((%s)::text, 7, '0')", "HEX32": "lpad(to_hex(%s), 32, '0')", "HEX": "to_hex(%s)",
		"SECOND": "to_char(to_timestamp(%s) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24-MI-SS')",
	}, []string{"{PART}", "part, ", "{ZERO}", "0, "}}
)

// write returns a statement for n items.
func (d dialect) write(statement string, n int) string {
	statement = strings.NewReplacer(append([]string{"{N}", fmt.Sprint(n), "{USERS}", fmt.Sprint(max(n/1000, 1)),
		"{BEGAN}", fmt.Sprint(noon.Add(-grownFor).Unix()), "{NOON}", fmt.Sprint(noon.Unix())}, d.words...)...).Replace(statement)
	word := "CASE %s"
	for i, w := range grownWords {
		word += fmt.Sprintf(" WHEN %d THEN '%s'", i, w)
	}
	for name, call := range map[string]string{"SEVEN": d.calls["SEVEN"], "HEX32": d.calls["HEX32"], "HEX": d.calls["HEX"], "SECOND": d.calls["SECOND"], "WORD": word + " END"} {
		for {
			before, after, found := strings.Cut(statement, "{"+name+":")
			if !found {
				break
			}
			argument, rest, _ := strings.Cut(after, "}")
			statement = before + fmt.Sprintf(call, argument) + rest
		}
	}
	return statement
}

// fill carries out the statements that fill a database of n items.
func fill(b *testing.B, pool *sql.DB, d dialect, n int, last ...string) {
	b.Helper()
	began := time.Now()
	for _, statement := range append(grownStatements, last...) {
		if _, err := pool.Exec(d.write(statement, n)); err != nil {
			b.Fatalf("%v\n%s", err, d.write(statement, n))
		}
	}
	fmt.Printf("filled %d items in %.0f s\n", n, time.Since(began).Seconds())
}

// openSQLite opens a copy of a database of n items, which it fills unless the folder
// of the flags has it.
func openSQLite(b *testing.B, n int) *grown {
	folder := *growthFolder
	if folder == "" {
		folder = b.TempDir()
	}
	filled := filepath.Join(folder, fmt.Sprintf("growth-%d.db", n))
	if _, err := os.Stat(filled); err != nil {
		fillSQLite(b, filled, n)
	}
	path := filepath.Join(b.TempDir(), "postern.db")
	copyFile(b, filled, path)
	db, err := sqlite.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return &grown{DB: db.DB, items: n, size: sizeOf(b, path), start: func(ctx context.Context) error {
		db, err := sqlite.Open(ctx, path)
		if err == nil {
			err = db.Close()
		}
		return err
	}}
}

func fillSQLite(b *testing.B, path string, n int) {
	made := filepath.Join(b.TempDir(), "made.db")
	db, err := sqlite.Open(b.Context(), made)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	pool, err := sql.Open("sqlite", made+"?_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	triggers := triggersOf(b, pool)
	for name := range triggers {
		if _, err := pool.Exec("DROP TRIGGER " + name); err != nil {
			b.Fatal(err)
		}
	}
	last := []string{`INSERT INTO stale_words SELECT number, created_at * 1073741824 + number FROM items WHERE user_id IS NOT NULL AND purge_at IS NULL`}
	for _, trigger := range triggers {
		last = append(last, trigger)
	}
	fill(b, pool, dialectOfSQLite, n, last...)
	if err := pool.Close(); err != nil {
		b.Fatal(err)
	}
	awaitIndex(b, made)
	copyFile(b, made, path)
}

// triggersOf are the triggers of a database, by name.
func triggersOf(b *testing.B, pool *sql.DB) map[string]string {
	rows, err := pool.Query(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	triggers := make(map[string]string)
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			b.Fatal(err)
		}
		triggers[name] = text
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return triggers
}

// awaitIndex waits until all items of a database are indexed, and holds its sums
// against its items.
func awaitIndex(b *testing.B, path string) {
	b.Helper()
	began := time.Now()
	db, err := sqlite.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	for stale := 1; stale > 0; time.Sleep(time.Second) {
		if err := pool.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM stale_words LIMIT 1000) AS some`).Scan(&stale); err != nil {
			b.Fatal(err)
		}
		if stale < 1000 { // which few are left to wait for more
			break
		}
	}
	fmt.Printf("indexed in %.0f s\n", time.Since(began).Seconds())
	checkFilled(b, db.DB.Miscounts)
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// checkFilled holds the sums of a filled database against its items.
func checkFilled(b *testing.B, miscounts func(context.Context) ([]string, error)) {
	b.Helper()
	if lines, err := miscounts(b.Context()); err != nil || len(lines) > 0 {
		b.Fatalf("the sums of the filled database: %v %v", lines, err)
	}
}

// openPostgres opens a copy of a database of n items, which it fills unless the
// server has it.
func openPostgres(b *testing.B, n int) *grown {
	server := grownServer(b)
	name, copied := fmt.Sprintf("growth_%d", n), fmt.Sprintf("growth_%d_copy", n)
	admin := openPool(b, server)
	var there bool
	if err := admin.QueryRow(`SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil {
		b.Fatal(err)
	}
	if !there {
		fillPostgres(b, admin, server, name, n)
	}
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + copied, "CREATE DATABASE " + copied + " TEMPLATE " + name} {
		if _, err := admin.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	open := func(ctx context.Context) (*postgres.DB, error) {
		return postgres.Open(ctx, inDatabase(server, copied), postgres.Options{MaxConnections: 1})
	}
	db, err := open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	g := &grown{DB: db.DB, items: n, start: func(ctx context.Context) error {
		db, err := open(ctx)
		if err == nil {
			err = db.Close()
		}
		return err
	}}
	err = admin.QueryRow(`SELECT pid, pg_database_size(datname) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`, copied).
		Scan(&g.backend, &g.size)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// grownServer is the URL of a database of the server: one of the flags or a new one.
func grownServer(b *testing.B) string {
	if *growthPostgres == "" {
		*growthPostgres = pgtest.Empty(b)
	}
	return *growthPostgres
}

func openPool(b *testing.B, url string) *sql.DB {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(1)
	return pool
}

// inDatabase is the URL of another database of a server.
func inDatabase(url, name string) string {
	before, after, _ := strings.Cut(url, "?")
	return before[:strings.LastIndexByte(before, '/')+1] + name + "?" + after
}

func fillPostgres(b *testing.B, admin *sql.DB, server, name string, n int) {
	making := name + "_making"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + making, "CREATE DATABASE " + making + " ENCODING 'UTF8' TEMPLATE template0"} {
		if _, err := admin.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	db, err := postgres.Open(b.Context(), inDatabase(server, making), postgres.Options{})
	if err != nil {
		b.Fatal(err)
	}
	pool, err := sql.Open("pgx", inDatabase(server, making))
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec(`SET session_replication_role = replica`); err != nil { // no triggers
		b.Fatal(err)
	}
	fill(b, pool, dialectOfPostgres, n,
		`UPDATE items SET status = 'nsfw' WHERE nsfw`,
		`UPDATE albums SET status = 'nsfw' WHERE items_nsfw > 0`,
		`UPDATE item_counts SET status = 'approved' WHERE false`,
		`DELETE FROM item_counts`,
		`INSERT INTO item_counts SELECT user_id, purge_at IS NOT NULL, kind, status, count(*) FROM items WHERE user_id IS NOT NULL GROUP BY 1, 2, 3, 4`,
		`INSERT INTO item_words (item, words)
		SELECT number, lower(title || chr(10) || original_name || chr(10) || (SELECT string_agg(name, chr(10) ORDER BY position) FROM item_tags JOIN tags ON tags.id = tag WHERE item = number)) FROM items`,
		`SELECT setval(pg_get_serial_sequence('items', 'number'), {N})`,
		`SELECT setval(pg_get_serial_sequence('albums', 'id'), (SELECT max(id) FROM albums))`,
		`SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT max(id) FROM users))`,
		`SELECT setval(pg_get_serial_sequence('tags', 'id'), 513)`,
		`VACUUM FULL ANALYZE`, `VACUUM`)
	checkFilled(b, db.DB.Miscounts)
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	// A start makes the terms of the words.
	began := time.Now()
	if db, err = postgres.Open(b.Context(), inDatabase(server, making), postgres.Options{}); err != nil {
		b.Fatal(err)
	}
	for unmade := true; unmade; time.Sleep(time.Second) {
		if err := pool.QueryRow(`SELECT EXISTS (SELECT 1 FROM item_words WHERE terms IS NULL)`).Scan(&unmade); err != nil {
			b.Fatal(err)
		}
	}
	for _, statement := range []string{`VACUUM FULL ANALYZE item_words`, `VACUUM item_words`} {
		if _, err := pool.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	fmt.Printf("indexed in %.0f s\n", time.Since(began).Seconds())
	for _, closer := range []interface{ Close() error }{pool, db} {
		if err := closer.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := admin.Exec("ALTER DATABASE " + making + " RENAME TO " + name); err != nil {
		b.Fatal(err)
	}
}
