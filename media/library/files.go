package library

import (
	"context"
	"errors"
	"fmt"
	"io"

	"postern/media"
	"postern/storage"
)

// Files are the stored bytes of items. Who may have them is not asked here: the caller has
// the item from a Library that showed it. It is safe for concurrent use.
type Files struct {
	store   storage.Store
	staging *storage.Staging
	volume  *storage.Volume
}

// Open returns the bytes of a file; the caller closes it.
func (s *Files) Open(ctx context.Context, f media.File) (io.ReadSeekCloser, error) {
	return s.store.Open(ctx, f.Stored())
}

// Fetch returns the bytes of a file for reading in any order, or slowly; the caller
// closes it. From a remote store, it copies the whole file into the staging folder.
func (s *Files) Fetch(ctx context.Context, f media.File) (io.ReadSeekCloser, error) {
	if !s.store.Remote() {
		return s.store.Open(ctx, f.Stored())
	}
	if err := s.volume.CheckMinFree(); err != nil {
		return nil, err
	}
	from, err := s.store.Open(ctx, f.Stored())
	if err != nil {
		return nil, err
	}
	defer from.Close()
	to, err := s.staging.CreateUnnamed("fetched." + media.RandomHex(16))
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(to, from); err == nil {
		_, err = to.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fetch %s: %w", f.Key, storage.Classify(err)), to.Close())
	}
	return to, nil
}

// Remote reports whether the store is a remote one: other processes use it, too.
func (s *Files) Remote() bool { return s.store.Remote() }

// Publish gives the staged files of items the keys that their records name, as
// storage.Store.Put does.
func (s *Files) Publish(ctx context.Context, items ...*media.Item) error {
	var all []storage.Move
	for _, it := range items {
		all = append(all, moves(it, it.Roles())...)
	}
	return s.store.Put(ctx, all...)
}
