// Package storagetest holds the contract of storage.Store as a test that every
// implementation runs.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"postern/storage"
)

// Run checks a Store against its contract. open returns a fresh, empty store
// and staging from which it publishes.
func Run(t *testing.T, open func(t *testing.T) (storage.Store, *storage.Staging)) {
	tests := []struct {
		name string
		run  func(t *testing.T, s storage.Store, stage *storage.Staging)
	}{
		{"a published file is read back and leaves the staging folder", publish},
		{"publishing again changes nothing", publishAgain},
		{"a key is never overwritten", noOverwrite},
		{"what is said of a file changes none of its bytes", described},
		{"a staged file that never was cannot be published", missingStaged},
		{"several files are published at once", several},
		{"a missing key is fs.ErrNotExist", missingKey},
		{"deleting is idempotent", deleteTwice},
		{"an open file outlives its deletion", readDeleted},
		{"keys that leave the store are refused", badKeys},
		{"an opened file can be read from any offset", seek},
		{"a large file is read whole, in parts and across places", large},
		{"deleting takes thousands of keys", deleteMany},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, stage := open(t)
			test.run(t, s, stage)
		})
	}
}

func publish(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "bytes")
	put(t, s, storage.Move{Staged: "a", Key: "images/2026/11/20/a.jpg"})
	wantBytes(t, s, "images/2026/11/20/a.jpg", "bytes")
	if names, err := stage.Names(); err != nil || len(names) != 0 {
		t.Errorf("stage holds %v, %v after publishing, want nothing", names, err)
	}
}

func publishAgain(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "bytes")
	move := storage.Move{Staged: "a", Key: "images/a.jpg"}
	put(t, s, move)
	put(t, s, move)
	wantBytes(t, s, "images/a.jpg", "bytes")
}

func noOverwrite(t *testing.T, s storage.Store, stage *storage.Staging) {
	if s.Remote() {
		t.Log("a remote store is given each key once")
		return
	}
	stagedFile(t, stage, "a", "first")
	stagedFile(t, stage, "b", "second")
	put(t, s, storage.Move{Staged: "a", Key: "images/a.jpg"})
	err := s.Put(context.Background(), storage.Move{Staged: "b", Key: "images/a.jpg"})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("Put on a taken key: %v, want fs.ErrExist", err)
	}
	wantBytes(t, s, "images/a.jpg", "first")
}

func missingStaged(t *testing.T, s storage.Store, _ *storage.Staging) {
	err := s.Put(context.Background(), storage.Move{Staged: "never", Key: "images/a.jpg"})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Put of a missing file: %v, want fs.ErrNotExist", err)
	}
}

func several(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "A")
	stagedFile(t, stage, "a.th", "thumb")
	put(t, s, storage.Move{Staged: "a", Key: "images/x/a.jpg"}, storage.Move{Staged: "a.th", Key: "images/x/a.th.jpg"})
	wantBytes(t, s, "images/x/a.jpg", "A")
	wantBytes(t, s, "images/x/a.th.jpg", "thumb")
}

func missingKey(t *testing.T, s storage.Store, _ *storage.Staging) {
	for _, key := range []string{"images/none.jpg", "none/none.jpg"} {
		if _, err := s.Open(context.Background(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q): %v, want fs.ErrNotExist", key, err)
		}
	}
}

func deleteTwice(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "A")
	put(t, s, storage.Move{Staged: "a", Key: "images/a.jpg"})
	for range 2 {
		if err := s.Delete(context.Background(), "images/a.jpg", "images/never.jpg"); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	missing := "images/a.jpg"
	if _, err := s.Open(context.Background(), missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open after Delete: %v, want fs.ErrNotExist", err)
	}
}

func readDeleted(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "still here")
	put(t, s, storage.Move{Staged: "a", Key: "images/a.jpg"})
	f, err := s.Open(context.Background(), "images/a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := s.Delete(context.Background(), "images/a.jpg"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if s.Remote() && err != nil {
		return
	}
	if err != nil || string(got) != "still here" {
		t.Errorf("read of a deleted open file: %q, %v", got, err)
	}
}

