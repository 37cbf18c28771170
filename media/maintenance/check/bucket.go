package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"
	"time"

	"postern/media"
	"postern/storage/s3"
)

// Bucket is what a check needs of a bucket.
type Bucket interface {
	List(ctx context.Context, folder, after string) iter.Seq2[s3.Object, error]
	Stat(ctx context.Context, key string) (s3.Object, error)
	Copy(ctx context.Context, from, to string) error
	Delete(ctx context.Context, keys ...string) error
}

// ObjectRecords is what it needs of a database.
type ObjectRecords interface {
	Records
	EachObject(ctx context.Context, visit func(media.StoredObject) error) error
	Object(ctx context.Context, name string) (media.StoredObject, error)
	Overdue(ctx context.Context, before time.Time, limit int) ([]string, error)
}

// BucketOptions say what to check of a bucket, which servers may be using.
type BucketOptions struct {
	Bucket  Bucket
	Records ObjectRecords
	// RecordsOnly looks at the database and its sums, and does not list the bucket.
	RecordsOnly bool
	Repair      bool             // move objects without a record to lost+found
	MinAge      time.Duration    // of an object without a record; younger ones may be about to have one
	Now         func() time.Time // of the database
	Report      func(Finding)
	Progress    func(Result) // gets the counts after each object of a record; nil: nobody asks
}

// LostFolder takes objects without a record.
const LostFolder = "lost+found"

// RunBucket holds a bucket against its records: both come in one order, so that each is
// read once. Findings are no errors, as of Run.
func RunBucket(ctx context.Context, o BucketOptions) (Result, error) {
	c := &bucketChecker{
		checker: checker{Options: Options{Records: o.Records, Repair: o.Repair, Report: o.Report, Progress: o.Progress}, sound: true},
		bucket:  o.Bucket, objects: o.Records, minAge: o.MinAge, now: o.Now,
	}
	steps := []step{{"database", c.database}, {"arrivals", c.arrivals}, {"sums", c.sums}, {"bucket", c.merge}}
	if o.RecordsOnly {
		steps = steps[:3]
	}
	err := c.run(ctx, steps)
	return c.result, err
}

// bucketChecker is one run.
type bucketChecker struct {
	checker
	bucket  Bucket
	objects ObjectRecords
	minAge  time.Duration
	now     func() time.Time
}

const (
	// overdueAfter is how long a lease may be over that no server has looked at yet.
	overdueAfter = 5 * time.Minute
	maxOverdue   = 100 // that are told
)

// arrivals reports uploads that were cut off and that a server would have given up.
func (c *bucketChecker) arrivals(ctx context.Context) error {
	ids, err := c.objects.Overdue(ctx, c.now().Add(-overdueAfter), maxOverdue)
	for _, id := range ids {
		c.found(Staged, id, "an upload was cut off; a server that runs gives it up", nil)
	}
	return err
}

// merge reads the list of the bucket beside that of the records.
func (c *bucketChecker) merge(ctx context.Context) error {
	next, stop := iter.Pull2(c.bucket.List(ctx, "", ""))
	defer stop()
	object, err, more := next()
	advance := func() { object, err, more = next() }
	visit := func(want media.StoredObject) error {
		c.result.Files++
		c.advanced()
		for more && err == nil && object.Key < want.Name {
			if err := c.withoutRecord(ctx, object); err != nil {
				return err
			}
			advance()
		}
		if err != nil {
			return err
		}
		if !more || object.Key != want.Name {
			return c.missing(ctx, want)
		}
		found := object
		advance()
		return c.compare(ctx, want, found)
	}
	if err := c.objects.EachObject(ctx, visit); err != nil {
		return err
	}
	for ; more && err == nil; advance() {
		if err := c.withoutRecord(ctx, object); err != nil {
			return err
		}
	}
	return err
}

// missing looks again for an object that the list has not: it may be younger than that,
// or its item gone since.
func (c *bucketChecker) missing(ctx context.Context, want media.StoredObject) error {
	if !want.There {
		return nil
	}
	found, err := c.bucket.Stat(ctx, want.Name)
	if err == nil {
		return c.compare(ctx, want, found)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	now, err := c.objects.Object(ctx, want.Name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !now.There {
		return nil
	}
	if err == nil {
		c.found(Bytes, want.Name, "the object of item "+want.ItemID+" is missing", nil)
	}
	return err
}

// compare needs no bytes: lists tell the size and, of an object that was put at once,
// the MD5.
func (c *bucketChecker) compare(_ context.Context, want media.StoredObject, found s3.Object) error {
	switch {
	case !want.There:
	case found.Size != want.Size:
		c.found(Bytes, want.Name, fmt.Sprintf("has %d bytes, not %d", found.Size, want.Size), nil)
	case want.MD5 != "" && found.MD5 != "" && found.MD5 != want.MD5:
		c.found(Bytes, want.Name, fmt.Sprintf("has the MD5 %s, not %s", found.MD5, want.MD5), nil)
	}
	return nil
}

// withoutRecord reports an object that no record names, not even at a second look.
func (c *bucketChecker) withoutRecord(ctx context.Context, o s3.Object) error {
	if time.Since(o.Modified) < c.minAge || strings.HasPrefix(o.Key, LostFolder+"/") {
		return nil
	}
	if _, err := c.objects.Object(ctx, o.Key); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c.found(Recorded, o.Key, "no record names the object", func() (string, error) {
		to := path.Join(LostFolder, o.Key)
		if err := c.bucket.Copy(ctx, o.Key, to); err != nil {
			return "", err
		}
		return "moved to " + to, c.bucket.Delete(ctx, o.Key)
	})
	return nil
}
