// Package media has the nouns of the server, the rule of who may see them, and the
// interfaces of a database for them. It does not handle their bytes.
package media

import (
	"path"
	"slices"
	"strings"
	"time"
)

// Kind is image or video.
type Kind string

// The two kinds of items.
const (
	KindImage Kind = "image"
	KindVideo Kind = "video"
)

// Item is an uploaded image or video: its facts, and its files.
type Item struct {
	Number     int64  // of the record; 0 until it is inserted
	ID         string // public name: 7 letters and digits
	UserID     int64  // owner; 0 for a guest
	AlbumID    int64  // 0 for none
	CategoryID int64  // 0 for none

	Kind          Kind
	Width, Height int           // pixels, as displayed
	Duration      time.Duration // of a video
	Animated      bool
	Is360         bool

	MD5          string // of the stored original, in hex
	SourceMD5    string // of the bytes as uploaded
	SourceSize   int64  // of the bytes as uploaded
	OriginalName string // the client's name for the file
	EXIF         string // what is public of the EXIF data, as a JSON object; may be empty

	Title            string // "" for none
	Description      string // "" for none
	Tags             []string
	Titled           bool // the title is the uploader's own, not read from the file or its name
	NSFW             bool // by its owner's word; see Adult
	ModeratorNSFW    bool // by a moderator's
	PostNSFW         bool // by its post's; the database keeps it
	Views            int64
	Visibility       Visibility // of the item by itself; Hidden where a new one has none
	Lock             Lock       // the password that the item opens by
	AlbumLock        Lock       // that its album does; the database keeps it
	Withheld         bool       // with all that its owner has; the database keeps it
	ModerationStatus Moderation // pending or rejected by moderators, "" for neither; see Moderation
	Unprocessed      bool       // renditions have still to be made

	CreatedAt time.Time // shown, and decides the date folder
	ExpiresAt time.Time // zero for never
	PurgeAt   time.Time // in the trash, and gone for good then; zero outside of it

	// RequestDigest is a digest of what the uploader asked for, AddressHash one of
	// the address that sent the bytes: duplicates are told by them.
	RequestDigest string
	AddressHash   string

	Original File
	Thumb    File // zero when there is none, as with Medium and Frame
	Medium   File
	Frame    File // of a video

	Renditions [len(RenditionRoles)]File // further ones, from xs to xl; zero when there is none
}

// Role says which file of an item a file is: the original, or a variant.
type Role string

// The roles of files. A role other than RoleOriginal names a Variant.
const (
	RoleOriginal Role = "original"
	RoleThumb    Role = "thumb"
	RoleMedium   Role = "medium"
	RoleFrame    Role = "frame"
)

// RenditionRoles are the roles of renditions, smallest first.
var RenditionRoles = [...]Role{"xs", "sm", "md", "lg", "xl"}

// Suffixes stand between the name and the extension of a variant.
var Suffixes = map[Role]string{RoleThumb: ".th", RoleMedium: ".md", RoleFrame: ".fr"}

// File is one stored file of an item.
type File struct {
	Key           string // names it for everyone; "" when the file does not exist
	Object        string // its name in the store; "" when that is the key
	MIME          string
	Size          int64  // bytes
	Width, Height int    // pixels
	SHA256        string // of an original in a remote store, in hex; "" when it is not known
}

// Stored returns the file's name in the store. In a remote one it is used for one
// upload only, whatever becomes of that.
func (f File) Stored() string {
	if f.Object != "" {
		return f.Object
	}
	return f.Key
}

// Filename returns the last element of the file's key.
func (f File) Filename() string { return path.Base(f.Key) }

// Extension returns the file's extension without its dot.
func (f File) Extension() string { return strings.TrimPrefix(path.Ext(f.Key), ".") }

// Name returns the file's name without its extension.
func (f File) Name() string { return strings.TrimSuffix(f.Filename(), path.Ext(f.Key)) }

// Exists reports whether the item has this file.
func (f File) Exists() bool { return f.Key != "" }

// File returns the item's file in a role, for reading and for setting.
func (it *Item) File(role Role) *File {
	switch role {
	case RoleOriginal:
		return &it.Original
	case RoleThumb:
		return &it.Thumb
	case RoleMedium:
		return &it.Medium
	case RoleFrame:
		return &it.Frame
	}
	for i, r := range RenditionRoles {
		if r == role {
			return &it.Renditions[i]
		}
	}
	panic("media: no role " + string(role))
}

// Roles lists the roles of the files that the item has, the original first.
func (it *Item) Roles() []Role {
	all := append([]Role{RoleOriginal, RoleThumb, RoleMedium, RoleFrame}, RenditionRoles[:]...)
	return slices.DeleteFunc(all, func(r Role) bool { return !it.File(r).Exists() })
}

// Keys lists the keys of the item's files.
func (it *Item) Keys() []string {
	var keys []string
	for _, role := range it.Roles() {
		keys = append(keys, it.File(role).Key)
	}
	return keys
}

// Objects lists the names of the item's files in the store.
func (it *Item) Objects() []string {
	var names []string
	for _, role := range it.Roles() {
		names = append(names, it.File(role).Stored())
	}
	return names
}

// Bytes is the size of all files of the item together, as quotas count it.
func (it *Item) Bytes() (sum int64) {
	for _, role := range it.Roles() {
		sum += it.File(role).Size
	}
	return sum
}

// Expired reports whether the item has expired. It has from the second of ExpiresAt on.
func (it *Item) Expired(now time.Time) bool {
	return !it.ExpiresAt.IsZero() && !now.Before(it.ExpiresAt)
}

// Cursor returns the item's position in lists.
func (it *Item) Cursor() Cursor { return Cursor{CreatedAt: it.CreatedAt, Number: it.Number} }

// DisplayTitle returns the title, or the file's name if there is none.
func (it *Item) DisplayTitle() string {
	if it.Title != "" {
		return it.Title
	}
	return it.Original.Filename()
}
