package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/postgres/pgtest"
	"postern/records/txn"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// gateways are two handles on one database, as two processes have them.
func gateways(t *testing.T) [2]*DB {
	url := pgtest.URL(t, openPlain)
	return [2]*DB{openAt(t, url), openAt(t, url)}
}

func picture(id string, user int64) media.Item {
	return media.Item{
		ID: id, UserID: user, Kind: media.KindImage, Width: 4, Height: 3, MD5: "of-" + id, SourceMD5: "sent-" + id, SourceSize: 10,
		CreatedAt: noon, Original: media.File{Key: "images/" + id + ".jpg", MIME: "image/jpeg", Size: 100},
	}
}

func addUser(t *testing.T, db *DB, u media.User) media.User {
	t.Helper()
	u.CreatedAt = noon
	if err := db.InsertUser(t.Context(), &u); err != nil {
		t.Fatal(err)
	}
	return u
}

// atOnce runs f at both gateways, n times in all, and returns how often it succeeded.
// Other errors than the one that is expected fail the test.
func atOnce(t *testing.T, dbs [2]*DB, n int, expected error, f func(db *DB, i int) error) (succeeded int) {
	t.Helper()
	var wg sync.WaitGroup
	results := make([]error, n)
	for i := range n {
		wg.Go(func() { results[i] = f(dbs[i%2], i) })
	}
	wg.Wait()
	for i, err := range results {
		switch {
		case err == nil:
			succeeded++
		case !errors.Is(err, expected) && !isA(err, expected):
			t.Errorf("%d: %v", i, err)
		}
	}
	return succeeded
}

// isA reports whether an error is of the type of another.
func isA(err, kind error) bool {
	var quota *media.QuotaError
	var twin *media.TwinError
	return errors.As(kind, &quota) && errors.As(err, &quota) || errors.As(kind, &twin) && errors.As(err, &twin)
}

