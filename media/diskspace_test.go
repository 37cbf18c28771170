package media_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postern/media"
	"postern/media/auth"
	"postern/media/library"
	"postern/storage"
)

func TestUploadsBelowTheFloorAreRefused(t *testing.T) {
	l := newLibrary(t, func(p *library.Parts) {
		p.Volume = storage.NewVolume(t.TempDir(), storage.MinFree{Percent: 100}, 0)
	})
	if _, err := l.add(jpegOf(40, 40, 1), "a.jpg"); !errors.Is(err, media.ErrFull) {
		t.Errorf("add: %v, want ErrFull", err)
	}
	l.wantFiles(0, "after a refused upload")
}

// The room goes while the bytes of an upload arrive: a reserve that is dropped
// counts as room that is wanted back.
func TestAnUploadIsCutOffAtTheFloor(t *testing.T) {
	dir := t.TempDir()
	reserve := filepath.Join(dir, "ballast")
	room, err := storage.NewVolume(dir, storage.MinFree{}, 0).DiskSpace()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system does not tell what is free")
	}
	l := newLibrary(t, func(p *library.Parts) { p.Volume = storage.NewVolume(dir, storage.MinFree{}, room.Size) })
	f, err := os.Create(reserve)
	if err == nil {
		err = errors.Join(f.Truncate(room.Size), f.Close()) // a hole, which takes no room
	}
	if err != nil {
		t.Fatal(err)
	}
	sent := new(counted)
	_, err = l.Staging.Spool(context.Background(), io.MultiReader(io.LimitReader(sent, 1e6), onRead(func() {
		if err := os.Remove(reserve); err != nil {
			t.Error(err)
		}
	}), io.LimitReader(sent, 1e9)), 2e9)
	if !errors.Is(err, media.ErrFull) {
		t.Errorf("spool: %v, want ErrFull", err)
	}
	if *sent < 1e6 || *sent > 50e6 {
		t.Errorf("%d bytes were taken", *sent)
	}
	l.wantFiles(0, "after an upload was cut off")
}

// counted is so many zeros as are read.
type counted int

func (c *counted) Read(p []byte) (int, error) {
	clear(p)
	*c += counted(len(p))
	return len(p), nil
}

// onRead does something when it is read, and is empty.
type onRead func()

func (f onRead) Read([]byte) (int, error) { f(); return 0, io.EOF }

// fullIndex has no room for deletions as long as there is a reserve.
type fullIndex struct {
	media.ItemRecords
	reserve string
}

func (x fullIndex) full() error {
	if _, err := os.Stat(x.reserve); err == nil {
		return media.ErrFull
	}
	return nil
}

func (x fullIndex) BeginDelete(ctx context.Context, id string) (media.Item, error) {
	if err := x.full(); err != nil {
		return media.Item{}, err
	}
	return x.ItemRecords.BeginDelete(ctx, id)
}

func (x fullIndex) BeginExpire(ctx context.Context, now time.Time, limit int, goneUntil func(*media.Item) time.Time) ([]media.Item, error) {
	if err := x.full(); err != nil {
		return nil, err
	}
	return x.ItemRecords.BeginExpire(ctx, now, limit, goneUntil)
}

func (x fullIndex) MoveToTrash(ctx context.Context, id string, until time.Time) (media.Item, error) {
	if err := x.full(); err != nil {
		return media.Item{}, err
	}
	return x.ItemRecords.MoveToTrash(ctx, id, until)
}

func TestDeletingFreesTheReserveOfAFullDisk(t *testing.T) {
	var volume *storage.Volume
	l := newLibrary(t, func(p *library.Parts) {
		dir := t.TempDir()
		volume = storage.NewVolume(dir, storage.MinFree{}, 4096)
		p.Volume, p.Database = volume, fullIndex{p.Database, filepath.Join(dir, "ballast")}
		p.Policy.Undo = media.Period{Days: 1}
	})
	kept := l.mustAdd(jpegOf(40, 40, 1), "a.jpg")
	trashed := l.mustAdd(jpegOf(40, 40, 3), "c.jpg")
	l.mustAdd(jpegOf(40, 40, 2), "b.jpg", func(up *library.Upload) { up.Expiration = "PT5M" })
	steps := []struct {
		name string
		do   func() error
		left int
	}{
		{"an item", func() error { return l.Delete(context.Background(), kept.ID) }, 4},
		{"an item, for the trash", func() error {
			_, err := l.Trash.Move(context.Background(), media.Caller{User: l.user}, trashed.ID)
			return err
		}, 4},
		{"what has expired", func() error {
			l.now = l.now.Add(time.Hour)
			return (&library.Reaper{Library: l.Library}).RemoveExpired(context.Background())
		}, 2},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			if restored, err := volume.KeepReserve(); !restored || err != nil {
				t.Fatalf("reserve: %v, %v", restored, err)
			}
			if err := step.do(); err != nil {
				t.Errorf("%s: %v", step.name, err)
			}
			if !volume.ReserveMissing() {
				t.Errorf("%s: the reserve file is in its place", step.name)
			}
			l.wantFiles(step.left, step.name)
		})
	}
}

