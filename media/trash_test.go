package media_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"postern/media"
	"postern/media/library"
)

func undoFor(p media.Period) func(*library.Parts) {
	return policy(func(p2 *library.Policy) { p2.Undo = p })
}

func (l *fixture) caller() media.Caller { return media.Caller{User: l.user} }

// addUser adds another user and says who that is as a caller.
func (l *fixture) addUser(name string, admin bool) media.Caller {
	l.t.Helper()
	u := media.User{Name: name, Admin: admin, CreatedAt: l.now}
	if err := l.db.InsertUser(l.t.Context(), &u); err != nil {
		l.t.Fatal(err)
	}
	return media.Caller{User: u}
}

func TestATrashedItemIsGoneUntilItIsRestored(t *testing.T) {
	l := newLibrary(t, undoFor(media.Period{Days: 1}))
	ctx := t.Context()
	data := jpegOf(600, 400, 1)
	it := l.mustAdd(data, "a.jpg")
	trashed, err := l.Trash.Move(ctx, l.caller(), it.ID)
	if want := l.now.Add(24 * time.Hour); err != nil || !trashed.PurgeAt.Equal(want) {
		t.Fatalf("MoveToTrash: until %v, %v, want %v", trashed.PurgeAt, err, want)
	}
	if _, err := l.Item(ctx, media.Viewer{}, it.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the item is found: %v", err)
	}
	if _, _, err := l.ItemAt(ctx, media.Viewer{}, it.Original.Key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its file is found: %v", err)
	}
	if again := l.mustAdd(data, "a.jpg"); again.ID == it.ID {
		t.Error("the same bytes were answered with the item in the trash")
	}
	l.now = l.now.Add(24*time.Hour - time.Second)
	if err := (&library.Reaper{Library: l.Library}).RemoveExpired(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Trash.Restore(ctx, l.caller(), it.ID); err != nil {
		t.Fatalf("restore a second before the end: %v", err)
	}
	if got, err := l.Item(ctx, media.Viewer{}, it.ID); err != nil || !got.PurgeAt.IsZero() {
		t.Errorf("after it was restored: %+v, %v", got, err)
	}
	l.wantFiles(6, "with two items")
}

func TestTheReaperEmptiesTheTrash(t *testing.T) {
	l := newLibrary(t, undoFor(media.Period{Days: 1}))
	ctx := t.Context()
	it := l.mustAdd(jpegOf(600, 400, 1), "a.jpg")
	if _, err := l.Trash.Move(ctx, l.caller(), it.ID); err != nil {
		t.Fatal(err)
	}
	l.wantFiles(3, "in the trash")
	l.now = l.now.Add(24 * time.Hour)
	if _, err := l.Trash.Restore(ctx, l.caller(), it.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("restore at the end: %v", err)
	}
	if err := (&library.Reaper{Library: l.Library}).RemoveExpired(ctx); err != nil {
		t.Fatal(err)
	}
	l.wantFiles(0, "after the end")
}

func TestTheTrashCanBeEmptiedByHandAndSwitchedOff(t *testing.T) {
	ctx := t.Context()
	l := newLibrary(t, undoFor(media.Period{Days: 1}))
	it := l.mustAdd(jpegOf(60, 40, 1), "a.jpg")
	if err := l.Trash.Purge(ctx, l.caller(), it.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("purge of what is not in the trash: %v", err)
	}
	if _, err := l.Trash.Move(ctx, l.caller(), it.ID); err != nil {
		t.Fatal(err)
	}
	if err := l.Trash.Purge(ctx, l.caller(), it.ID); err != nil {
		t.Errorf("purge: %v", err)
	}
	l.wantFiles(0, "after the purge")

	none := newLibrary(t)
	it = none.mustAdd(jpegOf(60, 40, 1), "a.jpg")
	if got, err := none.Trash.Move(ctx, none.caller(), it.ID); err != nil || !got.PurgeAt.IsZero() {
		t.Errorf("MoveToTrash without a trash: until %v, %v", got.PurgeAt, err)
	}
	none.wantFiles(0, "without a trash")
}

func TestOnlyItsUserAndAdminsChangeAnItem(t *testing.T) {
	l := newLibrary(t, undoFor(media.Period{Days: 1}))
	ctx := t.Context()
	bob, root, guest := l.addUser("bob", false), l.addUser("root", true), media.Caller{Guest: true}
	own := l.mustAdd(jpegOf(60, 40, 1), "a.jpg")
	guests := l.mustAdd(jpegOf(60, 40, 2), "b.jpg", func(up *library.Upload) { up.Caller = guest })
	for _, test := range []struct {
		who     string
		caller  media.Caller
		id      string
		allowed bool
	}{
		{"another user", bob, own.ID, false}, {"a guest", guest, own.ID, false}, {"nobody", media.Caller{}, guests.ID, false},
		{"a guest of a guest's", guest, guests.ID, false}, {"a user of a guest's", bob, guests.ID, false},
		{"its user", l.caller(), own.ID, true}, {"an admin", root, own.ID, true}, {"an admin of a guest's", root, guests.ID, true},
	} {
		t.Run(test.who, func(t *testing.T) {
			title := "changed by " + test.who
			if _, err := l.EditItem(ctx, test.caller, test.id, library.Edit{Title: &title}); errors.Is(err, fs.ErrNotExist) == test.allowed {
				t.Errorf("%s edits it: %v", test.who, err)
			}
			if !test.allowed {
				if _, err := l.Trash.Move(ctx, test.caller, test.id); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s moves it to the trash: %v", test.who, err)
				}
			}
		})
	}
}

func TestTheTrashIsItsUsersAlone(t *testing.T) {
	l := newLibrary(t, undoFor(media.Period{Days: 1}))
	ctx := t.Context()
	bob, root, guest := l.addUser("bob", false), l.addUser("root", true), media.Caller{Guest: true}
	it := l.mustAdd(jpegOf(60, 40, 1), "a.jpg")
	if _, err := l.Trash.Move(ctx, l.caller(), it.ID); err != nil {
		t.Fatal(err)
	}
	for who, caller := range map[string]media.Caller{"another user": bob, "an admin": root, "a guest": guest} {
		if _, err := l.Trash.Restore(ctx, caller, it.ID); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s restores it: %v", who, err)
		}
		if err := l.Trash.Purge(ctx, caller, it.ID); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s purges it: %v", who, err)
		}
	}
	if _, err := l.Trash.Restore(ctx, l.caller(), it.ID); err != nil {
		t.Errorf("its user restores it: %v", err)
	}
	if got, err := l.Trash.Move(ctx, root, it.ID); err != nil || !got.PurgeAt.IsZero() {
		t.Errorf("an admin deletes it: until %v, %v", got.PurgeAt, err)
	}
	if _, err := l.Trash.Restore(ctx, l.caller(), it.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its user has back what an admin has deleted: %v", err)
	}
	l.wantFiles(0, "after an admin has deleted it")
}
