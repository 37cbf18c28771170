// Package items has the clauses about the life of items: uploads, quotas, moderation,
// renditions, deletion and imports.
package items

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

// Clauses are those of this package.
var Clauses = slices.Concat(itemClauses, objectClauses, duplicateClauses, quotaClauses, moderationClauses, reportClauses, renditionClauses, arrivalClauses, claimClauses, deletionClauses, importClauses)

var itemClauses = []contract.Clause{
	{Name: "an item comes back as it was inserted", Run: itemRoundTrip},
	{Name: "an item of which little is known comes back so", Run: bareItem},
	{Name: "what strangers send comes back byte for byte", Run: strangeText},
	{Name: "texts that are none are made texts", Run: notText},
	{Name: "times are kept in whole seconds of UTC", Run: wholeSeconds},
	{Name: "tags stay in the order given and with their own items", Run: tags},
	{Name: "a key is found letter for letter", Run: exactKey},
	{Name: "a key that differs in case alone is taken", Run: keyTaken},
	{Name: "a failed insertion leaves nothing", Run: noTrace},
	{Name: "an ID is taken once, and its case tells it from others", Run: idTaken},
	{Name: "an owner, album or category must be there", Run: foreignKeys},
	{Name: "what is absent is fs.ErrNotExist", Run: absentItem},
	{Name: "every view counts, also at once", Run: views},
	{Name: "other facts of a file are recorded under its key alone", Run: updateFile},
	{Name: "many insert at once and each gets its own result", Run: insertAtOnce},
	{Name: "an item that comes and goes is read whole or not at all", Run: wholeOrNothing},
	{Name: "a call that was cancelled before changes nothing", Run: cancelled},
}

func updateFile(t *testing.T, db contract.Records) {
	items := contract.Insert(t, db, contract.Picture("first01"), contract.Picture("second1"))
	thumb := media.File{Key: items[0].Thumb.Key, MIME: "image/png", Size: 91, Width: 17, Height: 18}
	if err := db.UpdateFile(t.Context(), items[0].Number, media.RoleThumb, thumb); err != nil {
		t.Fatalf("UpdateFile: %v", err)
	}
	items[0].Thumb = thumb
	for _, it := range items {
		contract.WantItem(t, db, it)
	}
	contract.WantMissing(t, "UpdateFile of a role that is not there", db.UpdateFile(t.Context(), items[0].Number, media.RoleFrame, thumb))
	thumb.Key = items[1].Thumb.Key
	contract.WantMissing(t, "UpdateFile under another key", db.UpdateFile(t.Context(), items[0].Number, media.RoleThumb, thumb))
}

func itemRoundTrip(t *testing.T, db contract.Records) {
	owner := contract.InsertUser(t, db, "ann")
	album := contract.InsertAlbum(t, db, "Alb0001", owner)
	category := contract.InsertCategory(t, db, "Nature")
	want := media.Item{
		ID: "aB3dE6g", UserID: owner.ID, AlbumID: album.ID, CategoryID: category.ID,
		Kind: media.KindVideo, Width: 1280, Height: 720,
		Duration: 10*time.Second + 33*time.Millisecond + 7, Animated: true, Is360: true,
		MD5: "0123456789abcdef0123456789abcdef", SourceMD5: "fedcba9876543210fedcba9876543210",
		SourceSize: 1 << 40, OriginalName: "Élan vital.mp4", EXIF: `{"Make":"Canon"}`,
		Title: "A title", Description: "A description", Tags: []string{"sea", "sun", "Sea"},
		NSFW: true, Views: 7, Visibility: media.Private, Lock: "$word",
		CreatedAt: contract.Noon, ExpiresAt: contract.Noon.Add(time.Hour), RequestDigest: "t1", AddressHash: "u1",
		Original: media.File{Key: "images/2026/11/20/video.mp4", MIME: "video/mp4", Size: 1 << 39, Width: 1280, Height: 720},
		Thumb:    media.File{Key: "images/2026/11/20/video.th.jpeg", MIME: "image/jpeg", Size: 4000, Width: 160, Height: 160},
		Medium:   media.File{Key: "images/2026/11/20/video.md.jpeg", MIME: "image/jpeg", Size: 40000, Width: 500, Height: 281},
		Frame:    media.File{Key: "images/2026/11/20/video.fr.jpeg", MIME: "image/jpeg", Size: 90000, Width: 1280, Height: 720},
	}
	contract.Insert(t, db, contract.Picture("before1"))
	if err := db.InsertItem(t.Context(), &want, media.UploadLimits{}); err != nil {
		t.Fatalf("InsertItem: %v", err)
	}
	if want.Number == 0 {
		t.Error("InsertItem set no Number")
	}
	contract.Insert(t, db, contract.Picture("after01"))
	contract.WantItem(t, db, want)
}