// fullSessions has no room as long as there is a reserve, or never.
type fullSessions struct {
	media.Sessions
	full func() error
}

func (x fullSessions) InsertSession(ctx context.Context, s media.Session) error {
	if err := x.full(); err != nil {
		return err
	}
	return x.Sessions.InsertSession(ctx, s)
}

func (x fullSessions) RenewSession(context.Context, []byte, time.Time, time.Time) error {
	return media.ErrFull
}

func TestUsersSignInOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	volume := storage.NewVolume(dir, storage.MinFree{}, 4096)
	l := newLibrary(t, func(p *library.Parts) { p.Volume = volume })
	if _, err := volume.KeepReserve(); err != nil {
		t.Fatal(err)
	}
	key, digest := auth.NewKey()
	if err := l.db.InsertKey(t.Context(), &media.APIKey{UserID: l.user.ID, Digest: digest, CreatedAt: l.now}); err != nil {
		t.Fatal(err)
	}
	k := &auth.Keyring{
		Accounts: l.db, Sessions: fullSessions{l.db, fullIndex{reserve: filepath.Join(dir, "ballast")}.full},
		Settings: auth.Settings{SessionLife: media.Period{Days: 30}}, Now: func() time.Time { return l.now }, DespiteFull: func(write func() error) error { return volume.DespiteFull(slog.Default(), write) },
	}
	token, _, err := k.SignIn(t.Context(), key, "")
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	l.now = l.now.Add(48 * time.Hour)
	visit, err := k.Identify(t.Context(), token)
	if err != nil || visit.Renewed || visit.Caller.User.ID != l.user.ID {
		t.Errorf("a visit that cannot be recorded: %+v, %v", visit, err)
	}
}

func TestTheReaperWritesTheReserveAgain(t *testing.T) {
	volume := storage.NewVolume(t.TempDir(), storage.MinFree{}, 4096)
	l := newLibrary(t, func(p *library.Parts) { p.Volume = volume })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { (&library.Reaper{Library: l.Library}).Run(ctx); close(ended) }()
	for deadline := time.Now().Add(20 * time.Second); volume.ReserveMissing() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if volume.ReserveMissing() {
		t.Error("there is no reserve")
	}
	cancel()
	<-ended
}

func TestNoBytesGoWhileABackupIsMade(t *testing.T) {
	held := true
	l := newLibrary(t, func(p *library.Parts) { p.DeletionsPaused = func() bool { return held } })
	it := l.mustAdd(jpegOf(40, 40, 1), "a.jpg")
	l.mustAdd(jpegOf(40, 40, 2), "b.jpg", func(up *library.Upload) { up.Expiration = "PT5M" })
	before := len(l.files())
	if err := l.Delete(context.Background(), it.ID); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := l.Item(context.Background(), media.Viewer{}, it.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a deleted item: %v, want fs.ErrNotExist", err)
	}
	const many = 250 // more than the reaper takes at once
	for i := range many {
		ended := media.Item{ID: fmt.Sprintf("end%04d", i), Kind: media.KindImage, CreatedAt: l.now, ExpiresAt: l.now.Add(time.Minute)}
		ended.Original.Key = "images/" + ended.ID + ".jpg"
		if err := l.db.InsertItem(t.Context(), &ended, media.UploadLimits{}); err != nil {
			t.Fatal(err)
		}
	}
	l.now = l.now.Add(time.Hour)
	_ = (&library.Reaper{Library: l.Library}).RemoveExpired(context.Background())
	l.wantFiles(before, "while a backup is made")
	if marked, err := l.db.Deleting(t.Context(), 2*many); err != nil || len(marked) != many+2 {
		t.Errorf("%d items are marked, %v, want the deleted one and all %d that have expired", len(marked), err, many+1)
	}
	held = false
	if err := (&library.Reaper{Library: l.Library}).RemoveExpired(context.Background()); err != nil {
		t.Errorf("reap: %v", err)
	}
	l.wantFiles(0, "afterwards")
}
