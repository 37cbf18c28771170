package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/minio/minio-go/v7"

	"postern/storage"
)

// maxSkip is how many bytes a reader passes over rather than asking anew.
const maxSkip = 256 << 10

// object reads an object front to back with one request. A Seek only notes the place:
// a Read elsewhere passes over what is between, or asks for the rest in a request of
// its own.
type object struct {
	store *Store
	ctx   context.Context
	name  string
	size  int64
	etag  string

	place int64 // of the next Read
	at    int64 // of body
	body  io.ReadCloser
	close context.CancelFunc
}

// Open implements storage.Store. If an object is deleted while it is open, reads continue
// or fail; they never return other bytes.
func (s *Store) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	if err := storage.CheckKey(key); err != nil {
		return nil, err
	}
	o := &object{store: s, ctx: ctx, name: s.name(key)}
	info, err := o.request(minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	o.size, o.etag = info.Size, info.ETag
	return o, nil
}

// request begins to read. Its answer has to begin soon; how long its body may take is
// the reader's concern.
func (o *object) request(options minio.GetObjectOptions) (minio.ObjectInfo, error) {
	ctx, cancel := context.WithCancel(o.ctx)
	late := time.AfterFunc(firstByteTime, cancel)
	body, info, _, err := o.store.core.GetObject(ctx, o.store.options.Bucket, o.name, options)
	if inTime := late.Stop(); err == nil && !inTime {
		body.Close()
		err = context.DeadlineExceeded
	} else if err != nil && !inTime {
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	if err != nil {
		cancel()
		return info, translate(o.ctx, err)
	}
	o.body, o.close = body, cancel
	return info, nil
}

func (o *object) release() error {
	if o.body == nil {
		return nil
	}
	err := o.body.Close()
	o.close()
	o.body = nil
	return err
}

// Read implements io.Reader.
func (o *object) Read(p []byte) (int, error) {
	if o.place >= o.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := o.reach(); err != nil {
		return 0, err
	}
	n, err := o.body.Read(p)
	o.at += int64(n)
	o.place = o.at
	if err == io.EOF && o.at < o.size {
		err = io.ErrUnexpectedEOF
	}
	if err == io.EOF && n > 0 {
		err = nil
	}
	return n, err
}

// reach brings the body to the place of the next Read.
func (o *object) reach() error {
	if ahead := o.place - o.at; o.body != nil && ahead >= 0 && ahead <= maxSkip {
		n, err := io.CopyN(io.Discard, o.body, ahead)
		o.at += n
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if err := o.release(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	var options minio.GetObjectOptions
	if o.place > 0 {
		if err := options.SetRange(o.place, 0); err != nil {
			return err
		}
	}
	if o.etag != "" {
		if err := options.SetMatchETag(o.etag); err != nil {
			return err
		}
	}
	info, err := o.request(options)
	if err != nil {
		return fmt.Errorf("read on: %w", err)
	}
	if info.ETag != o.etag {
		// Not every server heeds If-Match.
		return errors.Join(errors.New("read on: the object is another one now"), o.release())
	}
	o.at = o.place
	return nil
}

// Seek implements io.Seeker.
func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.place
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek: %w", fs.ErrInvalid)
	}
	o.place = offset
	return offset, nil
}

// Close implements io.Closer.
func (o *object) Close() error { return o.release() }
