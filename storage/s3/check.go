package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"

	"postern/storage"
)

// ownerObject holds the identity of the cluster whose bucket and prefix these are.
const ownerObject = ".postern"

// Check tests the requests that a gateway needs. If the server refuses one, the error
// says what an operator has to change: the bucket and its region, the right to list, the
// clock, the keys.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	options := minio.ListObjectsOptions{Prefix: s.options.Prefix, Recursive: true, MaxKeys: 1}
	for info := range s.core.ListObjectsIter(ctx, s.options.Bucket, options) {
		if info.Err != nil {
			return s.explain("list its objects (s3:ListBucket)", translate(ctx, info.Err))
		}
		break
	}
	return ctx.Err()
}

// Claim marks the bucket, or the part below the prefix, as owned by the cluster with an
// identity. It claims a bucket without an owner only if mayTake is set: the caller has no
// items yet, since otherwise the settings name a wrong bucket. Claim also tests that
// objects may be put and deleted.
func (s *Store) Claim(ctx context.Context, identity string, mayTake bool) error {
	if err := s.verify(ctx, identity, mayTake); err != nil {
		return err
	}
	content := []byte(identity + "\n")
	_, err := s.core.PutObject(ctx, s.options.Bucket, s.name(ownerObject), bytes.NewReader(content), int64(len(content)), "", "",
		minio.PutObjectOptions{ContentType: "text/plain", ServerSideEncryption: s.sse})
	if err != nil {
		return s.explain("put an object (s3:PutObject)", translate(ctx, err))
	}
	if err := s.deleteOne(ctx, ownerObject+".never"); err != nil {
		return s.explain("delete an object (s3:DeleteObject)", err)
	}
	return nil
}

// Verify returns an error unless the bucket is owned by the cluster with an identity. It
// changes nothing.
func (s *Store) Verify(ctx context.Context, identity string) error {
	return s.verify(ctx, identity, false)
}

func (s *Store) verify(ctx context.Context, identity string, mayTake bool) error {
	owner, err := s.owner(ctx)
	switch {
	case err != nil:
		return s.explain("read an object (s3:GetObject)", err)
	case owner == "" && !mayTake:
		return fmt.Errorf("%s has no object %s, but there are items: are bucket and prefix right?", s, s.name(ownerObject))
	case owner != "" && owner != identity:
		return fmt.Errorf("%s belongs to another installation, %s, and not to this one, %s", s, owner, identity)
	}
	return nil
}

// owner returns the identity of the cluster that has claimed the bucket, "" for none.
func (s *Store) owner(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	body, _, _, err := s.core.GetObject(ctx, s.options.Bucket, s.name(ownerObject), minio.GetObjectOptions{})
	if err != nil {
		if err = translate(ctx, err); isMissing(err) {
			return "", nil
		}
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, 1<<10))
	return strings.TrimSpace(string(text)), err
}

// String returns the name of the bucket for messages.
func (s *Store) String() string {
	return fmt.Sprintf("bucket %s at %s%s", s.options.Bucket, s.core.EndpointURL().Host, prefixWords(s.options.Prefix))
}

func prefixWords(prefix string) string {
	if prefix == "" {
		return ""
	}
	return ", prefix " + prefix
}

// explain says what to do about a refusal.
func (s *Store) explain(wish string, err error) error {
	var answer minio.ErrorResponse
	errors.As(err, &answer)
	hint := ""
	switch answer.Code {
	case minio.NoSuchBucket:
		hint = "there is no such bucket: make it first, or correct s3.bucket"
	case "AuthorizationHeaderMalformed", "PermanentRedirect", minio.InvalidRegion, "IllegalLocationConstraintException":
		hint = "the bucket is in another region: correct s3.region"
		if answer.Region != "" {
			hint += fmt.Sprintf(" (the server says %q)", answer.Region)
		}
	case "RequestTimeTooSkewed":
		hint = "the clock of this machine is wrong: set it, by NTP for example"
	case "InvalidAccessKeyId", "XAdminUserNotFound":
		hint = "the server does not know s3.access_key"
	case "SignatureDoesNotMatch":
		hint = "s3.secret_key does not belong to s3.access_key"
	case minio.AccessDenied:
		hint = "the key may not " + wish
	}
	if hint == "" && errors.Is(err, storage.ErrUnavailable) {
		hint = "it does not answer: are s3.endpoint, s3.tls and s3.path_style right?"
	}
	if hint == "" {
		return fmt.Errorf("%s: cannot %s: %w", s, wish, err)
	}
	return fmt.Errorf("%s: %s: %w", s, hint, err)
}