func TestQuotasAreExactOverGateways(t *testing.T) {
	dbs := gateways(t)
	u := addUser(t, dbs[0], media.User{Name: "ann"})
	for name, limits := range map[string]media.UploadLimits{
		"items": {Quota: media.Quota{Items: 7}},
		"daily": {Quota: media.Quota{Daily: 9}, CountedAt: noon},
	} {
		got := atOnce(t, dbs, 40, &media.QuotaError{}, func(db *DB, i int) error {
			it := picture(fmt.Sprint(name, i), u.ID)
			return db.InsertItem(t.Context(), &it, limits)
		})
		if want := max(limits.Quota.Items, limits.Quota.Daily); int64(got) != int64(want) {
			t.Errorf("%s: %d uploads got in, want %d", name, got, want)
		}
		// The next one begins with none.
		if _, err := dbs[0].pool.Exec(`UPDATE items SET state = 'deleting', user_id = NULL`); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTwinsAreExactOverGateways(t *testing.T) {
	dbs := gateways(t)
	u := addUser(t, dbs[0], media.User{Name: "ann"})
	got := atOnce(t, dbs, 40, &media.TwinError{}, func(db *DB, i int) error {
		it := picture(fmt.Sprint("item", i), u.ID)
		it.MD5 = fmt.Sprint("bytes", i%8)
		return db.InsertItem(t.Context(), &it, media.UploadLimits{Twins: media.DuplicateQuery{MD5: it.MD5, UserID: u.ID}})
	})
	if got != 8 {
		t.Errorf("%d items of 8 pictures", got)
	}
}

func TestNamesAreTakenOnceOverGateways(t *testing.T) {
	dbs := gateways(t)
	got := atOnce(t, dbs, 20, media.ErrKeyTaken, func(db *DB, i int) error {
		it := picture(fmt.Sprint("item", i), 0)
		it.Original.Key = "images/same.jpg"
		return db.InsertItem(t.Context(), &it, media.UploadLimits{})
	})
	if got != 1 {
		t.Errorf("%d items have the same key", got)
	}
}

func TestAnAdminStaysOverGateways(t *testing.T) {
	dbs := gateways(t)
	var admins []int64
	for i := range 6 {
		admins = append(admins, addUser(t, dbs[0], media.User{Name: fmt.Sprint("admin", i), Admin: true}).ID)
	}
	got := atOnce(t, dbs, len(admins), media.ErrLastAdmin, func(db *DB, i int) error { return db.DeleteUser(t.Context(), admins[i], noon) })
	if got != len(admins)-1 {
		t.Errorf("%d of %d admins went", got, len(admins))
	}
}

func TestAnItemExpiresOnceOverGateways(t *testing.T) {
	dbs := gateways(t)
	const n = 60
	for i := range n {
		it := picture(fmt.Sprint("item", i), 0)
		it.ExpiresAt = noon
		if err := dbs[0].InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	times := make(map[string]int)
	atOnce(t, dbs, 12, nil, func(db *DB, _ int) error {
		items, err := db.BeginExpire(t.Context(), noon, 10, nil)
		mu.Lock()
		defer mu.Unlock()
		for _, it := range items {
			times[it.ID]++
		}
		return err
	})
	for id, n := range times {
		if n != 1 {
			t.Errorf("item %s was claimed %d times", id, n)
		}
	}
	if left, err := dbs[1].BeginExpire(t.Context(), noon, n, nil); err != nil || len(left)+len(times) != n {
		t.Errorf("%d claimed and %d left of %d, %v", len(times), len(left), n, err)
	}
}

// TestSumsAreRightOverGateways does many things at once that share tags, albums and
// users, and so lock the same rows in every order.
func TestSumsAreRightOverGateways(t *testing.T) {
	dbs := gateways(t)
	var users []media.User
	var posts []media.Post
	for i := range 3 {
		u := addUser(t, dbs[0], media.User{Name: fmt.Sprint("user", i)})
		p := media.Post{Album: media.Album{Slug: u.Name, UserID: u.ID, CreatedAt: noon, Visibility: media.Public}, Tags: []string{"sea"}}
		if err := dbs[0].InsertPost(t.Context(), &p, nil); err != nil {
			t.Fatal(err)
		}
		users, posts = append(users, u), append(posts, p)
	}
	atOnce(t, dbs, 10, nil, func(db *DB, worker int) error {
		r := rand.New(rand.NewPCG(uint64(worker), 1))
		var mine []media.Item
		for step := range 40 {
			ctx, n := t.Context(), r.IntN(3)
			var err error
			switch {
			case len(mine) == 0 || r.IntN(2) == 0:
				it := picture(fmt.Sprintf("w%d-%d", worker, step), users[n].ID)
				it.AlbumID = []int64{0, posts[n].ID}[r.IntN(2)]
				for _, i := range r.Perm(4)[:r.IntN(4)] {
					it.Tags = append(it.Tags, []string{"sea", "sun", "rare", "cat"}[i])
				}
				it.CreatedAt = noon.Add(time.Duration(r.IntN(3)-1) * 24 * time.Hour)
				err = db.InsertItem(ctx, &it, media.UploadLimits{})
				mine = append(mine, it)
			case r.IntN(3) == 0:
				it := mine[len(mine)-1]
				mine = mine[:len(mine)-1]
				if _, err = db.BeginDelete(ctx, it.ID); err == nil {
					err = db.FinishDelete(ctx, it.Number)
				}
			case r.IntN(3) == 0:
				visibility := []media.Visibility{media.Public, media.Hidden}[r.IntN(2)]
				err = db.UpdatePost(ctx, posts[n].ID, media.PostChange{Visibility: &visibility})
			default:
				it := mine[r.IntN(len(mine))]
				_, err = db.SetModeration(ctx, it.ID, []media.Moderation{media.ModerationApproved, media.ModerationPending, media.ModerationNSFW}[n])
			}
			if err != nil {
				return fmt.Errorf("step %d: %w", step, err)
			}
		}
		return nil
	})
	if lines, err := dbs[0].Miscounts(t.Context()); err != nil || len(lines) > 0 {
		t.Errorf("miscounts: %q, %v", lines, err)
	}
	if err := dbs[1].foldTallies(t.Context()); err != nil {
		t.Fatal(err)
	}
	for what, query := range map[string]string{
		"wrong tallies": `SELECT count(*) FROM (SELECT day, sum(approved) AS approved, sum(nsfw) AS adult FROM tallies
			WHERE what = 0 AND "user" = 0 AND tag = 0 GROUP BY day) AS t
			FULL JOIN (SELECT created_at / 86400 AS day, count(*) FILTER (WHERE listed = 1) AS approved, count(*) FILTER (WHERE listed = 2) AS adult
				FROM items WHERE listed > 0 GROUP BY 1) AS i USING (day)
			WHERE (coalesce(t.approved, 0), coalesce(t.adult, 0)) <> (coalesce(i.approved, 0), coalesce(i.adult, 0))`,
		"wrong posts": `SELECT count(*) FROM albums WHERE items <> (SELECT count(*) FROM items WHERE album_id = albums.id AND state = 'live' AND purge_at IS NULL)`,
		"items that are listed beside a post that is not public": `SELECT count(*) FROM items JOIN albums ON albums.id = album_id
			WHERE items.listed > 0 AND albums.visibility <> 'public'`,
		"parts that are left":     `SELECT count(*) FROM tallies WHERE part > 0 AND day < extract(epoch FROM now())::bigint / 86400 - 1`,
		"tags that nothing bears": `SELECT count(*) FROM tags WHERE id NOT IN (SELECT tag FROM item_tags UNION SELECT tag FROM album_tags)`,
	} {
		if n, err := (counted{dbs[0]}).Count(t.Context(), query); err != nil || n != 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}

// What runs in the background does not keep a database from being closed that was just
// opened.
func TestADatabaseIsClosedWhileItIsOpenedStill(t *testing.T) {
	url := pgtest.URL(t, openPlain)
	for range 20 {
		db, err := openPlain(t.Context(), url)
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestManyOpenAnEmptyDatabaseAtOnce(t *testing.T) {
	url := pgtest.Empty(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			db, err := openPlain(context.Background(), url)
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestANewerSchemaIsRefused(t *testing.T) {
	url := pgtest.Empty(t)
	db := openAt(t, url)
	if _, err := db.pool.Exec(`UPDATE meta SET value = '99' WHERE name = 'schema'`); err != nil {
		t.Fatal(err)
	}
	if err := db.NoteVersion(t.Context(), "7.8.9"); err != nil {
		t.Fatal(err)
	}
	if _, err := openPlain(t.Context(), url); !errors.Is(err, txn.ErrNewer) {
		t.Errorf("got %v, want %v", err, txn.ErrNewer)
	}
	// Which version it needs can be told all the same.
	if last, err := NotedVersion(t.Context(), url); err != nil || last != "7.8.9" {
		t.Errorf("noted: %q, %v", last, err)
	}
	if last, err := NotedVersion(t.Context(), pgtest.Empty(t)); err != nil || last != "" {
		t.Errorf("noted in an empty database: %q, %v", last, err)
	}
}

func TestAClosedDatabaseFails(t *testing.T) {
	db := openTest(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Item(t.Context(), "a"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Item: %v", err)
	}
	it := picture("a", 0)
	if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("InsertItem: %v", err)
	}
}

func TestErrorsHaveNoPassword(t *testing.T) {
	for _, url := range []string{"postgres://ann:hush@[::1/x", "postgres://ann:hush@127.0.0.1:1/none?connect_timeout=1"} {
		if _, err := openPlain(t.Context(), url); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestASetUpThatLosesWritesIsRefused(t *testing.T) {
	if err := openTest(t).CheckDurable(t.Context()); err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("the server of tests has fsync = off: %v", err)
	}
}

func TestTheClockIsTheServers(t *testing.T) {
	db := openTest(t)
	var before, after time.Time
	now := func(to *time.Time) {
		if err := db.pool.QueryRow(`SELECT clock_timestamp()`).Scan(to); err != nil {
			t.Fatal(err)
		}
	}
	now(&before)
	got := db.Now()
	now(&after)
	const unknown = time.Minute // half a round trip, on however slow a machine
	if got.Before(before.Add(-unknown)) || got.After(after.Add(unknown)) {
		t.Errorf("got %v, want between %v and %v", got, before, after)
	}
	if err := db.CheckClock(); err != nil {
		t.Error(err)
	}
	db.stop() // or else the clock is read again
	db.done.Wait()
	for _, test := range []struct {
		read reading
		want string
	}{
		{reading{time.Now(), time.Now().Add(10 * time.Minute)}, "-10m0s off that of the database"},
		{reading{time.Now(), time.Now().Add(-10 * time.Minute)}, "10m0s off that of the database"},
		{reading{time.Now().Add(-3 * time.Minute), time.Now().Add(-3 * time.Minute)}, "has not been known"},
	} {
		db.clock.reading.Store(&test.read)
		if err := db.CheckClock(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestAHoldOfDeletionsCountsForAllGatewaysUntilItsEnd(t *testing.T) {
	dbs, ctx := gateways(t), t.Context()
	steps := []struct {
		name string
		do   func() error
		held bool
	}{
		{"nobody", func() error { return nil }, false},
		{"a holder", func() error { return dbs[0].HoldDeletions(ctx, "one", time.Hour) }, true},
		{"another, whose hold is over", func() error { return dbs[0].HoldDeletions(ctx, "killed", -time.Second) }, true},
		{"the first has ended", func() error { return dbs[1].ReleaseDeletions(ctx, "one") }, false},
		{"the other is renewed", func() error { return dbs[1].HoldDeletions(ctx, "killed", time.Hour) }, true},
		{"and is over", func() error { return dbs[1].HoldDeletions(ctx, "killed", -time.Second) }, false},
		{"a later one", func() error { return dbs[0].HoldDeletions(ctx, "two", time.Hour) }, true},
		{"which has ended", func() error { return dbs[0].ReleaseDeletions(ctx, "two") }, false},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			for _, db := range dbs {
				if held, err := db.DeletionsHeld(ctx); err != nil || held != step.held {
					t.Errorf("%s: %t, %v, want %t", step.name, held, err, step.held)
				}
			}
		})
	}
	var left int
	if err := dbs[0].pool.QueryRowContext(ctx, `SELECT count(*) FROM meta WHERE name LIKE 'hold %'`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d holds are left, %v", left, err)
	}
}

func TestATimeIsNotedForAllGateways(t *testing.T) {
	url := pgtest.Empty(t)
	if at, err := NotedTime(t.Context(), url, "last-backup"); err != nil || !at.IsZero() {
		t.Errorf("in an empty database: %v, %v", at, err)
	}
	db := openAt(t, url)
	for _, want := range []time.Time{{}, noon, noon.Add(time.Hour)} {
		if !want.IsZero() {
			if err := db.NoteTime(t.Context(), "last-backup", want); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.NotedTime(t.Context(), "last-backup")
		seen, errToo := NotedTime(t.Context(), url, "last-backup")
		if err != nil || errToo != nil || !got.Equal(want) || !seen.Equal(want) {
			t.Errorf("%v %v, %v %v, want %v", got, err, seen, errToo, want)
		}
	}
}
