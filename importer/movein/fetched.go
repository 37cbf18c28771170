package movein

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"sync"

	"postern/importer/bring"
	"postern/importer/chevereto"
	"postern/media"
	"postern/media/fetch"
	"postern/storage"
)

const (
	// fetchedAtOnce bounds the bytes that are fetched before the items of them are
	// brought here, by what records say.
	fetchedAtOnce = 1 << 30
	// maxFailures is after how many failures in a row a storage is asked no more.
	maxFailures = 20
)

// fetching brings files of external storages from their public URLs into a folder, from
// where they move on with their items. A file that is whole stays there until its item
// is here: an import that was cut off does not fetch it again.
type fetching struct {
	client *fetch.Client
	folder *os.Root // by storages

	mu     sync.Mutex
	failed map[int64]int // failures in a row, by storages
}

// fetchedFolder is where files lie that were fetched for the site.
func (r *run) fetchedFolder() string {
	return filepath.Join(cmp.Or(r.TempDir, os.TempDir()), fmt.Sprintf("fetched-%d", r.site.ID))
}

// openFetching makes the folder for files that are fetched. A dry run has none.
func (r *run) openFetching() error {
	if r.Fetch == nil || r.DryRun {
		return nil
	}
	dir := r.fetchedFolder()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	folder, err := os.OpenRoot(dir)
	r.fetching = &fetching{client: r.Fetch, folder: folder, failed: make(map[int64]int)}
	return err
}

func (r *run) closeFetching() {
	if r.fetching != nil && r.fetching.folder != nil {
		r.fetching.folder.Close()
	}
}

// dropFetched removes what fetched files are left, once an import has come to its end.
func (r *run) dropFetched(context.Context) error {
	if r.DryRun {
		return nil
	}
	return os.RemoveAll(r.fetchedFolder())
}

// dropFetched removes what was fetched for an item that is left.
func (e *entry) dropFetched() {
	for role := range e.remote {
		from := e.arrival.Source[role]
		_ = from.Root.Remove(from.Path) // the end of the import removes the folder
	}
}

// fetches reports whether the files of an image come from the URL of its storage.
func (r *run) fetches(m *chevereto.Image) bool {
	return r.Fetch != nil && m.StorageNumber != 0 && r.roots[m.StorageNumber] == nil && r.urls[m.StorageNumber] != ""
}

// fetched is where a file of a storage lies, once it is here.
func (r *run) fetched(storage int64, file string) bring.SourceFile {
	s := bring.SourceFile{Path: path.Join(fmt.Sprint(storage), file)}
	if r.fetching != nil {
		s.Root = r.fetching.folder
	}
	return s
}

// notFetchedError is why a file has not come, and what the report says of that.
type notFetchedError struct {
	reason string
	cause  error
}

func (e *notFetchedError) Error() string { return fmt.Sprintf("%s: %v", e.reason, e.cause) }

func (e *notFetchedError) Unwrap() error { return e.cause }

// fetch brings the files of an item, as far as its storage has them. The item cannot do
// without its original.
func (r *run) fetch(ctx context.Context, e *entry) error {
	for _, role := range e.arrival.Item.Roles() {
		err := r.fetchFile(ctx, e.image.StorageNumber, e.remote[role], e.arrival.Source[role])
		var status *fetch.StatusError
		if errors.As(err, &status) && isMissing(status.Status) {
			if role != media.RoleOriginal {
				continue // Examine tells that it is missing
			}
			return &notFetchedError{"the file is not at the URL of its storage", err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isMissing reports whether a status says that there is no such file. A bucket that
// nobody may list says that it is forbidden.
func isMissing(status int) bool { return status == 404 || status == 410 || status == 403 }

func (r *run) fetchFile(ctx context.Context, storage int64, file string, to bring.SourceFile) error {
	if _, err := to.Root.Stat(to.Path); err == nil {
		return nil // by an import that was cut off
	}
	f := r.fetching
	if f.givenUp(storage) {
		return &notFetchedError{fmt.Sprintf("storage %d does not answer: run the import again later", storage), errors.New(r.urls[storage])}
	}
	address := r.urls[storage] + (&url.URL{Path: file}).EscapedPath()
	res, err := f.client.Get(ctx, address)
	f.answered(storage, err)
	if err == nil {
		err = r.keep(to, res.Body)
		res.Body.Close()
	}
	if err == nil || errors.Is(err, media.ErrFull) || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), err)
	}
	return &notFetchedError{"the file could not be fetched", fmt.Errorf("%s: %w", address, err)}
}

// partSuffix is that of files that are not whole yet.
const partSuffix = ".part"

// keep writes a file, whole and durable or not at all.
func (r *run) keep(to bring.SourceFile, from io.Reader) error {
	if r.Room != nil {
		if err := r.Room(); err != nil {
			return err
		}
	}
	err := to.Root.MkdirAll(path.Dir(to.Path), 0o700)
	if err != nil {
		return storage.Classify(err)
	}
	part := to.Path + partSuffix
	f, err := to.Root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return storage.Classify(err)
	}
	limit := r.Library.Policy().MaxFile
	n, err := io.Copy(f, io.LimitReader(from, limit+1))
	if err == nil && n > limit {
		err = &media.SizeError{Limit: limit}
	}
	if err == nil {
		err = storage.SyncFile(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		return to.Root.Rename(part, to.Path)
	}
	return storage.Classify(errors.Join(err, to.Root.Remove(part)))
}

// answered notes whether a storage has answered. A missing file is an answer, too.
func (f *fetching) answered(storage int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var status *fetch.StatusError
	if err == nil || errors.As(err, &status) && isMissing(status.Status) {
		f.failed[storage] = 0
	} else {
		f.failed[storage]++
	}
}

func (f *fetching) givenUp(storage int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed[storage] >= maxFailures
}