func badKeys(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "A")
	for _, key := range []string{"", ".", "..", "../a", "/a", "images/../../a", "images//a", "a/", ".stage/a", "images/.hidden", "a\x00b", `a\b`} {
		if err := s.Put(context.Background(), storage.Move{Staged: "a", Key: key}); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Put(%q): %v, want fs.ErrInvalid", key, err)
		}
		if _, err := s.Open(context.Background(), key); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Open(%q): %v, want fs.ErrInvalid", key, err)
		}
		if err := s.Delete(context.Background(), key); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Delete(%q): %v, want fs.ErrInvalid", key, err)
		}
	}
}

func seek(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "0123456789")
	put(t, s, storage.Move{Staged: "a", Key: "a"})
	f, err := s.Open(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(-3, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || string(got) != "789" {
		t.Errorf("read of the last three bytes: %q, %v", got, err)
	}
}

func described(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "bytes")
	put(t, s, storage.Move{
		Staged: "a", Key: "images/ä b%2F+.jpg", MIME: "image/jpeg", MD5: "4b3a6218bb3e3a7303e8a171a60fcf92",
		Disposition: `inline; filename*=UTF-8''%C3%A4%20b.jpg`,
	})
	wantBytes(t, s, "images/ä b%2F+.jpg", "bytes")
}

func large(t *testing.T, s storage.Store, stage *storage.Staging) {
	content := make([]byte, 1<<20)
	for i := range content {
		content[i] = byte(i ^ i>>8 ^ i>>16)
	}
	stagedFile(t, stage, "a", string(content))
	put(t, s, storage.Move{Staged: "a", Key: "a"})
	wantBytes(t, s, "a", string(content))
	f, err := s.Open(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// Near and far, forth and back.
	for _, place := range []int64{0, 1000, 5, 600_000, 1<<20 - 10, 300_000, 1 << 20} {
		if got, err := f.Seek(place, io.SeekStart); err != nil || got != place {
			t.Fatalf("Seek(%d): %d, %v", place, got, err)
		}
		buf := make([]byte, 100)
		n, err := io.ReadFull(f, buf)
		want := content[place:min(place+100, 1<<20)]
		if string(buf[:n]) != string(want) {
			t.Errorf("at %d: %d bytes that differ, want %d", place, n, len(want))
		}
		if err != nil && n == 100 {
			t.Errorf("at %d: %v", place, err)
		}
	}
	if _, err := f.Seek(-1, io.SeekStart); err == nil {
		t.Error("Seek before the start succeeded")
	}
}

func deleteMany(t *testing.T, s storage.Store, stage *storage.Staging) {
	stagedFile(t, stage, "a", "A")
	stagedFile(t, stage, "b", "B")
	put(t, s, storage.Move{Staged: "a", Key: "n/0"}, storage.Move{Staged: "b", Key: "n/2400"})
	var keys []string
	for i := range 2500 {
		keys = append(keys, fmt.Sprintf("n/%d", i))
	}
	if err := s.Delete(context.Background(), keys...); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for _, key := range []string{"n/0", "n/2400"} {
		if _, err := s.Open(context.Background(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) after Delete: %v, want fs.ErrNotExist", key, err)
		}
	}
}

func stagedFile(t *testing.T, stage *storage.Staging, name, content string) {
	t.Helper()
	f, err := stage.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close(), stage.Sync()); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s storage.Store, moves ...storage.Move) {
	t.Helper()
	if err := s.Put(context.Background(), moves...); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

func wantBytes(t *testing.T, s storage.Store, key, want string) {
	t.Helper()
	f, err := s.Open(context.Background(), key)
	if err != nil {
		t.Fatalf("Open(%q): %v", key, err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || string(got) != want {
		t.Errorf("bytes of %q: %q, %v, want %q", key, got, err, want)
	}
}
