// Package migrate copies the files of all items from one store to another. Names are
// the same in every store, so no record changes.
package migrate

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"golang.org/x/sync/errgroup"

	"postern/media"
	"postern/storage"
)

// Store is a store with the folder of what is on its way there.
type Store interface {
	storage.Store
	Staging() *storage.Staging
}

// Records is what a copy needs of a database.
type Records interface {
	EachObject(ctx context.Context, visit func(media.StoredObject) error) error
}

// Options say what to copy, and where to. Servers may use the source meanwhile.
type Options struct {
	From, To Store
	Records  Records
	Has      func(ctx context.Context, key string) (size int64, err error) // of To; fs.ErrNotExist for none
	Problem  func(object string, err error)                                // of an object that is not copied
	Progress func(Result)                                                  // after each file, one call at a time
}

// Result counts what a copy has done.
type Result struct {
	Copied, Kept, Problems int
	Bytes                  int64 // copied
}

const copiesAtOnce = 16

// Run copies what To has not, by name and size. It can be cut off and run again.
func Run(ctx context.Context, o Options) (Result, error) {
	var mu sync.Mutex
	var result Result
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(copiesAtOnce)
	note := func(name string, n int64, err error) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			result.Problems++
			o.Problem(name, err)
		case n < 0:
			result.Kept++
		default:
			result.Copied++
			result.Bytes += n
		}
		o.Progress(result)
	}
	err := o.Records.EachObject(ctx, func(object media.StoredObject) error {
		if !object.There {
			return ctx.Err()
		}
		group.Go(func() error {
			n, err := o.copy(ctx, object)
			if errors.Is(err, storage.ErrFull) || ctx.Err() != nil {
				return err
			}
			note(object.Name, n, err)
			return nil
		})
		return ctx.Err()
	})
	return result, errors.Join(group.Wait(), err)
}

// copy returns how many bytes it has copied, -1 when they were there.
func (o Options) copy(ctx context.Context, object media.StoredObject) (int64, error) {
	size, err := o.Has(ctx, object.Name)
	if err == nil && size == object.Size {
		// A copy that was cut off after its publication has left the other name.
		return -1, o.To.Staging().Remove(stagedName(object))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if err == nil {
		// Half a file, which an earlier program has left.
		if err := o.To.Delete(ctx, object.Name); err != nil {
			return 0, err
		}
	}
	sum, err := o.stage(ctx, object)
	if err == nil {
		err = o.To.Put(ctx, storage.Move{Staged: stagedName(object), Key: object.Name, MD5: sum})
	}
	return object.Size, errors.Join(err, o.To.Staging().Remove(stagedName(object)))
}

// stagedName is one that no upload has.
func stagedName(object media.StoredObject) string {
	sum := md5.Sum([]byte(object.Name))
	return "migrated." + hex.EncodeToString(sum[:])
}

// stage takes the bytes of an object into the staging folder, and proves them there.
func (o Options) stage(ctx context.Context, object media.StoredObject) (string, error) {
	from, err := o.From.Open(ctx, object.Name)
	if err != nil {
		return "", err
	}
	defer from.Close()
	if err := o.To.Staging().Remove(stagedName(object)); err != nil {
		return "", err
	}
	to, err := o.To.Staging().Create(stagedName(object))
	if err != nil {
		return "", err
	}
	defer to.Close()
	h := md5.New()
	n, err := io.Copy(io.MultiWriter(to, h), from)
	sum := hex.EncodeToString(h.Sum(nil))
	switch {
	case err != nil:
		return "", storage.Classify(err)
	case n != object.Size:
		return "", fmt.Errorf("has %d bytes, not %d", n, object.Size)
	case object.MD5 != "" && sum != object.MD5:
		return "", fmt.Errorf("has the MD5 %s, not %s", sum, object.MD5)
	}
	if err := storage.SyncFile(to); err != nil {
		return "", storage.Classify(err)
	}
	return sum, o.To.Staging().Sync()
}
