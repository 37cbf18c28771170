package tus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tus/tusd/v2/pkg/handler"
)

// upload is one upload in a Store, for one request that has its lock.
type upload struct {
	store  *Store
	record *record
}

// GetInfo implements handler.Upload.
func (u *upload) GetInfo(context.Context) (handler.FileInfo, error) {
	r := u.record
	return handler.FileInfo{ID: r.ID, Size: r.Size, Offset: r.offset, MetaData: r.Metadata}, nil
}

// WriteChunk implements handler.Upload. If the connection breaks, the bytes that arrived
// stay. A part with a checksum counts as a whole or not at all.
func (u *upload) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	e := exchangeOf(ctx)
	if e.sum != nil {
		u.record.Verified = &offset
		if err := u.store.save(u.record); err != nil {
			return 0, e.fail(err)
		}
	}
	n, err := u.write(offset, src)
	if e.sum != nil {
		if err == nil {
			err = e.sum.check()
		}
		if err != nil {
			n = 0
		}
		err = errors.Join(err, u.settle(offset+n))
	}
	u.record.offset = offset + n
	if err != nil {
		return n, e.fail(err)
	}
	return n, nil
}

func (u *upload) write(offset int64, src io.Reader) (int64, error) {
	f, err := u.store.root.OpenFile(u.record.ID+bytesSuffix, os.O_WRONLY, 0)
	if err != nil {
		return 0, fmt.Errorf("write part: %w", err)
	}
	// Bytes behind the offset are of a part that did not count.
	err = f.Truncate(offset)
	if err == nil {
		_, err = f.Seek(offset, io.SeekStart)
	}
	var n int64
	if err == nil {
		n, err = io.Copy(&writer{f: f, store: u.store}, src)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return n, fmt.Errorf("write part: %w", err)
	}
	return n, nil
}

// settle ends a part with a checksum: size bytes count, whether the part did or not.
func (u *upload) settle(size int64) error {
	f, err := u.store.root.OpenFile(u.record.ID+bytesSuffix, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		return err
	}
	u.record.Verified = nil
	return u.store.save(u.record)
}

// spaceBlock is how many bytes are written between two looks at what is free.
const spaceBlock = 16 << 20

// writer writes only while there is room.
type writer struct {
	f     *os.File
	store *Store
	left  int64
}

func (w *writer) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		if err := w.store.Volume.CheckMinFree(); err != nil {
			return 0, err
		}
		w.left = spaceBlock
	}
	n, err := w.f.Write(p)
	return n, classify(err)
}

// GetReader implements handler.Upload. Nothing calls it.
func (u *upload) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// FinishUpload implements handler.Upload.
func (u *upload) FinishUpload(context.Context) error { return nil }

// Terminate implements handler.TerminatableUpload. If the upload has become an item, the
// item stays.
func (u *upload) Terminate(context.Context) error {
	u.store.remove(u.record.ID)
	return nil
}
