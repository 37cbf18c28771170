package mediatest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
)

var itemClauses = []contract{
	{"an item comes back as it was inserted", itemRoundTrip},
	{"an item of which little is known comes back so", bareItem},
	{"what strangers send comes back byte for byte", strangeText},
	{"texts that are none are made texts", notText},
	{"times are kept in whole seconds of UTC", wholeSeconds},
	{"tags stay in the order given and with their own items", tags},
	{"a key is found letter for letter", exactKey},
	{"a key that differs in case alone is taken", keyTaken},
	{"a failed insertion leaves nothing", noTrace},
	{"an ID is taken once, and its case tells it from others", idTaken},
	{"an owner, album or category must be there", foreignKeys},
	{"what is absent is fs.ErrNotExist", absentItem},
	{"every view counts, also at once", views},
	{"other facts of a file are recorded under its key alone", updateFile},
	{"many insert at once and each gets its own result", insertAtOnce},
	{"an item that comes and goes is read whole or not at all", wholeOrNothing},
	{"a call that was cancelled before changes nothing", cancelled},
}

func updateFile(t *testing.T, db Records) {
	items := insert(t, db, picture("first01"), picture("second1"))
	thumb := media.File{Key: items[0].Thumb.Key, MIME: "image/png", Size: 91, Width: 17, Height: 18}
	if err := db.UpdateFile(t.Context(), items[0].Number, media.RoleThumb, thumb); err != nil {
		t.Fatalf("UpdateFile: %v", err)
	}
	items[0].Thumb = thumb
	for _, it := range items {
		wantItem(t, db, it)
	}
	wantMissing(t, "UpdateFile of a role that is not there", db.UpdateFile(t.Context(), items[0].Number, media.RoleFrame, thumb))
	thumb.Key = items[1].Thumb.Key
	wantMissing(t, "UpdateFile under another key", db.UpdateFile(t.Context(), items[0].Number, media.RoleThumb, thumb))
}

func itemRoundTrip(t *testing.T, db Records) {
	owner := insertUser(t, db, "ann")
	album := insertAlbum(t, db, "Alb0001", owner)
	category := insertCategory(t, db, "Nature")
	want := media.Item{
		ID: "aB3dE6g", UserID: owner.ID, AlbumID: album.ID, CategoryID: category.ID,
		Kind: media.KindVideo, Width: 1280, Height: 720,
		Duration: 10*time.Second + 33*time.Millisecond + 7, Animated: true, Is360: true,
		MD5: "0123456789abcdef0123456789abcdef", SourceMD5: "fedcba9876543210fedcba9876543210",
		SourceSize: 1 << 40, OriginalName: "Élan vital.mp4", EXIF: `{"Make":"Canon"}`,
		Title: "A title", Description: "A description", Tags: []string{"sea", "sun", "Sea"},
		NSFW: true, Views: 7, Visibility: media.Private, Lock: "$word",
		CreatedAt: noon, ExpiresAt: noon.Add(time.Hour), RequestDigest: "t1", AddressHash: "u1",
		Original: media.File{Key: "images/2026/11/20/video.mp4", MIME: "video/mp4", Size: 1 << 39, Width: 1280, Height: 720},
		Thumb:    media.File{Key: "images/2026/11/20/video.th.jpeg", MIME: "image/jpeg", Size: 4000, Width: 160, Height: 160},
		Medium:   media.File{Key: "images/2026/11/20/video.md.jpeg", MIME: "image/jpeg", Size: 40000, Width: 500, Height: 281},
		Frame:    media.File{Key: "images/2026/11/20/video.fr.jpeg", MIME: "image/jpeg", Size: 90000, Width: 1280, Height: 720},
	}
	insert(t, db, picture("before1"))
	if err := db.InsertItem(t.Context(), &want, media.UploadLimits{}); err != nil {
		t.Fatalf("InsertItem: %v", err)
	}
	if want.Number == 0 {
		t.Error("InsertItem set no Number")
	}
	insert(t, db, picture("after01"))
	wantItem(t, db, want)
}

func bareItem(t *testing.T, db Records) {
	bare := media.Item{
		ID: "bare001", Kind: media.KindImage, CreatedAt: noon,
		Original: media.File{Key: "images/bare.jpg"},
	}
	want := insert(t, db, bare)[0]
	want.Visibility = media.Hidden
	wantItem(t, db, want)
}

func strangeText(t *testing.T, db Records) {
	for i, text := range []string{
		"'); DROP TABLE items; --", `"quoted" \ %00 ?1 :a @b $c`, "\u202egpj.exe", " ", "\r\n", "0", "1e5", "𝄞é",
		strings.Repeat("x\x01é'", 13_000),
	} {
		it := withText(picture(fmt.Sprintf("odd%04d", i)), text)
		wantItem(t, db, insert(t, db, it)[0])
	}
}

