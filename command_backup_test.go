package main

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/command/console"
	"postern/command/maintenance"
	"postern/config"
	"postern/media"
	"postern/media/library"
	"postern/setup"
	"postern/storage"
)

// filled is a data folder with pictures in it and no server.
type filled struct {
	t     *testing.T
	dir   string
	items []media.Item
}

func newFilled(t *testing.T, names ...string) *filled {
	t.Helper()
	f := &filled{t: t, dir: t.TempDir()}
	f.open(func(l *library.Library) {
		for _, name := range names {
			f.items = append(f.items, f.add(l, name))
		}
	})
	return f
}

// open hands the folder's library to use, and closes it.
func (f *filled) open(use func(*library.Library)) {
	f.t.Helper()
	c := config.Defaults()
	c.DataDir, c.Limits.DiskFloor = f.dir, config.MinFree{}
	db, err := setup.OpenDatabase(f.t.Context(), c)
	if err != nil {
		f.t.Fatal(err)
	}
	defer db.Close()
	store, err := storage.OpenDisk(f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	defer store.Close()
	l, err := setup.NewLibrary(c, setup.LibraryParts{DB: db, Store: store, Volume: setup.NewVolume(c), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.t.Fatal(err)
	}
	use(l)
}

// add uploads a picture as a guest.
func (f *filled) add(l *library.Library, name string) media.Item {
	f.t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		f.t.Fatal(err)
	}
	d, err := l.Staging.Spool(f.t.Context(), &b, 1e6)
	if err != nil {
		f.t.Fatal(err)
	}
	defer d.Abort()
	added, err := l.Add(f.t.Context(), library.Upload{Caller: media.Caller{Guest: true}, Staged: d, Filename: name})
	if err != nil {
		f.t.Fatal(err)
	}
	return *added.Item
}

// backUp runs postern backup and returns what it prints and its exit status.
func (f *filled) backUp(to string) (out string, status int) {
	f.t.Helper()
	env := func(k string) string { return map[string]string{"POSTERN_DATA_DIR": f.dir}[k] }
	var stdout, stderr bytes.Buffer
	err := run(context.Background(), []string{"backup", to}, env, &stdout, &stderr)
	status = console.ExitStatus(err, &stderr)
	return stdout.String() + stderr.String(), status
}

// wantBackUp also checks the copy.
func (f *filled) wantBackUp(to, says string) {
	f.t.Helper()
	if out, status := f.backUp(to); status != 0 || !strings.Contains(out, says) {
		f.t.Errorf("backup: status %d, want 0 and %q: %s", status, says, out)
	}
	if out, status := checkStatus(f.t, to, "--deep"); status != 0 {
		f.t.Errorf("check of the backup: %d, %s", status, out)
	}
}

func TestABackupIsADataFolder(t *testing.T) {
	f := newFilled(t, "a.jpg", "b.jpg")
	to := filepath.Join(t.TempDir(), "new", "backup")
	f.wantBackUp(to, "2 items: 4 files copied")
	f.wantBackUp(to, "2 items: 0 files copied (0 bytes), 4 kept, 0 removed")
	f.open(func(l *library.Library) {
		f.add(l, "c.jpg")
		if err := l.Delete(t.Context(), f.items[0].ID); err != nil {
			t.Fatal(err)
		}
	})
	f.wantBackUp(to, "2 items: 2 files copied")
	for name, want := range map[string]bool{f.items[0].Original.Key: false, f.items[1].Original.Key: true} {
		if _, err := os.Stat(filepath.Join(to, name)); (err == nil) != want {
			t.Errorf("%s in the backup: %v", name, err)
		}
	}

	// Restored by plain copying, delete links and all go on working.
	restored := &filled{t: t, dir: filepath.Join(t.TempDir(), "data")}
	if out, err := exec.Command("cp", "-a", to, restored.dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
	var before string
	f.open(func(l *library.Library) { before = l.Secret.DeleteToken(f.items[1].ID) })
	restored.open(func(l *library.Library) {
		if it, err := l.Item(t.Context(), media.Viewer{}, f.items[1].ID); err != nil || it.Original != f.items[1].Original {
			t.Errorf("restored %+v, %v, want %+v", it.Original, err, f.items[1].Original)
		}
		if !l.Secret.CheckDeleteToken(f.items[1].ID, before) {
			t.Error("a delete link of before does not work")
		}
	})
	if out, status := checkStatus(t, restored.dir, "--deep"); status != 0 {
		t.Errorf("check of what was restored: %d, %s", status, out)
	}
}

// A crash has left a half-made backup, and rests of files in it.
func TestABackupCutOffIsMadeAnew(t *testing.T) {
	f := newFilled(t, "a.jpg")
	to := t.TempDir()
	key := f.items[0].Original.Key
	rest := filepath.Join(to, filepath.Dir(key), ".new-"+filepath.Base(key))
	mkdir(t, filepath.Dir(rest))
	for _, name := range []string{filepath.Join(to, "postern.db.new"), filepath.Join(to, "postern.db.new-wal"), rest} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.wantBackUp(to, "1 items: 2 files copied")
	if _, err := os.Stat(rest); err == nil {
		t.Error("half a file is left")
	}
}

func TestABackupTellsWhatIsMissing(t *testing.T) {
	f := newFilled(t, "a.jpg", "b.jpg")
	key := f.items[0].Original.Key
	if err := os.Remove(filepath.Join(f.dir, key)); err != nil {
		t.Fatal(err)
	}
	out, status := f.backUp(t.TempDir())
	if status != maintenance.ExitDamaged || !strings.Contains(out, key) || !strings.Contains(out, "3 files copied") {
		t.Errorf("status %d: %s", status, out)
	}
}

// What is damaged in the data folder never takes the place of a copy that is good.
func TestABackupKeepsGoodCopies(t *testing.T) {
	f := newFilled(t, "a.jpg", "b.jpg")
	to, other := t.TempDir(), t.TempDir()
	f.wantBackUp(to, "2 items: 4 files copied")
	shrunk, changed, thumb := f.items[0].Original.Key, f.items[1].Original.Key, f.items[1].File(media.RoleThumb).Key
	good, bad := make(map[string][]byte), make(map[string][]byte)
	for _, name := range []string{shrunk, changed, thumb, setup.SecretFile} {
		data, err := os.ReadFile(filepath.Join(f.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		good[name], bad[name] = data, data[:len(data)/2]
	}
	bad[changed] = append(bytes.Repeat([]byte{0}, 9), good[changed][9:]...)
	write := func(contents map[string][]byte) {
		t.Helper()
		for name, data := range contents {
			if err := os.WriteFile(filepath.Join(f.dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	damaged := func(to, counts string, outcomes ...string) {
		t.Helper()
		out, status := f.backUp(to)
		if status != maintenance.ExitDamaged || !strings.Contains(out, counts) || !strings.Contains(out, "4 files were not as they should be") {
			t.Errorf("a backup of what is damaged: status %d, want %d and %q: %s", status, maintenance.ExitDamaged, counts, out)
		}
		for name := range bad {
			if !strings.Contains(out, name) {
				t.Errorf("nothing tells of %s: %s", name, out)
			}
		}
		for _, outcome := range outcomes {
			if strings.Count(out, outcome) != 3 {
				t.Errorf("want three times %q: %s", outcome, out)
			}
		}
	}
	write(bad)
	for range 2 { // it is told as long as it is so
		damaged(to, "0 files copied (0 bytes), 4 kept, 0 removed", "the copy of an earlier backup stays")
		if out, status := checkStatus(t, to, "--deep"); status != 0 {
			t.Errorf("check of the backup: %d, %s", status, out)
		}
	}
	// Without a good copy, what is left is better than nothing. It is told again, too.
	damaged(other, "4 files copied", "it is copied as it is")
	damaged(other, "0 files copied (0 bytes), 4 kept", "the copy of an earlier backup stays")
	if got, err := os.ReadFile(filepath.Join(other, shrunk)); err != nil || !bytes.Equal(got, bad[shrunk]) {
		t.Errorf("the rest of a file: %d bytes, %v", len(got), err)
	}
	write(good)
	f.wantBackUp(to, "3 files copied")
	f.wantBackUp(other, "3 files copied")
}

func TestBackupsThatAreRefused(t *testing.T) {
	f := newFilled(t, "a.jpg")
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "letter.txt"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	served := t.TempDir()
	unlock, err := setup.LockData(served)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := os.WriteFile(filepath.Join(served, "postern.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(f.dir, link); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, from, to, says string }{
		{"onto itself", f.dir, f.dir, "must not lie within"},
		{"onto itself by another name", f.dir, link, "must not lie within"},
		{"into itself", f.dir, filepath.Join(f.dir, "backup"), "must not lie within"},
		{"around itself", f.dir, filepath.Dir(f.dir), "must not lie within"},
		{"over other files", f.dir, foreign, "holds no backup"},
		{"over a data folder in use", f.dir, served, "in use"},
		{"of no data folder", foreign, t.TempDir(), "there is no database"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, status := (&filled{t: t, dir: test.from}).backUp(test.to)
			if status != 1 || !strings.Contains(out, test.says) {
				t.Errorf("%s: %d, %q, want %q", test.name, status, out, test.says)
			}
		})
	}
	if _, err := os.Lstat(filepath.Join(f.dir, "backup")); err == nil {
		t.Error("a backup that was refused has left a folder in the data folder")
	}
	if got := cli(t, f.dir, "export", filepath.Join(f.dir, "images", "out")); got.status != 1 || !strings.Contains(got.stderr, "must not lie within") {
		t.Errorf("an export into the data folder: %+v", got)
	}
	if out, status := checkStatus(t, f.dir, "--deep"); status != 0 {
		t.Errorf("check afterwards: %d, %s", status, out)
	}
}

func TestOneBackupAtATimeHoldsDeletions(t *testing.T) {
	f := newFilled(t, "a.jpg")
	if setup.DeletionsPaused(f.dir) {
		t.Error("held before any backup")
	}
	release, err := setup.PauseDeletions(t.Context(), f.dir)
	if err != nil {
		t.Fatal(err)
	}
	if !setup.DeletionsPaused(f.dir) {
		t.Error("a hold does not hold")
	}
	if out, status := f.backUp(t.TempDir()); status != 1 || !strings.Contains(out, "another backup") {
		t.Errorf("a second backup: %d, %s", status, out)
	}
	release()
	if setup.DeletionsPaused(f.dir) {
		t.Error("held after the release")
	}
	// Servers that look at the hold all the time do not keep a backup from it.
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		for ctx.Err() == nil {
			setup.DeletionsPaused(f.dir)
		}
	}()
	if release, err = setup.PauseDeletions(t.Context(), f.dir); err != nil {
		t.Errorf("hold while a server looks: %v", err)
	} else {
		release()
	}
	stop()
	<-looked
}
