package galleries

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

// scores lets users vote, follow, comment and leave at the same time, and counts
// the rows afterwards.
func scores(t *testing.T, db contract.Records) {
	var users []int64
	for i := range 12 {
		u := media.User{Name: fmt.Sprintf("user%d", i), CreatedAt: contract.Noon}
		if err := db.InsertUser(t.Context(), &u); err != nil {
			t.Fatal(err)
		}
		users = append(users, u.ID)
	}
	post := media.Post{Album: media.Album{Slug: "post", UserID: users[0], CreatedAt: contract.Noon, Visibility: media.Public}}
	if err := db.InsertPost(t.Context(), &post, nil); err != nil {
		t.Fatal(err)
	}
	first := media.Comment{PostID: post.ID, UserID: users[1], Content: "x", CreatedAt: contract.Noon}
	if err := db.InsertComment(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 0))
			for range 60 {
				if err := socialize(t.Context(), db, r, users, post.ID, first.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	liked := media.Post{Album: media.Album{Slug: "liked", UserID: users[0], CreatedAt: contract.Noon, Visibility: media.Public}}
	if err := db.InsertPost(t.Context(), &liked, nil); err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if _, err := db.VotePost(t.Context(), liked.ID, u, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.DeleteUser(t.Context(), users[5], time.Time{}); err != nil {
		t.Fatal(err)
	}
	wantRows(t, db, map[string]string{
		"posts with a wrong score":    ` FROM albums WHERE score <> (SELECT coalesce(sum(value), 0) FROM album_votes WHERE album_id = id)`,
		"comments with a wrong score": ` FROM comments WHERE score <> (SELECT coalesce(sum(value), 0) FROM comment_votes WHERE comment_id = id)`,
	})
	for _, u := range users {
		followers, err := db.Followers(t.Context(), u, 0, 100)
		if err != nil || followers.Total != len(followers.Some) {
			t.Errorf("user %d: got %d followers of %d, %v", u, len(followers.Some), followers.Total, err)
		}
	}
	if got, err := db.PostByID(t.Context(), liked.ID, 0, contract.Noon); err != nil || got.Score != int64(len(users)-1) {
		t.Errorf("got a score of %d, %v, want %d: the votes of those who have stayed", got.Score, err, len(users)-1)
	}
}

// socialize lets a random user do a random thing. What others made impossible
// meanwhile is no error.
func socialize(ctx context.Context, db contract.Records, r *rand.Rand, users []int64, post, comment int64) (err error) {
	user, other, value := users[r.IntN(len(users))], users[r.IntN(len(users))], 1-2*r.IntN(2)
	if r.IntN(3) == 0 {
		value = 1
	}
	switch r.IntN(5) {
	case 0:
		_, err = db.VotePost(ctx, post, user, value)
	case 1:
		_, err = db.VoteComment(ctx, comment, user, value)
	case 2:
		if user != other {
			err = db.Follow(ctx, user, other, contract.Noon)
		}
	case 3:
		err = db.Unfollow(ctx, user, other)
	case 4:
		err = db.InsertComment(ctx, &media.Comment{PostID: post, UserID: user, ParentID: comment, Content: "y", CreatedAt: contract.Noon})
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, media.ErrNameTaken) {
		return nil
	}
	return err
}

// wantRows wants no rows of queries, which begin at their FROM.
func wantRows(t *testing.T, db contract.Records, none map[string]string) {
	t.Helper()
	counter, ok := db.(contract.Counter)
	if !ok {
		t.Fatalf("%T is no Counter", db)
	}
	for what, from := range none {
		if n, err := counter.Count(t.Context(), `SELECT count(*)`+from); err != nil || n != 0 {
			t.Errorf("%s: got %d, %v, want none", what, n, err)
		}
	}
}
