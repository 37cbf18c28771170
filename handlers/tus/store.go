package tus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"

	"postern/handlers/site"
	"postern/media"
	"postern/media/notify"
	"postern/storage"
)

// Config are the settings of a Store.
type Config struct {
	Dir    string          // folder of the uploads; made when it is missing
	Keep   time.Duration   // that an upload waits for its next part, and is remembered when it is done
	Open   int             // uploads that one user, or one address of guests, may have begun; 0 for any
	Volume *storage.Volume // below Dir; nil: always with room
	Now    func() time.Time
	Log    *slog.Logger
}

// Store keeps uploads that come in parts, each in a file with a record beside it. They
// outlive the process: an upload continues after a crash. Store is safe for concurrent
// use, by one process.
type Store struct {
	Config
	root   *os.Root
	locker *memorylocker.MemoryLocker

	mu   sync.Mutex
	open map[string]begun // by ID
}

// begun is an upload that is no item yet, as it counts for its owner.
type begun struct {
	owner owner
	size  int64
}

// OpenStore opens the uploads of a folder. The caller closes the store.
func OpenStore(c Config) (*Store, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open resumable uploads: %w", err)
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("open resumable uploads: %w", err)
	}
	s := &Store{Config: c, root: root, locker: memorylocker.New(), open: make(map[string]begun)}
	if err := s.sweep(func(rec *record) { s.open[rec.ID] = begun{rec.Owner, rec.Size} }); err != nil {
		root.Close()
		return nil, fmt.Errorf("open resumable uploads: %w", err)
	}
	return s, nil
}

// Close releases the folder.
func (s *Store) Close() error { return s.root.Close() }

// sweepEvery is how often ended uploads are removed. They are not found from the
// moment on at which they end.
const sweepEvery = time.Minute

// Run removes ended uploads until ctx ends.
func (s *Store) Run(ctx context.Context) {
	notify.Every(ctx, sweepEvery, func() {
		if err := s.sweep(nil); err != nil {
			s.logFault("remove ended uploads", err)
		}
	})
}

// logFault logs an error without the ID of its upload, which leads to a delete link.
func (s *Store) logFault(message string, err error) {
	s.Log.Error(message, "folder", s.Dir, "error", site.HideSecrets(err.Error()))
}

// sweep removes what has ended, or belongs to no upload, and calls found for each
// upload that is no item yet.
func (s *Store) sweep(found func(*record)) error {
	dir, err := s.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		id, _, _ := strings.Cut(name, ".")
		if !validID.MatchString(id) {
			continue // none of ours
		}
		if strings.HasSuffix(name, bytesSuffix) && !s.young(name) {
			if _, err := s.root.Stat(id + recordSuffix); errors.Is(err, fs.ErrNotExist) {
				s.remove(id)
			}
			continue
		}
		if !strings.HasSuffix(name, recordSuffix) {
			continue
		}
		rec, err := s.load(id)
		switch {
		case errors.Is(err, errNone):
			s.remove(id)
		case err != nil:
			s.logFault("an upload cannot be read", err)
		case found != nil && !rec.done():
			found(rec)
		}
	}
	return nil
}

// young reports whether a file is so new that its record may be about to be written.
func (s *Store) young(name string) bool {
	info, err := s.root.Stat(name)
	return err == nil && s.Now().Sub(info.ModTime()) < sweepEvery
}

// announced is what an owner has begun.
func (s *Store) announced(o owner) (u media.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.open {
		if b.owner == o {
			u.Items++
			u.Bytes += b.size
		}
	}
	return u
}

// create begins an upload.
func (s *Store) create(rec *record) error {
	if err := s.Volume.CheckMinFree(); err != nil {
		return err
	}
	f, err := s.root.OpenFile(rec.ID+bytesSuffix, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("begin upload: %w", classify(err))
	}
	if err := errors.Join(f.Close(), s.save(rec)); err != nil {
		s.remove(rec.ID)
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[rec.ID] = begun{rec.Owner, rec.Size}
	return nil
}

// finish notes that an upload has become an item: its bytes are removed, and no
// longer count.
func (s *Store) finish(rec *record) error {
	if err := s.save(rec); err != nil {
		return err
	}
	s.forget(rec.ID)
	return s.root.Remove(rec.ID + bytesSuffix)
}

// remove removes an upload.
func (s *Store) remove(id string) {
	s.forget(id)
	// The record goes last: without it, the bytes would be nobody's until they are old.
	for _, name := range []string{id + bytesSuffix, id + recordSuffix + ".new", id + recordSuffix} {
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.logFault("remove an upload", err)
		}
	}
}

func (s *Store) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, id)
}

// lock makes the caller the only one who works on an upload. Another request that
// sends bytes of it is told to end.
func (s *Store) lock(ctx context.Context, id string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	lock, err := s.locker.NewLock(id)
	if err == nil {
		err = lock.Lock(ctx, func() {})
	}
	if err != nil {
		return nil, errLocked
	}
	return func() { _ = lock.Unlock() }, nil
}

// NewUpload implements handler.DataStore.
func (s *Store) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	e := exchangeOf(ctx)
	rec := &record{ID: newID(), Owner: e.owner, Size: info.Size, Metadata: info.MetaData}
	if err := s.create(rec); err != nil {
		return nil, e.fail(err)
	}
	return s.GetUpload(ctx, rec.ID)
}

// GetUpload implements handler.DataStore.
func (s *Store) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	e := exchangeOf(ctx)
	rec, err := s.load(id)
	if err == nil && !rec.Owner.is(e.caller) {
		err = errNone
	}
	if err != nil {
		return nil, e.fail(err)
	}
	e.record = rec
	return &upload{s, rec}, nil
}

// AsTerminatableUpload implements handler.TerminaterDataStore.
func (s *Store) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	return u.(*upload)
}

// classify adds media.ErrFull where there is no room.
func classify(err error) error { return storage.Classify(err) }
