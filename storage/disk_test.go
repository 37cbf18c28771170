package storage_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"postern/storage"
	"postern/storage/storagetest"
)

func TestDiskKeepsTheContract(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) (storage.Store, *storage.Staging) {
		d := openDisk(t, t.TempDir())
		return d, d.Staging()
	})
}

func TestDiskFinishesAPublicationThatWasCutOff(t *testing.T) {
	dir := t.TempDir()
	d := openDisk(t, dir)
	stageFile(t, d, "a", "bytes")
	// A crash between link and unlink leaves both names on one file.
	if err := os.Link(filepath.Join(dir, ".stage", "a"), filepath.Join(dir, "a.jpg")); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(context.Background(), storage.Move{Staged: "a", Key: "a.jpg"}); err != nil {
		t.Fatalf("Put: %v", err)
	}
	if names, _ := d.Staging().Names(); len(names) != 0 {
		t.Errorf("stage holds %v, want nothing", names)
	}
}

func TestDiskDoesNotFollowLinksOutOfItsRoot(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := openDisk(t, dir)
	if err := os.Symlink(outside, filepath.Join(dir, "images")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(context.Background(), "images/secret"); err == nil {
		t.Error("Open followed a link out of the root")
	}
	stageFile(t, d, "a", "bytes")
	if err := d.Put(context.Background(), storage.Move{Staged: "a", Key: "images/a"}); err == nil {
		t.Error("Put followed a link out of the root")
	}
}

func TestDiskOpensFilesOnly(t *testing.T) {
	dir := t.TempDir()
	d := openDisk(t, dir)
	if err := os.MkdirAll(filepath.Join(dir, "images/2026"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(context.Background(), "images/2026"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of a folder: %v, want fs.ErrNotExist", err)
	}
}

func openDisk(t *testing.T, dir string) *storage.Disk {
	t.Helper()
	d, err := storage.OpenDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func stageFile(t *testing.T, d *storage.Disk, name, content string) {
	t.Helper()
	f, err := d.Staging().Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
}
