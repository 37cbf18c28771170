// Package s3 is a storage.Store in a bucket of a server with the protocol of
// Amazon S3. Every process that uses the bucket sees its objects.
package s3

import (
	"cmp"
	"context"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
	"golang.org/x/sync/errgroup"

	"postern/storage"
)

// Options say where the bucket is and how objects are put there.
type Options struct {
	Endpoint  string // host and port; empty: Amazon's, by region
	Region    string
	Bucket    string // must exist
	Prefix    string // stands before every key, such as "postern/"
	PathStyle bool   // the bucket is in the path and not in the host
	Plain     bool   // without TLS
	CAFile    string // of the authority that has signed the server's certificate; empty: the system's

	AccessKey string // empty: of the environment, the shared file, then the machine's role
	SecretKey string

	Encryption   string // by the server: "", AES256 or aws:kms:KEY
	StorageClass string
	ACL          string
}

// MaxFile is the size of the largest object that one request can put.
const MaxFile = 5 << 30

// Bounds of single requests. A Put has those of its context.
const (
	firstByteTime = 10 * time.Second
	requestTime   = 10 * time.Second
	maxRetries    = 5
	deleteBatch   = 1000 // keys of one request, by the protocol
	putsAtOnce    = 8
)

// Store is a storage.Store in a bucket. Its staging folder is on a local disk.
type Store struct {
	core      minio.Core
	transport *http.Transport
	options   Options
	sse       encrypt.ServerSide
	staging   *storage.Staging
}

// New returns a store. It makes no request; see Check.
func New(o Options, staging *storage.Staging) (*Store, error) {
	transport, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	keys := credentials.NewStaticV4(o.AccessKey, o.SecretKey, "")
	if o.AccessKey == "" {
		keys = credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
		})
	}
	lookup := minio.BucketLookupDNS
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	s := &Store{options: o, transport: transport, staging: staging}
	if s.sse, err = encryption(o.Encryption); err != nil {
		return nil, err
	}
	client, err := minio.New(cmp.Or(o.Endpoint, "s3."+o.Region+".amazonaws.com"), &minio.Options{
		Creds: keys, Secure: !o.Plain, Transport: transport, Region: o.Region, BucketLookup: lookup, MaxRetries: maxRetries,
	})
	if err != nil {
		return nil, fmt.Errorf("s3 endpoint %q: %w", o.Endpoint, err)
	}
	s.core = minio.Core{Client: client}
	return s, nil
}

func newTransport(o Options) (*http.Transport, error) {
	roots, err := rootsOf(o.CAFile)
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: requestTime, KeepAlive: 30 * time.Second}).DialContext,
		// As many as uploads and reads at once, so that none waits for a handshake.
		MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: requestTime, ExpectContinueTimeout: time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		// What is stored compressed must come as it is stored.
		DisableCompression: true,
	}, nil
}

// rootsOf reads an authority's certificate; nil stands for the system's.
func rootsOf(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("s3 ca_file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("s3 ca_file: %s has no certificate", file)
	}
	return roots, nil
}

func encryption(text string) (encrypt.ServerSide, error) {
	switch key, kms := strings.CutPrefix(text, "aws:kms:"); {
	case text == "":
		return nil, nil
	case text == "AES256":
		return encrypt.NewSSE(), nil
	case kms && key != "":
		return encrypt.NewSSEKMS(key, nil)
	}
	return nil, fmt.Errorf(`s3 sse: %q is neither "AES256" nor "aws:kms:KEY"`, text)
}

// Staging returns the folder from which uploads are put into the bucket.
func (s *Store) Staging() *storage.Staging { return s.staging }

// Remote implements storage.Store.
func (s *Store) Remote() bool { return true }

// Close ends idle connections and releases the staging folder.
func (s *Store) Close() error {
	s.transport.CloseIdleConnections()
	return s.staging.Close()
}

