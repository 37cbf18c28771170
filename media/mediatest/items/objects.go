package items

import (
	"cmp"
	"io/fs"
	"slices"
	"testing"
	"time"

	"postern/media"
	"postern/media/mediatest/contract"
)

var objectClauses = []contract.Clause{
	{Name: "every file is found by its name in the store, in the order of bytes", Run: objects},
	{Name: "a database that is closed says so", Run: closed},
}

func objects(t *testing.T, db contract.Records) {
	live := contract.Insert(t, db, contract.Picture("b000001"), contract.Picture("B000002"), contract.Picture("a000003"))
	coming := reserve(t, db, arriving("coming4"))
	deleting := contract.Insert(t, db, contract.Picture("deleted"))
	contract.BeginDelete(t, db, "deleted")

	var want []media.StoredObject
	note := func(there bool, items ...media.Item) {
		for _, it := range items {
			want = append(want,
				media.StoredObject{Name: it.Original.Stored(), ItemID: it.ID, Size: it.Original.Size, MD5: it.MD5, There: there},
				media.StoredObject{Name: it.Thumb.Stored(), ItemID: it.ID, Size: it.Thumb.Size, There: there})
		}
	}
	note(true, live...)
	note(false, coming)
	note(false, deleting...)
	slices.SortFunc(want, func(a, b media.StoredObject) int { return cmp.Compare(a.Name, b.Name) })

	var got []media.StoredObject
	err := db.EachObject(t.Context(), func(o media.StoredObject) error {
		got = append(got, o)
		return nil
	})
	contract.WantError(t, "EachObject", err, nil)
	contract.WantEqual(t, "EachObject", got, want)
	contract.WantError(t, "EachObject of a visit that fails",
		db.EachObject(t.Context(), func(media.StoredObject) error { return fs.ErrPermission }), fs.ErrPermission)
	for _, o := range want {
		got, err := db.Object(t.Context(), o.Name)
		contract.WantError(t, "Object "+o.Name, err, nil)
		contract.WantEqual(t, "Object "+o.Name, got, o)
	}
	for _, test := range []struct {
		before time.Time
		want   []string
	}{
		{contract.Noon.Add(lease), nil},
		{contract.Noon.Add(lease + time.Second), []string{"coming4"}},
	} {
		ids, err := db.Overdue(t.Context(), test.before, 9)
		contract.WantError(t, "Overdue", err, nil)
		contract.WantEqual(t, "Overdue", ids, test.want)
	}
	contract.FinishDelete(t, db, deleting[0].Number)
	_, err = db.Object(t.Context(), deleting[0].Original.Stored())
	contract.WantMissing(t, "Object of an item that is gone", err)
}

func closed(t *testing.T, db contract.Records) {
	contract.WantError(t, "Ping", db.Ping(t.Context()), nil)
	if size, err := db.Size(t.Context()); err != nil || size <= 0 {
		t.Errorf("Size: %d, %v, want some bytes", size, err)
	}
	contract.WantError(t, "Close", db.Close(), nil)
	contract.WantError(t, "Close again", db.Close(), nil)
	it := contract.Picture("toolate")
	contract.WantError(t, "InsertItem", db.InsertItem(t.Context(), &it, media.UploadLimits{}), fs.ErrClosed)
	_, err := db.Item(t.Context(), it.ID)
	contract.WantError(t, "Item", err, fs.ErrClosed)
	contract.WantError(t, "Ping afterwards", db.Ping(t.Context()), fs.ErrClosed)
}