func bareItem(t *testing.T, db contract.Records) {
	bare := media.Item{
		ID: "bare001", Kind: media.KindImage, CreatedAt: contract.Noon,
		Original: media.File{Key: "images/bare.jpg"},
	}
	want := contract.Insert(t, db, bare)[0]
	want.Visibility = media.Hidden
	contract.WantItem(t, db, want)
}

func strangeText(t *testing.T, db contract.Records) {
	for i, text := range []string{
		"'); DROP TABLE items; --", `"quoted" \ %00 ?1 :a @b $c`, "\u202egpj.exe", " ", "\r\n", "0", "1e5", "𝄞é",
		strings.Repeat("x\x01é'", 13_000),
	} {
		it := withText(contract.Picture(fmt.Sprintf("odd%04d", i)), text)
		contract.WantItem(t, db, contract.Insert(t, db, it)[0])
	}
}

func notText(t *testing.T, db contract.Records) {
	for i, text := range []struct{ sent, kept string }{
		{"a\x00b", "a\ufffdb"}, {"\x00", "\ufffd"}, {"\xff\xfe\xc0\x80", "\ufffd"}, {"\xed\xa0\x80", "\ufffd"},
		{strings.Repeat("x\x00é'", 13_000), strings.Repeat("x\ufffdé'", 13_000)},
	} {
		it := contract.Insert(t, db, withText(contract.Picture(fmt.Sprintf("odd%04d", i)), text.sent))[0]
		contract.WantItem(t, db, withText(it, text.kept))
	}
	contract.Insert(t, db, contract.Picture("listed1"))
	_, err := db.Item(t.Context(), "listed1\x00")
	contract.WantMissing(t, "Item of an ID with NUL", err)
}

// withText has a text wherever an item has one of an uploader's.
func withText(it media.Item, text string) media.Item {
	it.Title, it.Description, it.OriginalName = text, text, text
	it.EXIF, it.RequestDigest, it.AddressHash = text, text, text
	it.Tags = []string{text, text + "b", "c"}
	it.Original.MIME = text
	return it
}

func wholeSeconds(t *testing.T, db contract.Records) {
	zone := time.FixedZone("east", 3*3600)
	it := contract.Picture("seconds")
	it.CreatedAt = contract.Noon.In(zone).Add(999 * time.Millisecond)
	it.ExpiresAt = contract.Noon.In(zone).Add(time.Hour + time.Nanosecond)
	contract.Insert(t, db, it)
	got, err := db.Item(t.Context(), it.ID)
	if err != nil {
		t.Fatalf("Item: %v", err)
	}
	contract.WantEqual(t, "CreatedAt", got.CreatedAt, contract.Noon)
	contract.WantEqual(t, "ExpiresAt", got.ExpiresAt, contract.Noon.Add(time.Hour))
}

func tags(t *testing.T, db contract.Records) {
	first, second, third := contract.Picture("tagged1"), contract.Picture("tagged2"), contract.Picture("tagged3")
	first.Tags = []string{"c", "a", "b"}
	second.Tags = []string{"b", "B", "c", "b"}
	stored := contract.Insert(t, db, first, second, third)
	contract.FinishDelete(t, db, contract.BeginDelete(t, db, first.ID).Number)
	contract.WantItem(t, db, stored[1])
	contract.WantItem(t, db, stored[2])
	again := contract.Picture("tagged4")
	again.Tags = []string{"a", "b"}
	contract.WantItem(t, db, contract.Insert(t, db, again)[0])
}

func exactKey(t *testing.T, db contract.Records) {
	it := contract.Picture("letters")
	it.Original.Key = "images/Photo.JPG"
	contract.Insert(t, db, it)
	for _, key := range []string{"images/photo.JPG", "images/Photo.jpg", "IMAGES/PHOTO.JPG", "images/Photo", "images/Photo.JPG ", "", "%"} {
		_, _, err := db.ItemAt(t.Context(), key)
		contract.WantMissing(t, "ItemAt "+key, err)
	}
	_, err := db.Item(t.Context(), "LETTERS")
	contract.WantMissing(t, "Item LETTERS", err)
}

func keyTaken(t *testing.T, db contract.Records) {
	held := contract.Insert(t, db, contract.Picture("holder1"))[0]
	for _, key := range []string{held.Original.Key, strings.ToUpper(held.Original.Key), held.Thumb.Key, "images/HOLDER1.th.jpg"} {
		other := contract.Picture("second1")
		other.Original.Key = key
		contract.WantError(t, "original at "+key, db.InsertItem(t.Context(), &other, media.UploadLimits{}), media.ErrKeyTaken)
		other = contract.Picture("second1")
		other.Thumb.Key = key
		contract.WantError(t, "thumb at "+key, db.InsertItem(t.Context(), &other, media.UploadLimits{}), media.ErrKeyTaken)
	}
	twice := contract.Picture("second1")
	twice.Thumb.Key = strings.ToUpper(twice.Original.Key)
	contract.WantError(t, "the same key in two roles", db.InsertItem(t.Context(), &twice, media.UploadLimits{}), media.ErrKeyTaken)
	contract.WantItem(t, db, held)
}