func notText(t *testing.T, db Records) {
	for i, text := range []struct{ sent, kept string }{
		{"a\x00b", "a\ufffdb"}, {"\x00", "\ufffd"}, {"\xff\xfe\xc0\x80", "\ufffd"}, {"\xed\xa0\x80", "\ufffd"},
		{strings.Repeat("x\x00é'", 13_000), strings.Repeat("x\ufffdé'", 13_000)},
	} {
		it := insert(t, db, withText(picture(fmt.Sprintf("odd%04d", i)), text.sent))[0]
		wantItem(t, db, withText(it, text.kept))
	}
	insert(t, db, picture("listed1"))
	_, err := db.Item(t.Context(), "listed1\x00")
	wantMissing(t, "Item of an ID with NUL", err)
}

// withText has a text wherever an item has one of an uploader's.
func withText(it media.Item, text string) media.Item {
	it.Title, it.Description, it.OriginalName = text, text, text
	it.EXIF, it.RequestDigest, it.AddressHash = text, text, text
	it.Tags = []string{text, text + "b", "c"}
	it.Original.MIME = text
	return it
}

func wholeSeconds(t *testing.T, db Records) {
	zone := time.FixedZone("east", 3*3600)
	it := picture("seconds")
	it.CreatedAt = noon.In(zone).Add(999 * time.Millisecond)
	it.ExpiresAt = noon.In(zone).Add(time.Hour + time.Nanosecond)
	insert(t, db, it)
	got, err := db.Item(t.Context(), it.ID)
	if err != nil {
		t.Fatalf("Item: %v", err)
	}
	wantEqual(t, "CreatedAt", got.CreatedAt, noon)
	wantEqual(t, "ExpiresAt", got.ExpiresAt, noon.Add(time.Hour))
}

func tags(t *testing.T, db Records) {
	first, second, third := picture("tagged1"), picture("tagged2"), picture("tagged3")
	first.Tags = []string{"c", "a", "b"}
	second.Tags = []string{"b", "B", "c", "b"}
	stored := insert(t, db, first, second, third)
	finishDelete(t, db, beginDelete(t, db, first.ID).Number)
	wantItem(t, db, stored[1])
	wantItem(t, db, stored[2])
	again := picture("tagged4")
	again.Tags = []string{"a", "b"}
	wantItem(t, db, insert(t, db, again)[0])
}

func exactKey(t *testing.T, db Records) {
	it := picture("letters")
	it.Original.Key = "images/Photo.JPG"
	insert(t, db, it)
	for _, key := range []string{"images/photo.JPG", "images/Photo.jpg", "IMAGES/PHOTO.JPG", "images/Photo", "images/Photo.JPG ", "", "%"} {
		_, err := db.ItemAt(t.Context(), key)
		wantMissing(t, "ItemAt "+key, err)
	}
	_, err := db.Item(t.Context(), "LETTERS")
	wantMissing(t, "Item LETTERS", err)
}

func keyTaken(t *testing.T, db Records) {
	held := insert(t, db, picture("holder1"))[0]
	for _, key := range []string{held.Original.Key, strings.ToUpper(held.Original.Key), held.Thumb.Key, "images/HOLDER1.th.jpg"} {
		other := picture("second1")
		other.Original.Key = key
		wantError(t, "original at "+key, db.InsertItem(t.Context(), &other, media.UploadLimits{}), media.ErrKeyTaken)
		other = picture("second1")
		other.Thumb.Key = key
		wantError(t, "thumb at "+key, db.InsertItem(t.Context(), &other, media.UploadLimits{}), media.ErrKeyTaken)
	}
	twice := picture("second1")
	twice.Thumb.Key = strings.ToUpper(twice.Original.Key)
	wantError(t, "the same key in two roles", db.InsertItem(t.Context(), &twice, media.UploadLimits{}), media.ErrKeyTaken)
	wantItem(t, db, held)
}

func noTrace(t *testing.T, db Records) {
	held := insert(t, db, picture("holder1"))[0]
	failing := picture("failing")
	failing.Tags = []string{"a"}
	failing.Thumb.Key = held.Thumb.Key
	wantError(t, "InsertItem", db.InsertItem(t.Context(), &failing, media.UploadLimits{}), media.ErrKeyTaken)
	if failing.Number != 0 {
		t.Errorf("Number after a failed insertion: %d, want 0", failing.Number)
	}
	_, err := db.Item(t.Context(), failing.ID)
	wantMissing(t, "Item of a failed insertion", err)
	_, err = db.ItemAt(t.Context(), failing.Original.Key)
	wantMissing(t, "ItemAt of a failed insertion", err)
	failing.Thumb.Key = "images/free.jpg"
	wantItem(t, db, insert(t, db, failing)[0])
}

