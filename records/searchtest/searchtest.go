// Package searchtest holds the searches of a database against scans of all its items.
package searchtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/records"
	"postern/records/txn"
)

// Database is an empty one.
type Database struct {
	*records.DB
	Scan  *records.DB  // the same without the index of words
	Index func() error // lets the index have what has changed; it is called now and then
}

// NoIndex is an index that answers no search, so that whole galleries are read.
type NoIndex struct{ txn.Index }

// Search implements txn.Index.
func (NoIndex) Search(context.Context, txn.Session, txn.IndexQuery, int) ([]int64, bool, error) {
	return nil, false, nil
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Run compares random searches among random changes, in a number of databases.
func Run(t *testing.T, databases int, open func(t *testing.T) Database) {
	found := 0
	for seed := range uint64(databases) {
		w := &searched{t: t, db: open(t), r: rand.New(rand.NewPCG(seed, 1))}
		for i := range 2 {
			u := media.User{Name: fmt.Sprint("user", i), CreatedAt: noon}
			w.must(w.db.InsertUser(t.Context(), &u))
			w.users = append(w.users, u)
		}
		for range 12 {
			for range 40 {
				w.change()
			}
			if w.r.IntN(3) == 0 {
				w.must(w.db.Index())
			}
			for range 40 {
				found += w.compare(w.query())
			}
		}
		w.must(w.db.DeleteUser(t.Context(), w.users[0].ID, time.Time{}))
		for range 40 {
			found += w.compare(w.query())
		}
		if faults, err := w.db.Miscounts(t.Context()); err != nil || len(faults) > 0 {
			t.Errorf("faults: %q, %v", faults, err)
		}
	}
	if found < 150*databases {
		t.Errorf("found %d items in all, too few to compare", found)
	}
}

// photo is the i-th item.
func photo(i int) media.Item {
	name := fmt.Sprintf("%07d", i)
	return media.Item{
		ID: name, Kind: media.KindImage, Width: 4, Height: 3, MD5: "of-" + name, SourceMD5: "sent-" + name, SourceSize: 10,
		Original: media.File{Key: "images/" + name + ".jpg", MIME: "image/jpeg", Size: 10, Width: 4, Height: 3},
	}
}

// searched is a database of a few users with items of random texts.
type searched struct {
	t     *testing.T
	db    Database
	r     *rand.Rand
	users []media.User
	items []media.Item // those that were inserted, whatever has become of them
}

// scraps are what texts and searches are made of: several scripts, letters whose
// small form is longer or of other bytes, signs, and words in words.
var scraps = []string{
	"a", "B", "sea", "Seaside", "IMG", "_", "-", "1", "2026", "07", "東京", "タワー", "鯨", "の", "Élan", "ÉLAN", "é", "İ", "ẞ", "ß", "K", "K", "ſ",
	"🚀", "100%", "%", "'", `"`, "*", "AND", "NEAR(", "u1_", "__image", "ab", "abc", "abcd", "zq", ".jpg", "\xff", "\u00a0", "e\u0301", "ﷺ", "Ω", "\t",
}

func (w *searched) text(most int) string {
	var b strings.Builder
	for range w.r.IntN(most + 1) {
		b.WriteString(scraps[w.r.IntN(len(scraps))])
		if w.r.IntN(3) == 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func (w *searched) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// change inserts an item or changes one in any way that lists or words follow.
func (w *searched) change() {
	ctx := w.t.Context()
	if len(w.items) == 0 || w.r.IntN(3) > 0 {
		it := photo(len(w.items))
		it.UserID = append(w.users, media.User{})[w.r.IntN(len(w.users)+1)].ID
		it.Title, it.OriginalName, it.Tags = w.text(5), w.text(4), nil
		for i := range max(w.r.IntN(6)-2, 0) {
			it.Tags = append(it.Tags, fmt.Sprint(w.text(2), i))
		}
		it.Kind = []media.Kind{media.KindImage, media.KindVideo}[w.r.IntN(2)]
		it.CreatedAt = noon.Add(time.Duration(w.r.IntN(60)-30) * time.Second)
		if w.r.IntN(8) == 0 {
			it.ExpiresAt = noon.Add(time.Duration(w.r.IntN(3)-1) * time.Second)
		}
		w.must(w.db.InsertItem(ctx, &it, media.UploadLimits{}))
		w.items = append(w.items, it)
		return
	}
	it := w.items[w.r.IntN(len(w.items))]
	var err error
	switch w.r.IntN(7) {
	case 0:
		_, err = w.db.MoveToTrash(ctx, it.ID, noon.Add(time.Hour))
	case 1, 2:
		_, err = w.db.Restore(ctx, it.ID, noon)
	case 3:
		if it, err = w.db.BeginDelete(ctx, it.ID); err == nil && w.r.IntN(2) == 0 {
			err = w.db.FinishDelete(ctx, it.Number)
		}
	case 4:
		_, err = w.db.SetModeration(ctx, it.ID, []media.Moderation{media.ModerationPending, media.ModerationApproved, media.ModerationNSFW}[w.r.IntN(3)])
	default:
		if it, err = w.db.Item(ctx, it.ID); err != nil {
			break
		}
		if it.Tags = it.Tags[:w.r.IntN(len(it.Tags)+1)]; w.r.IntN(2) == 0 {
			it.Tags = append(it.Tags, w.text(3))
		}
		if w.r.IntN(2) == 0 {
			it.Title = w.text(5)
		}
		err = w.db.UpdateItem(ctx, it, noon)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		w.must(err)
	}
}

// query is a search for parts of what is there, or for something else.
func (w *searched) query() media.ItemQuery {
	q := media.ItemQuery{UserID: w.users[w.r.IntN(len(w.users))].ID, Filter: media.Everything(noon), Limit: 1 + w.r.IntN(9)}
	for range 1 + w.r.IntN(3) {
		q.Search += w.text(2) + " "
	}
	if it := w.items[w.r.IntN(len(w.items))]; w.r.IntN(2) == 0 {
		letters := []rune(it.Title + " " + strings.Join(append(it.Tags, it.OriginalName), " "))
		from := w.r.IntN(len(letters))
		q.Search = string(letters[from:min(from+1+w.r.IntN(8), len(letters))])
	}
	if w.r.IntN(4) == 0 {
		q.Kind = media.KindVideo
	}
	if w.r.IntN(4) == 0 {
		q.Statuses = q.Statuses[:1+w.r.IntN(2)]
	}
	switch at := (media.Cursor{CreatedAt: noon.Add(time.Duration(w.r.IntN(60)-30) * time.Second), Number: int64(1 + w.r.IntN(len(w.items)))}); w.r.IntN(3) {
	case 0:
		q.After = at
	case 1:
		q.Before = at
	}
	return q
}

// compare holds what the index finds against a scan of all items by has_words.
func (w *searched) compare(q media.ItemQuery) (found int) {
	w.t.Helper()
	got, err := w.db.Items(w.t.Context(), q)
	w.must(err)
	count, err := w.db.CountItems(w.t.Context(), q)
	w.must(err)
	want, err := w.db.Scan.Items(w.t.Context(), q)
	w.must(err)
	wantCount, err := w.db.Scan.CountItems(w.t.Context(), q)
	w.must(err)
	if !reflect.DeepEqual(got, want) || count != wantCount {
		w.t.Errorf("%q of %+v: found %d of %d, want %d of %d", q.Search, q, len(got), count, len(want), wantCount)
	}
	return len(got)
}
