// Package storage keeps the bytes of uploads: first as staged uploads on a stage, then
// published under their keys in a store.
//
// The two steps exist so that a record can be committed between them: a staged upload
// is synced before its record is written and published after it, and whatever
// a crash leaves in staging is published or removed at the next start,
// depending on whether its record is there.
package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// ErrFull reports that the device or the quota below a store is full.
var ErrFull = errors.New("storage is full")

// ErrUnavailable reports that a store does not answer, or asks for a pause. It may
// pass by itself.
var ErrUnavailable = errors.New("storage is not available")

// Move names a staged upload and the key under which it is to be published.
type Move struct {
	Staged string // name on the Stage
	Key    string // see CheckKey

	// What a remote store tells those who read the object from it; "" for unknown.
	MIME        string
	Disposition string
	MD5         string // of the bytes, in hex
}

// Store keeps bytes under keys. All methods are safe for concurrent use.
type Store interface {
	// Put publishes staged uploads under their keys and returns when that is durable.
	// It is idempotent: a staged upload that is already published under its key, or
	// whose bytes are, is skipped, so that a Put cut off by a crash can be
	// repeated. The error wraps fs.ErrNotExist when the staged upload is neither in
	// staging nor published, ErrFull when there is no room, and ErrUnavailable when
	// another try may do. It wraps fs.ErrExist when other bytes hold the key: a
	// remote store does not look for them, so a key is used for one upload only.
	Put(ctx context.Context, moves ...Move) error

	// Open returns the bytes under key, or an error that wraps
	// fs.ErrNotExist. The caller closes it, before ctx ends. A key deleted while it
	// is open stays readable until then; in a remote store reading may fail, but
	// never returns other bytes.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)

	// Delete removes keys and returns when that is durable. A key that is
	// not there counts as removed.
	Delete(ctx context.Context, keys ...string) error

	// Remote reports whether the bytes are with a server: other processes may put
	// some there as well, a Put that has failed may still be carried out, and every
	// Open is a request.
	Remote() bool
}

// CheckKey reports whether key may name bytes: a slash-separated relative path
// as of fs.ValidPath, with no element that starts with a dot (those belong to
// the store itself). The error wraps fs.ErrInvalid.
func CheckKey(key string) error {
	if !fs.ValidPath(key) || key == "." || strings.ContainsAny(key, "\x00\\") {
		return fmt.Errorf("storage key %q: %w", key, fs.ErrInvalid)
	}
	for dir := key; dir != "."; dir = path.Dir(dir) {
		if strings.HasPrefix(path.Base(dir), ".") {
			return fmt.Errorf("storage key %q: %w", key, fs.ErrInvalid)
		}
	}
	return nil
}