// Put implements storage.Store. It puts all objects at once, each by one request. It does
// not look for an existing object, since a key is used for one upload only.
func (s *Store) Put(ctx context.Context, moves ...storage.Move) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(putsAtOnce)
	for _, m := range moves {
		group.Go(func() error {
			if err := s.put(ctx, m); err != nil {
				return fmt.Errorf("put %s: %w", m.Key, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (s *Store) put(ctx context.Context, m storage.Move) error {
	if err := storage.CheckKey(m.Key); err != nil {
		return err
	}
	f, err := s.staging.Open(m.Staged)
	if errors.Is(err, fs.ErrNotExist) {
		_, err := s.Stat(ctx, m.Key) // by an earlier Put
		return err
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.PutReader(ctx, m, f); err != nil {
		return err
	}
	return s.staging.Remove(m.Staged)
}

// PutReader puts bytes under a key, without looking for an existing object. It reads
// the bytes twice if m has no MD5. The error is like that of Put.
func (s *Store) PutReader(ctx context.Context, m storage.Move, r io.ReadSeeker) error {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	sum, err := sumOf(m.MD5, r)
	if err != nil {
		return err
	}
	options := minio.PutObjectOptions{
		ContentType: m.MIME, ContentDisposition: m.Disposition, CacheControl: "private, no-store",
		StorageClass: s.options.StorageClass, ServerSideEncryption: s.sse,
	}
	if s.options.ACL != "" {
		options.UserMetadata = map[string]string{"x-amz-acl": s.options.ACL}
	}
	// A type that cannot be closed: the client would close it before another try.
	body := struct{ io.ReadSeeker }{r}
	info, err := s.core.PutObject(ctx, s.options.Bucket, s.name(m.Key), body, size, base64.StdEncoding.EncodeToString(sum), "", options)
	if err != nil {
		return translate(ctx, err)
	}
	if isMD5(info.ETag) && info.ETag != hex.EncodeToString(sum) && !strings.HasPrefix(s.options.Encryption, "aws:kms") {
		return fmt.Errorf("the server has stored other bytes: their MD5 is %s, not %x", info.ETag, sum)
	}
	return nil
}

// sumOf returns an MD5, and computes it of r when it is not known.
func sumOf(known string, r io.ReadSeeker) ([]byte, error) {
	if known != "" {
		return hex.DecodeString(known)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	h := md5.New()
	_, err := io.Copy(h, r)
	return h.Sum(nil), err
}

// isMD5 reports whether an ETag has the form of an MD5, as that of a plain object is.
func isMD5(etag string) bool {
	b, err := hex.DecodeString(etag)
	return err == nil && len(b) == md5.Size
}

// Delete implements storage.Store.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := storage.CheckKey(key); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(keys, deleteBatch) {
		if err := s.deleteBatch(ctx, batch); err != nil {
			return fmt.Errorf("delete objects: %w", err)
		}
	}
	return nil
}

// deleteBatch deletes by one request, or by one for each key where the server does
// not know that request.
func (s *Store) deleteBatch(ctx context.Context, keys []string) error {
	if len(keys) == 1 {
		return s.deleteOne(ctx, keys[0])
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	objects := func(yield func(minio.ObjectInfo) bool) {
		for _, key := range keys {
			if !yield(minio.ObjectInfo{Key: s.name(key)}) {
				return
			}
		}
	}
	results, err := s.core.RemoveObjectsWithIter(ctx, s.options.Bucket, objects, minio.RemoveObjectsOptions{})
	if err != nil {
		return err
	}
	count := 0
	for result := range results {
		count++
		switch err := translate(ctx, result.Err); {
		case errors.Is(err, errors.ErrUnsupported):
			return s.deleteEach(context.WithoutCancel(ctx), keys)
		case err != nil && !isMissing(err):
			return err
		}
	}
	if count < len(keys) {
		// A server may leave out the keys that were not there; the client stops
		// without a word when its context ends.
		return cmp.Or(ctx.Err(), s.deleteEach(ctx, keys))
	}
	return nil
}

func (s *Store) deleteEach(ctx context.Context, keys []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(putsAtOnce)
	for _, key := range keys {
		group.Go(func() error { return s.deleteOne(ctx, key) })
	}
	return group.Wait()
}

func (s *Store) deleteOne(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	err := translate(ctx, s.core.RemoveObject(ctx, s.options.Bucket, s.name(key), minio.RemoveObjectOptions{}))
	if isMissing(err) {
		return nil
	}
	return err
}

// Object is an object as lists describe it.
type Object struct {
	Key      string
	Size     int64
	MD5      string // in hex; "" where the server does not tell it
	Modified time.Time
}

// Stat describes an object. The error wraps fs.ErrNotExist if there is none.
func (s *Store) Stat(ctx context.Context, key string) (Object, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	info, err := s.core.StatObject(ctx, s.options.Bucket, s.name(key), minio.StatObjectOptions{})
	if err != nil {
		return Object{}, translate(ctx, err)
	}
	return s.object(info), nil
}

func (s *Store) object(info minio.ObjectInfo) Object {
	o := Object{Key: strings.TrimPrefix(info.Key, s.options.Prefix), Size: info.Size, Modified: info.LastModified}
	if etag := strings.Trim(info.ETag, `"`); isMD5(etag) && !strings.HasPrefix(s.options.Encryption, "aws:kms") {
		o.MD5 = etag
	}
	return o
}

// List returns the objects below a folder of keys that come after a key, in the order
// of bytes, a thousand a request. It leaves out objects of the store itself.
func (s *Store) List(ctx context.Context, folder, after string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		options := minio.ListObjectsOptions{Prefix: s.options.Prefix + folder, Recursive: true}
		if after != "" {
			options.StartAfter = s.name(after)
		}
		for info := range s.core.ListObjectsIter(ctx, s.options.Bucket, options) {
			if info.Err != nil {
				yield(Object{}, fmt.Errorf("list bucket: %w", translate(ctx, info.Err)))
				return
			}
			if o := s.object(info); storage.CheckKey(o.Key) == nil && !yield(o, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Object{}, fmt.Errorf("list bucket: %w", err))
		}
	}
}

// Copy copies an object to another key within the server.
func (s *Store) Copy(ctx context.Context, from, to string) error {
	if err := errors.Join(storage.CheckKey(from), storage.CheckKey(to)); err != nil {
		return err
	}
	_, err := s.core.Client.CopyObject(ctx,
		minio.CopyDestOptions{Bucket: s.options.Bucket, Object: s.name(to), Encryption: s.sse},
		minio.CopySrcOptions{Bucket: s.options.Bucket, Object: s.name(from)})
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, translate(ctx, err))
	}
	return nil
}

// SignedURL returns a URL that serves an object to anybody for the time of life, with
// this type and disposition.
func (s *Store) SignedURL(ctx context.Context, key, mime, disposition string, life time.Duration) (string, error) {
	if err := storage.CheckKey(key); err != nil {
		return "", err
	}
	values := url.Values{"response-content-type": {mime}}
	if disposition != "" {
		values.Set("response-content-disposition", disposition)
	}
	u, err := s.core.PresignedGetObject(ctx, s.options.Bucket, s.name(key), life, values)
	if err != nil {
		return "", fmt.Errorf("sign a URL: %w", translate(ctx, err))
	}
	return u.String(), nil
}

// PublicURL returns the URL of an object below base, the URL of a public bucket or of a
// CDN in front of one.
func (s *Store) PublicURL(base, key string) (string, error) {
	if err := storage.CheckKey(key); err != nil {
		return "", err
	}
	return strings.TrimSuffix(base, "/") + "/" + (&url.URL{Path: s.name(key)}).EscapedPath(), nil
}

// name is a key's object.
func (s *Store) name(key string) string { return s.options.Prefix + key }
