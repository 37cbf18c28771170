// Package contract has what clauses of the contract of a database have in common: the
// database under test, rows to put into it, and what is wanted of it.
package contract

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
	EachObject(ctx context.Context, visit func(media.StoredObject) error) error
	Overdue(ctx context.Context, before time.Time, limit int) ([]string, error)
	Object(ctx context.Context, name string) (media.StoredObject, error)
	Faults(ctx context.Context) ([]string, error)
	Miscounts(ctx context.Context) ([]string, error)
	Recount(ctx context.Context) error

	Ping(ctx context.Context) error
	Size(ctx context.Context) (int64, error)
	Close() error
}

// Counter is a database whose tables a test may look into.
type Counter interface {
	// Count runs a query of one number.
	Count(ctx context.Context, query string) (int, error)
}

// Noon is the present of these tests.
var Noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Picture is a guest's item with an original and a thumb.
func Picture(id string) media.Item {
	return media.Item{
		ID: id, Kind: media.KindImage, Width: 40, Height: 30,
		MD5: "stored-" + id, SourceMD5: "sent-" + id, SourceSize: 1000,
		CreatedAt: Noon, Visibility: media.Public,
		Original: media.File{Key: "images/" + id + ".jpg", MIME: "image/jpeg", Size: 900, Width: 40, Height: 30},
		Thumb:    media.File{Key: "images/" + id + ".th.jpg", MIME: "image/jpeg", Size: 90, Width: 16, Height: 16},
	}
}

// Owned is a user's picture.
func Owned(id string, user int64) media.Item {
	it := Picture(id)
	it.UserID = user
	return it
}

// Expiring is a picture with an end of life.
func Expiring(id string, at time.Time) media.Item {
	it := Picture(id)
	it.ExpiresAt = at
	return it
}

// Insert adds items, and returns them with their numbers.
func Insert(t *testing.T, db Records, items ...media.Item) []media.Item {
	t.Helper()
	for i := range items {
		if err := db.InsertItem(t.Context(), &items[i], media.UploadLimits{}); err != nil {
			t.Fatalf("InsertItem %s: %v", items[i].ID, err)
		}
	}
	return items
}

// InsertUser adds a user of a name, and returns it with its ID.
func InsertUser(t *testing.T, db Records, name string) media.User {
	t.Helper()
	u := media.User{Name: name, CreatedAt: Noon}
	if err := db.InsertUser(t.Context(), &u); err != nil {
		t.Fatalf("InsertUser %s: %v", name, err)
	}
	return u
}

// InsertAlbum adds an album to a user, and returns it with its ID.
func InsertAlbum(t *testing.T, db Records, slug string, owner media.User) media.Album {
	t.Helper()
	a := media.Album{Slug: slug, UserID: owner.ID, Title: "Album " + slug, CreatedAt: Noon}
	if err := db.InsertAlbum(t.Context(), &a); err != nil {
		t.Fatalf("InsertAlbum %s: %v", slug, err)
	}
	return a
}

// InsertCategory adds a category, and returns it with its ID.
func InsertCategory(t *testing.T, db Records, name string) media.Category {
	t.Helper()
	c := media.Category{Name: name}
	if err := db.InsertCategory(t.Context(), &c); err != nil {
		t.Fatalf("InsertCategory %s: %v", name, err)
	}
	return c
}

// BeginDelete begins to delete the live item of an ID, and returns it.
func BeginDelete(t *testing.T, db Records, id string) media.Item {
	t.Helper()
	it, err := db.BeginDelete(t.Context(), id)
	if err != nil {
		t.Fatalf("BeginDelete %s: %v", id, err)
	}
	return it
}

// FinishDelete ends the deletion of items by their numbers.
func FinishDelete(t *testing.T, db Records, numbers ...int64) {
	t.Helper()
	if err := db.FinishDelete(t.Context(), numbers...); err != nil {
		t.Fatalf("FinishDelete %v: %v", numbers, err)
	}
}

// IDs are the IDs of items, in their order.
func IDs(items []media.Item) []string {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.ID
	}
	return names
}

// WantEqual wants a value deeply equal to another.
func WantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// WantError wants an error that wraps another, or none for nil.
func WantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

// WantMissing wants an error that wraps fs.ErrNotExist.
func WantMissing(t *testing.T, what string, err error) {
	t.Helper()
	WantError(t, what, err, fs.ErrNotExist)
}

// WantItem wants an item as it is: it looks it up by its ID and by each of its keys.
func WantItem(t *testing.T, db Records, want media.Item) {
	t.Helper()
	got, err := db.Item(context.Background(), want.ID)
	if err != nil {
		t.Errorf("Item %s: %v", want.ID, err)
	}
	WantEqual(t, "Item "+want.ID, got, want)
	for _, key := range want.Keys() {
		got, role, err := db.ItemAt(context.Background(), key)
		if err != nil {
			t.Errorf("ItemAt %s: %v", key, err)
		}
		WantEqual(t, "ItemAt "+key, got, withFile(want, role))
		WantEqual(t, "key of the file that ItemAt finds", got.File(role).Key, key)
	}
}

// withFile is an item as ItemAt returns it.
func withFile(it media.Item, role media.Role) media.Item {
	for _, other := range it.Roles() {
		if other != role {
			*it.File(other) = media.File{}
		}
	}
	it.Tags, it.Description, it.EXIF = nil, "", ""
	return it
}

// Clause is a test of one rule, on a database that is fresh and empty.
type Clause struct {
	Name string
	Run  func(t *testing.T, db Records)
}