func idTaken(t *testing.T, db Records) {
	held := insert(t, db, picture("SameID1"))[0]
	other := picture("SameID1")
	other.Original.Key, other.Thumb.Key = "images/o.jpg", "images/o.th.jpg"
	wantError(t, "InsertItem", db.InsertItem(t.Context(), &other, media.UploadLimits{}), media.ErrIDTaken)
	other.ID = "sameid1"
	wantItem(t, db, insert(t, db, other)[0])
	wantItem(t, db, held)
}

func foreignKeys(t *testing.T, db Records) {
	const nobody = 1 << 40
	tests := []struct {
		name  string
		point func(*media.Item)
	}{
		{"user", func(it *media.Item) { it.UserID = nobody }},
		{"album", func(it *media.Item) { it.AlbumID = nobody }},
		{"category", func(it *media.Item) { it.CategoryID = nobody }},
		{"category below zero", func(it *media.Item) { it.CategoryID = -1 }},
	}
	for _, test := range tests {
		it := picture("foreign")
		test.point(&it)
		wantMissing(t, "InsertItem with a missing "+test.name, db.InsertItem(t.Context(), &it, media.UploadLimits{}))
		_, err := db.Item(t.Context(), it.ID)
		wantMissing(t, "Item with a missing "+test.name, err)
	}
}

func absentItem(t *testing.T, db Records) {
	_, err := db.Item(t.Context(), "nothing")
	wantMissing(t, "Item", err)
	_, err = db.ItemAt(t.Context(), "images/nothing.jpg")
	wantMissing(t, "ItemAt", err)
	_, err = db.BeginDelete(t.Context(), "nothing")
	wantMissing(t, "BeginDelete", err)
	_, err = db.NextExpiry(t.Context())
	wantMissing(t, "NextExpiry", err)
	wantMissing(t, "AddView", db.AddView(t.Context(), 1, 1))
	none, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: "nothing"})
	if err != nil || len(none) != 0 {
		t.Errorf("Duplicates: %v, %v, want none", none, err)
	}
}

func views(t *testing.T, db Records) {
	it := insert(t, db, picture("viewed1"))[0]
	var visits sync.WaitGroup
	for range 50 {
		visits.Go(func() {
			if err := db.AddView(context.Background(), it.Number, 1); err != nil {
				t.Errorf("AddView: %v", err)
			}
		})
	}
	visits.Wait()
	it.Views = 50
	wantItem(t, db, it)
}

func insertAtOnce(t *testing.T, db Records) {
	const goroutines, each = 16, 8
	contested := insert(t, db, picture("contest"))[0]
	results := make([][]media.Item, goroutines)
	var inserts sync.WaitGroup
	for g := range goroutines {
		inserts.Go(func() {
			for i := range each {
				it := picture(fmt.Sprintf("g%di%d", g, i))
				bad := picture(it.ID + "x")
				bad.Thumb.Key = contested.Original.Key
				wantError(t, "InsertItem of a taken key", db.InsertItem(context.Background(), &bad, media.UploadLimits{}), media.ErrKeyTaken)
				if err := db.InsertItem(context.Background(), &it, media.UploadLimits{}); err != nil {
					t.Errorf("InsertItem: %v", err)
				}
				results[g] = append(results[g], it)
			}
		})
	}
	inserts.Wait()
	numbers := map[int64]bool{}
	for _, result := range results {
		for _, it := range result {
			wantItem(t, db, it)
			numbers[it.Number] = true
		}
	}
	if len(numbers) != goroutines*each {
		t.Errorf("%d different numbers, want %d", len(numbers), goroutines*each)
	}
}

func wholeOrNothing(t *testing.T, db Records) {
	var current atomic.Int64
	id := func(i int64) string { return fmt.Sprintf("come%03d", i) }
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				want := picture(id(current.Load()))
				got, err := db.Item(context.Background(), want.ID)
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil || got.Original != want.Original || got.Thumb != want.Thumb || len(got.Tags) != 2 {
					t.Errorf("Item: %+v, %v, want it whole", got, err)
					return
				}
			}
		})
	}
	for i := range int64(100) {
		current.Store(i)
		it := picture(id(i))
		it.Tags = []string{"b", "a"}
		insert(t, db, it)
		finishDelete(t, db, beginDelete(t, db, it.ID).Number)
	}
	close(done)
	readers.Wait()
}

func cancelled(t *testing.T, db Records) {
	kept := insert(t, db, picture("kept001"))[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	it := picture("dropped")
	wantError(t, "InsertItem", db.InsertItem(ctx, &it, media.UploadLimits{}), context.Canceled)
	_, err := db.BeginDelete(ctx, kept.ID)
	wantError(t, "BeginDelete", err, context.Canceled)
	_, err = db.Item(ctx, kept.ID)
	wantError(t, "Item", err, context.Canceled)
	_, err = db.Item(t.Context(), it.ID)
	wantMissing(t, "Item of a cancelled insertion", err)
	wantItem(t, db, kept)
}
