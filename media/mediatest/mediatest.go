// Package mediatest holds the contracts of a database in package media as tests that
// every implementation runs.
package mediatest

import (
	"context"
	"errors"
	"io/fs"
	"reflect"
	"testing"
	"time"

	"postern/media"
)

// Records is a database under test.
type Records interface {
	media.ItemRecords
	media.Accounts
	media.Bans
	media.Sessions
	media.Imports
	media.KeyHashes
	media.Credentials
	media.CommunityRecords
	media.RenditionRecords
	media.ModerationRecords
	media.AuditRecords
	media.Oversight
	media.AddressBans
	media.ReportRecords
	media.WebhookRecords

	EachItem(ctx context.Context, visit func(it media.Item, deleting bool) error) error
	Faults(ctx context.Context) ([]string, error)
	Miscounts(ctx context.Context) ([]string, error)
	Recount(ctx context.Context) error
}

// Counter is a database whose tables a test may look into.
type Counter interface {
	// Count runs a query of one number.
	Count(ctx context.Context, query string) (int, error)
}

// wantRows wants no rows of queries, which begin at their FROM.
func wantRows(t *testing.T, db Records, none map[string]string) {
	t.Helper()
	counter, ok := db.(Counter)
	if !ok {
		t.Fatalf("%T is no Counter", db)
	}
	for what, from := range none {
		if n, err := counter.Count(t.Context(), `SELECT count(*)`+from); err != nil || n != 0 {
			t.Errorf("%s: got %d, %v, want none", what, n, err)
		}
	}
}

type contract struct {
	name string
	run  func(t *testing.T, db Records)
}

// Run checks a database against the contract. open returns a fresh, empty one,
// which is closed when its test ends.
func Run(t *testing.T, open func(t *testing.T) Records) {
	for _, clauses := range [][]contract{itemClauses, duplicateClauses, deletionClauses, listClauses, selectionClauses, trashClauses, accountClauses, importClauses, sessionClauses, credentialClauses, quotaClauses,
		worldClauses, communityClauses, moderationClauses, renditionClauses, arrivalClauses, auditClauses, oversightClauses, reportClauses} {
		for _, clause := range clauses {
			t.Run(clause.name, func(t *testing.T) { clause.run(t, open(t)) })
		}
	}
}

// noon is the present of these tests.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// picture is a guest's item with an original and a thumb.
func picture(id string) media.Item {
	return media.Item{
		ID: id, Kind: media.KindImage, Width: 40, Height: 30,
		MD5: "stored-" + id, SourceMD5: "sent-" + id, SourceSize: 1000,
		CreatedAt: noon, Visibility: media.Public,
		Original: media.File{Key: "images/" + id + ".jpg", MIME: "image/jpeg", Size: 900, Width: 40, Height: 30},
		Thumb:    media.File{Key: "images/" + id + ".th.jpg", MIME: "image/jpeg", Size: 90, Width: 16, Height: 16},
	}
}

// expiring is a picture with an end of life.
func expiring(id string, at time.Time) media.Item {
	it := picture(id)
	it.ExpiresAt = at
	return it
}

func insert(t *testing.T, db Records, items ...media.Item) []media.Item {
	t.Helper()
	for i := range items {
		if err := db.InsertItem(t.Context(), &items[i], media.UploadLimits{}); err != nil {
			t.Fatalf("InsertItem %s: %v", items[i].ID, err)
		}
	}
	return items
}

func insertUser(t *testing.T, db Records, name string) media.User {
	t.Helper()
	u := media.User{Name: name, CreatedAt: noon}
	if err := db.InsertUser(t.Context(), &u); err != nil {
		t.Fatalf("InsertUser %s: %v", name, err)
	}
	return u
}

func insertAlbum(t *testing.T, db Records, slug string, owner media.User) media.Album {
	t.Helper()
	a := media.Album{Slug: slug, UserID: owner.ID, Title: "Album " + slug, CreatedAt: noon}
	if err := db.InsertAlbum(t.Context(), &a); err != nil {
		t.Fatalf("InsertAlbum %s: %v", slug, err)
	}
	return a
}

func insertCategory(t *testing.T, db Records, name string) media.Category {
	t.Helper()
	c := media.Category{Name: name}
	if err := db.InsertCategory(t.Context(), &c); err != nil {
		t.Fatalf("InsertCategory %s: %v", name, err)
	}
	return c
}

func beginDelete(t *testing.T, db Records, id string) media.Item {
	t.Helper()
	it, err := db.BeginDelete(t.Context(), id)
	if err != nil {
		t.Fatalf("BeginDelete %s: %v", id, err)
	}
	return it
}

func finishDelete(t *testing.T, db Records, numbers ...int64) {
	t.Helper()
	if err := db.FinishDelete(t.Context(), numbers...); err != nil {
		t.Fatalf("FinishDelete %v: %v", numbers, err)
	}
}

func ids(items []media.Item) []string {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.ID
	}
	return names
}

func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

func wantMissing(t *testing.T, what string, err error) {
	t.Helper()
	wantError(t, what, err, fs.ErrNotExist)
}

// wantItem looks an item up by its ID and by each of its keys.
func wantItem(t *testing.T, db Records, want media.Item) {
	t.Helper()
	got, err := db.Item(context.Background(), want.ID)
	if err != nil {
		t.Errorf("Item %s: %v", want.ID, err)
	}
	wantEqual(t, "Item "+want.ID, got, want)
	for _, key := range want.Keys() {
		got, err := db.ItemAt(context.Background(), key)
		if err != nil {
			t.Errorf("ItemAt %s: %v", key, err)
		}
		wantEqual(t, "ItemAt "+key, got, want)
	}
}
