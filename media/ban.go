package media

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
)

// Ban is a file that nobody may upload.
type Ban struct {
	Digest    string // MD5 or SHA-256 in lower-case hex
	Reason    string
	CreatedAt time.Time
}

// ErrBanned reports bytes that the operator has banned.
var ErrBanned = errors.New("file is banned")

// Bans is the part of a database for bans. The rules of ItemRecords hold.
type Bans interface {
	// InsertBan adds a ban, or gives the one that is there another reason.
	InsertBan(ctx context.Context, b Ban) error
	DeleteBan(ctx context.Context, digest string) error
	Bans(ctx context.Context) ([]Ban, error)
	// Banned returns the ban of an MD5, or of the SHA-256 of the same bytes.
	// sha256, which takes a pass over them, is called only when bans by SHA-256
	// are there at all.
	Banned(ctx context.Context, md5 string, sha256 func() (string, error)) (Ban, error)
}

var digestForm = regexp.MustCompile(`^(?:[0-9a-f]{32}|[0-9a-f]{64})$`)

// ParseDigest returns the digest in a text as Ban has it, and whether it is one.
func ParseDigest(text string) (string, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	return text, digestForm.MatchString(text)
}
