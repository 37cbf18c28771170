package tus

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"time"

	"postern/media"
)

// record is what is known of one upload. It lies beside the bytes.
type record struct {
	ID       string            `json:"id"`
	Owner    owner             `json:"owner"`
	Size     int64             `json:"size"` // bytes, when it is whole
	Metadata map[string]string `json:"metadata"`

	// Verified is there while a part is written whose checksum is not known yet: of the
	// bytes, only so many count.
	Verified *int64 `json:"verified,omitempty"`

	// Staged is the ID of the item that is being made of the bytes. After a crash it
	// tells whether there is one.
	Staged string `json:"staged,omitempty"`
	// Item is the ID of the item that the upload has become.
	Item string `json:"item,omitempty"`

	offset int64     // bytes that are there
	ends   time.Time // when the upload is given up, or forgotten
}

// owner is who may go on with an upload. Guests are told apart by the digests of their
// addresses, but only for what they may begin: an address may change under way.
type owner struct {
	UserID  int64  `json:"user_id"` // 0 for a guest
	Address string `json:"address,omitempty"`
}

// is reports whether a caller is the owner.
func (o owner) is(c media.Caller) bool { return o.UserID == c.User.ID }

// whole reports whether all bytes are there.
func (r *record) whole() bool { return r.offset == r.Size }

// done reports whether the upload has become an item.
func (r *record) done() bool { return r.Item != "" }

// validID is what IDs look like: they are names of files.
var validID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

func newID() string { return rand.Text() }

const (
	recordSuffix = ".json"
	bytesSuffix  = ".part"
)

// load reads the record of an upload. The error wraps fs.ErrNotExist when there is
// none, or it has ended.
func (s *Store) load(id string) (*record, error) {
	if !validID.MatchString(id) {
		return nil, errNone
	}
	text, err := s.root.ReadFile(id + recordSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNone
	}
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	rec := new(record)
	if err := json.Unmarshal(text, rec); err != nil || rec.ID != id {
		return nil, fmt.Errorf("read upload %s: the record is damaged", id)
	}
	if err := s.measure(rec); err != nil {
		return nil, err
	}
	if !s.Now().Before(rec.ends) {
		return nil, errNone
	}
	return rec, nil
}

// errNone does not name a file: no file of ours is lost.
var errNone = fmt.Errorf("no such upload: %w", fs.ErrNotExist)

// measure finds how much is there, and when it ends.
func (s *Store) measure(rec *record) error {
	name := rec.ID + bytesSuffix
	if rec.done() {
		name = rec.ID + recordSuffix
	}
	info, err := s.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errNone
	case err != nil:
		return fmt.Errorf("read upload: %w", err)
	}
	rec.ends = info.ModTime().Add(s.Keep)
	switch {
	case rec.done():
		rec.offset = rec.Size
	case rec.Verified != nil:
		rec.offset = min(*rec.Verified, info.Size())
	default:
		rec.offset = min(rec.Size, info.Size())
	}
	return nil
}

// save writes a record so that no crash leaves half of it.
func (s *Store) save(rec *record) error {
	text, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	fresh := rec.ID + recordSuffix + ".new"
	f, err := s.root.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return classify(err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = s.root.Rename(fresh, rec.ID+recordSuffix)
	}
	if err != nil {
		return fmt.Errorf("save upload: %w", classify(err))
	}
	return nil
}
