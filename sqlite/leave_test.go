package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"postern/media"
	"postern/media/auth"
	"postern/sqlite/sqlitetest"
)

// thread makes two users, a post of the first, and comments of both in turn,
// each of which answers the one before, as databases of old may hold them.
func thread(t *testing.T, db *DB, comments int) (owner, other media.User, post media.Post) {
	t.Helper()
	owner, other = media.User{Name: "owner", CreatedAt: noon}, media.User{Name: "other", CreatedAt: noon}
	for _, u := range []*media.User{&owner, &other} {
		if err := db.InsertUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	post = media.Post{Album: media.Album{Slug: "post", UserID: owner.ID, CreatedAt: noon, Visibility: media.Public}}
	if err := db.InsertPost(t.Context(), &post, nil); err != nil {
		t.Fatal(err)
	}
	_, err := db.writer.conn.exec(t.Context(), `
		WITH RECURSIVE seq(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM seq WHERE i < ?1)
		INSERT INTO comments (id, album_id, user_id, parent_id, content, created_at)
		SELECT i, ?2, iif(i % 2, ?3, ?4), nullif(i - 1, 0), 'x', 0 FROM seq ORDER BY i`, comments, post.ID, other.ID, owner.ID)
	if err != nil {
		t.Fatal(err)
	}
	return owner, other, post
}

func TestDeletionReachesAnyDepth(t *testing.T) {
	const deep = 3001
	for name, test := range map[string]struct {
		left    int
		deletes func(ctx context.Context, db *DB, owner, other media.User, post media.Post) error
	}{
		"a comment": {0, func(ctx context.Context, db *DB, _, _ media.User, _ media.Post) error {
			return db.DeleteComment(ctx, 1)
		}},
		"an answer": {6, func(ctx context.Context, db *DB, _, _ media.User, _ media.Post) error {
			return db.DeleteComment(ctx, 7)
		}},
		"the post": {0, func(ctx context.Context, db *DB, _, _ media.User, p media.Post) error {
			return db.DeleteAlbum(ctx, p.ID)
		}},
		"its user": {0, func(ctx context.Context, db *DB, u, _ media.User, _ media.Post) error {
			return db.DeleteUser(ctx, u.ID, time.Time{})
		}},
		"who began it": {0, func(ctx context.Context, db *DB, _, u media.User, _ media.Post) error {
			return db.DeleteUser(ctx, u.ID, time.Time{})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			db := openTest(t)
			owner, other, post := thread(t, db, deep)
			if err := test.deletes(t.Context(), db, owner, other, post); err != nil {
				t.Fatal(err)
			}
			if got := value(t, db.conns[0], "SELECT count(*) FROM comments"); got != int64(test.left) {
				t.Errorf("%v comments are left, want %d", got, test.left)
			}
		})
	}
}

func TestAnswersAreNoDeeperThanTheBound(t *testing.T) {
	db := openTest(t)
	_, other, post := thread(t, db, media.MaxCommentDepth+3)
	for _, answer := range []struct{ to, below int64 }{
		{0, 0}, {1, 1}, {media.MaxCommentDepth, media.MaxCommentDepth},
		{media.MaxCommentDepth + 1, media.MaxCommentDepth}, {media.MaxCommentDepth + 3, media.MaxCommentDepth + 2},
	} {
		t.Run(fmt.Sprint(answer.to), func(t *testing.T) {
			c := media.Comment{PostID: post.ID, UserID: other.ID, ParentID: answer.to, Content: "y", CreatedAt: noon}
			if err := db.InsertComment(t.Context(), &c); err != nil || c.ParentID != answer.below {
				t.Errorf("an answer to %d: below %d, %v, want below %d", answer.to, c.ParentID, err, answer.below)
			}
			got, err := db.Comment(t.Context(), c.ID, 0)
			if err != nil || got.ParentID != answer.below {
				t.Errorf("an answer to %d: kept below %d, %v, want below %d", answer.to, got.ParentID, err, answer.below)
			}
		})
	}
}

func TestHoldings(t *testing.T) {
	db := openTest(t)
	owner, _, _ := thread(t, db, 5)
	for i := range int64(3) {
		it := photo(i)
		it.UserID = owner.ID
		if err := db.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.MoveToTrash(t.Context(), photo(1).ID, noon); err != nil {
		t.Fatal(err)
	}
	key := media.APIKey{UserID: owner.ID, Digest: auth.KeyDigest("a"), CreatedAt: noon}
	if err := db.InsertKey(t.Context(), &key); err != nil {
		t.Fatal(err)
	}
	want := media.Holdings{Items: 3, Bytes: 3 * 4_048_000, Trashed: 1, Albums: 1, Comments: 2, Keys: 1}
	if got, err := db.Holdings(t.Context(), owner.ID); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := db.Holdings(t.Context(), 99); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a user who is not there: %v", err)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	db := openTest(t)
	var admins []media.User
	for _, name := range []string{"ann", "bob"} {
		u := media.User{Name: name, Admin: true, CreatedAt: noon}
		if err := db.InsertUser(t.Context(), &u); err != nil {
			t.Fatal(err)
		}
		admins = append(admins, u)
	}
	thread(t, db, 1)
	if err := db.DeleteUser(t.Context(), admins[0].ID, noon); err != nil {
		t.Fatal(err)
	}
	if h, err := db.Holdings(t.Context(), admins[1].ID); err != nil || !h.LastAdmin {
		t.Errorf("got %+v, %v, want the last admin", h, err)
	}
	if err := db.DeleteUser(t.Context(), admins[1].ID, noon); !errors.Is(err, media.ErrLastAdmin) {
		t.Errorf("got %v, want %v", err, media.ErrLastAdmin)
	}
	if u, err := db.User(t.Context(), admins[1].ID); err != nil || !u.Admin {
		t.Errorf("got %+v, %v, want the admin as before", u, err)
	}
	if err := db.DeleteUser(t.Context(), 99, noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a user who is not there: %v", err)
	}
}

// belongings gives a user many items, every second one in a public post.
func belongings(t *testing.T, db *DB, user, post int64, items int) {
	t.Helper()
	fill(t, db, items, 1)
	// Items change their users only while they are not listed.
	for _, statement := range []string{
		`UPDATE items SET purge_at = 1, expires_at = NULL WHERE ?1 AND ?2`,
		`UPDATE items SET user_id = ?1 WHERE ?2`,
		`UPDATE items SET purge_at = NULL, album_id = iif(number % 2, ?2, NULL) WHERE ?1`,
	} {
		if _, err := db.writer.conn.exec(t.Context(), statement, user, post); err != nil {
			t.Fatal(err)
		}
	}
}

func TestItemsOfDeletedUsersAreInTheBin(t *testing.T) {
	const items = 3 * 500 / 2
	db := openTest(t)
	owner, other, post := thread(t, db, 5)
	belongings(t, db, owner.ID, post.ID, items)
	early := noon.Add(time.Minute)
	if _, err := db.MoveToTrash(t.Context(), "0000007", early); err != nil {
		t.Fatal(err)
	}
	until := noon.Add(time.Hour)
	if err := db.DeleteUser(t.Context(), owner.ID, until); err != nil {
		t.Fatal(err)
	}
	for id, end := range map[string]time.Time{"0000001": until, "0000007": early, "0000750": until} {
		it, err := db.Trashed(t.Context(), id)
		if err != nil || it.UserID != 0 || it.AlbumID != 0 || !it.PurgeAt.Equal(end) {
			t.Errorf("item %s: %+v, %v, want it nobody's until %v", id, it, err, end)
		}
	}
	if list, err := db.ListItems(t.Context(), media.ListQuery{Now: noon, Limit: 10}); err != nil || list.Total != 0 {
		t.Errorf("%d items are listed, %v, want none", list.Total, err)
	}
	if got := value(t, db.conns[0], "SELECT count(*) FROM tallies"); got != int64(0) {
		t.Errorf("%v tallies are left, want none", got)
	}
	if _, err := db.User(t.Context(), other.ID); err != nil {
		t.Errorf("another user: %v", err)
	}
}

// A long deletion lets others write in between, in this process and in others:
// they see it half done.
func TestLongDeletionsGoInBatches(t *testing.T) {
	for name, deletes := range map[string]func(ctx context.Context, db *DB, user, post int64) error{
		"a user": func(ctx context.Context, db *DB, user, _ int64) error { return db.DeleteUser(ctx, user, noon) },
		"a post": func(ctx context.Context, db *DB, _, post int64) error { return db.DeleteAlbum(ctx, post) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "postern.db")
			sqlitetest.Copy(t, path, Open)
			command, server := openAt(t, path), openAt(t, path)
			const items = 10 * 500
			owner, _, post := thread(t, command, 1)
			belongings(t, command, owner.ID, post.ID, items)

			done := make(chan error, 1)
			go func() { done <- deletes(context.Background(), command, owner.ID, post.ID) }()
			halfway := 0
			for i := int64(items); ; i++ {
				select {
				case err := <-done:
					if err != nil {
						t.Fatal(err)
					}
					if halfway == 0 {
						t.Error("nobody could write before it was over")
					}
					return
				default:
				}
				it := photo(i + 1)
				it.Original.Key = fmt.Sprintf("images/%d", i)
				if err := server.InsertItem(t.Context(), &it, media.UploadLimits{}); err != nil {
					t.Fatal(err)
				}
				left := value(t, server.conns[1], "SELECT count(*) FROM items WHERE album_id = ?", post.ID).(int64)
				if left > 0 && left < items/2 {
					halfway++
				}
			}
		})
	}
}