func noTrace(t *testing.T, db contract.Records) {
	held := contract.Insert(t, db, contract.Picture("holder1"))[0]
	failing := contract.Picture("failing")
	failing.Tags = []string{"a"}
	failing.Thumb.Key = held.Thumb.Key
	contract.WantError(t, "InsertItem", db.InsertItem(t.Context(), &failing, media.UploadLimits{}), media.ErrKeyTaken)
	if failing.Number != 0 {
		t.Errorf("Number after a failed insertion: %d, want 0", failing.Number)
	}
	_, err := db.Item(t.Context(), failing.ID)
	contract.WantMissing(t, "Item of a failed insertion", err)
	_, _, err = db.ItemAt(t.Context(), failing.Original.Key)
	contract.WantMissing(t, "ItemAt of a failed insertion", err)
	failing.Thumb.Key = "images/free.jpg"
	contract.WantItem(t, db, contract.Insert(t, db, failing)[0])
}

func idTaken(t *testing.T, db contract.Records) {
	held := contract.Insert(t, db, contract.Picture("SameID1"))[0]
	other := contract.Picture("SameID1")
	other.Original.Key, other.Thumb.Key = "images/o.jpg", "images/o.th.jpg"
	contract.WantError(t, "InsertItem", db.InsertItem(t.Context(), &other, media.UploadLimits{}), media.ErrIDTaken)
	other.ID = "sameid1"
	contract.WantItem(t, db, contract.Insert(t, db, other)[0])
	contract.WantItem(t, db, held)
}

func foreignKeys(t *testing.T, db contract.Records) {
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
		it := contract.Picture("foreign")
		test.point(&it)
		contract.WantMissing(t, "InsertItem with a missing "+test.name, db.InsertItem(t.Context(), &it, media.UploadLimits{}))
		_, err := db.Item(t.Context(), it.ID)
		contract.WantMissing(t, "Item with a missing "+test.name, err)
	}
}

func absentItem(t *testing.T, db contract.Records) {
	_, err := db.Item(t.Context(), "nothing")
	contract.WantMissing(t, "Item", err)
	_, _, err = db.ItemAt(t.Context(), "images/nothing.jpg")
	contract.WantMissing(t, "ItemAt", err)
	_, err = db.BeginDelete(t.Context(), "nothing")
	contract.WantMissing(t, "BeginDelete", err)
	_, err = db.NextExpiry(t.Context())
	contract.WantMissing(t, "NextExpiry", err)
	contract.WantMissing(t, "AddView", db.AddView(t.Context(), 1, 1))
	none, err := db.Duplicates(t.Context(), media.DuplicateQuery{MD5: "nothing"})
	if err != nil || len(none) != 0 {
		t.Errorf("Duplicates: %v, %v, want none", none, err)
	}
}

func views(t *testing.T, db contract.Records) {
	it := contract.Insert(t, db, contract.Picture("viewed1"))[0]
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
	contract.WantItem(t, db, it)
}

func insertAtOnce(t *testing.T, db contract.Records) {
	const goroutines, each = 16, 8
	contested := contract.Insert(t, db, contract.Picture("contest"))[0]
	results := make([][]media.Item, goroutines)
	var inserts sync.WaitGroup
	for g := range goroutines {
		inserts.Go(func() {
			for i := range each {
				it := contract.Picture(fmt.Sprintf("g%di%d", g, i))
				bad := contract.Picture(it.ID + "x")
				bad.Thumb.Key = contested.Original.Key
				contract.WantError(t, "InsertItem of a taken key", db.InsertItem(context.Background(), &bad, media.UploadLimits{}), media.ErrKeyTaken)
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
			contract.WantItem(t, db, it)
			numbers[it.Number] = true
		}
	}
	if len(numbers) != goroutines*each {
		t.Errorf("%d different numbers, want %d", len(numbers), goroutines*each)
	}
}

func wholeOrNothing(t *testing.T, db contract.Records) {
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
				want := contract.Picture(id(current.Load()))
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
		it := contract.Picture(id(i))
		it.Tags = []string{"b", "a"}
		contract.Insert(t, db, it)
		contract.FinishDelete(t, db, contract.BeginDelete(t, db, it.ID).Number)
	}
	close(done)
	readers.Wait()
}

func cancelled(t *testing.T, db contract.Records) {
	kept := contract.Insert(t, db, contract.Picture("kept001"))[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	it := contract.Picture("dropped")
	contract.WantError(t, "InsertItem", db.InsertItem(ctx, &it, media.UploadLimits{}), context.Canceled)
	_, err := db.BeginDelete(ctx, kept.ID)
	contract.WantError(t, "BeginDelete", err, context.Canceled)
	_, err = db.Item(ctx, kept.ID)
	contract.WantError(t, "Item", err, context.Canceled)
	_, err = db.Item(t.Context(), it.ID)
	contract.WantMissing(t, "Item of a cancelled insertion", err)
	contract.WantItem(t, db, kept)
}
