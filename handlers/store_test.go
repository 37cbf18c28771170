package handlers_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"testing"

	"postern/storage"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
)

// fileStore is a store with the folder of what is on its way there.
type fileStore interface {
	storage.Store
	io.Closer
	Staging() *storage.Staging
}

// onBucket reports whether all tests are to run with a bucket, which a server in this
// process has.
func onBucket() bool { return os.Getenv("POSTERN_TEST_STORE") == "s3" }

// needDisk skips a test of what lies in the folder of files.
func needDisk(t *testing.T) {
	t.Helper()
	if onBucket() {
		t.Skip("this is about files on a disk")
	}
}

// brokenStatus is that of an upload when the store fails: a bucket's server may be
// back soon.
func brokenStatus() int {
	if onBucket() {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// openStore opens an empty store, of a disk in dir unless tests are to run with a
// bucket.
func openStore(t *testing.T, dir string) fileStore {
	t.Helper()
	if !onBucket() {
		disk, err := storage.OpenDisk(dir)
		if err != nil {
			t.Fatal(err)
		}
		return disk
	}
	staging, err := storage.OpenStaging(dir)
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := s3.New(s3test.InProcess(t).Options, staging)
	if err != nil {
		t.Fatal(err)
	}
	return bucket
}

// mirror puts the files of a bucket where those of a disk lie, so that tests may look
// at them.
func (s *site) mirror() {
	s.t.Helper()
	bucket, ok := s.files.(*s3.Store)
	if !ok {
		return
	}
	if err := os.RemoveAll(filepath.Join(s.dir, "images")); err != nil {
		s.t.Fatal(err)
	}
	for object, err := range bucket.List(context.Background(), "", "") {
		if err != nil {
			s.t.Fatal(err)
		}
		// An object's name is its file's with a folder of its own before the last element.
		name := filepath.Join(s.dir, path.Dir(path.Dir(object.Key)), path.Base(object.Key))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			s.t.Fatal(err)
		}
		write(s.t, name, s.object(bucket, object.Key))
	}
}

func (s *site) object(bucket *s3.Store, name string) []byte {
	s.t.Helper()
	f, err := bucket.Open(context.Background(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}
