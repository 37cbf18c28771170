package setup

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"postern/config"
	"postern/media"
	"postern/storage"
	"postern/storage/s3"
)

// FileStore is a store with the folder of what is on its way there.
type FileStore interface {
	storage.Store
	io.Closer
	Staging() *storage.Staging
}

// OpenStore opens the store that the settings name, and asks a server for nothing.
func OpenStore(c config.Config) (FileStore, error) {
	if c.Store.Kind == "disk" {
		return storage.OpenDisk(c.DataDir)
	}
	return OpenBucket(c)
}

func OpenBucket(c config.Config) (*s3.Store, error) {
	staging, err := storage.OpenStaging(cmp.Or(c.S3.Scratch, c.DataDir))
	if err != nil {
		return nil, err
	}
	store, err := s3.New(BucketOptions(c), staging)
	if err != nil {
		return nil, errors.Join(err, staging.Close())
	}
	return store, nil
}

func BucketOptions(c config.Config) s3.Options {
	return s3.Options{
		Endpoint: c.S3.Endpoint, Region: c.S3.Region, Bucket: c.S3.Bucket, Prefix: c.S3.Prefix,
		PathStyle: c.S3.PathStyle, Plain: !c.S3.TLS, CAFile: c.S3.CAFile,
		AccessKey: c.S3.AccessKey, SecretKey: c.S3.SecretKey,
		Encryption: c.S3.SSE, StorageClass: c.S3.StorageClass, ACL: c.S3.ACL,
	}
}

// linkTime is how long a signed URL of a file is of use. A redirect to it is kept for a
// minute.
const linkTime = 5 * time.Minute

// FileURL returns where clients are sent for files, nil for nowhere.
func FileURL(c config.Config, store FileStore) func(context.Context, media.File, string) (string, error) {
	bucket, ok := store.(*s3.Store)
	if !ok || c.S3.Serve != "redirect" {
		return nil
	}
	if c.S3.PublicURL != "" {
		return func(_ context.Context, f media.File, _ string) (string, error) {
			return bucket.PublicURL(c.S3.PublicURL, f.Stored())
		}
	}
	return func(ctx context.Context, f media.File, disposition string) (string, error) {
		return bucket.SignedURL(ctx, f.Stored(), f.MIME, disposition, linkTime)
	}
}

// ClaimStore makes sure that a bucket can be used, and is that of the database.
func ClaimStore(ctx context.Context, store FileStore, DB *Database) error {
	bucket, ok := store.(*s3.Store)
	if !ok {
		return nil
	}
	used, err := DB.HasItems(ctx)
	if err != nil {
		return err
	}
	return ClaimBucket(ctx, bucket, DB, !used)
}

// VerifyBucket makes sure that a bucket is that of the database, and changes nothing there.
func VerifyBucket(ctx context.Context, bucket *s3.Store, db *Database) error {
	if err := bucket.Check(ctx); err != nil {
		return err
	}
	identity, err := db.Identity(ctx, media.RandomHex(32))
	if err != nil {
		return err
	}
	return bucket.Verify(ctx, identity)
}

// ClaimBucket does so with a bucket, which may be a new one when mayTake says so.
func ClaimBucket(ctx context.Context, bucket *s3.Store, DB *Database, mayTake bool) error {
	if err := bucket.Check(ctx); err != nil {
		return err
	}
	identity, err := DB.Identity(ctx, media.RandomHex(32))
	if err != nil {
		return err
	}
	return bucket.Claim(ctx, identity, mayTake)
}
