// Package archive reads and writes exports: a folder with the files, and one line of
// JSON with the data of each item. docs/moving.md describes the format.
package archive

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"time"

	"postern/media"
)

// Lines is the name of the file with the lines of an export.
const Lines = "items.jsonl"

// Line is one item of an export.
type Line struct {
	File     string `json:"file"`           // below the folder, with slashes
	ID       string `json:"id"`             // public name
	User     string `json:"user,omitempty"` // owner; "" for a guest
	Album    *Album `json:"album,omitempty"`
	Category string `json:"category,omitempty"` // name

	Kind       media.Kind `json:"kind"`
	MIME       string     `json:"mime"`
	Size       int64      `json:"size"` // bytes
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	DurationMS int64      `json:"duration_ms,omitempty"`
	Animated   bool       `json:"animated,omitempty"`
	Is360      bool       `json:"is_360,omitempty"`

	Title        string   `json:"title,omitempty"`
	Titled       bool     `json:"titled,omitempty"` // the title is the uploader's own
	Description  string   `json:"description,omitempty"`
	Tags         []string `json:"tags,omitempty"`
	OriginalName string   `json:"original_name"`

	CreatedAt  time.Time        `json:"created_at"`
	ExpiresAt  *time.Time       `json:"expires_at,omitempty"`
	Views      int64            `json:"views"`
	NSFW       bool             `json:"nsfw,omitempty"`           // by its owner's word
	Visibility media.Visibility `json:"visibility,omitempty"`     // of the item by itself
	Lock       media.Lock       `json:"lock,omitempty"`           // hash of the password that it opens by
	ModNSFW    bool             `json:"moderator_nsfw,omitempty"` // by a moderator's
	Moderation media.Moderation `json:"moderation,omitempty"`     // pending or rejected

	MD5        string          `json:"md5"`        // of the file
	SourceMD5  string          `json:"source_md5"` // of the bytes as they were uploaded
	SourceSize int64           `json:"source_size"`
	EXIF       json.RawMessage `json:"exif,omitempty"`
	Path       string          `json:"path"` // of the file on the server
}

// Album is the album of an item.
type Album struct {
	ID          string           `json:"id"`
	Title       string           `json:"title"`
	Description string           `json:"description,omitempty"`
	Tags        []string         `json:"tags,omitempty"`
	NSFW        bool             `json:"nsfw,omitempty"`
	CreatedAt   time.Time        `json:"created_at"`
	Visibility  media.Visibility `json:"visibility"`
	AccessKey   string           `json:"access_key,omitempty"` // of a private one
	Lock        media.Lock       `json:"lock,omitempty"`       // hash of the password that it opens by
}

// NewLine returns the line of an item, without its file, user, album and category.
func NewLine(it *media.Item) Line {
	l := Line{
		ID: it.ID, Kind: it.Kind, MIME: it.Original.MIME, Size: it.Original.Size, Width: it.Width, Height: it.Height,
		DurationMS: it.Duration.Milliseconds(), Animated: it.Animated, Is360: it.Is360,
		Title: it.Title, Titled: it.Titled, Description: it.Description, Tags: it.Tags, OriginalName: it.OriginalName,
		CreatedAt: it.CreatedAt.UTC(), Views: it.Views, NSFW: it.NSFW, ModNSFW: it.ModeratorNSFW, Moderation: it.ModerationStatus,
		Visibility: it.Elsewhere(), Lock: it.Lock,
		MD5: it.MD5, SourceMD5: it.SourceMD5, SourceSize: it.SourceSize, Path: it.Original.Key,
	}
	if !it.ExpiresAt.IsZero() {
		end := it.ExpiresAt.UTC()
		l.ExpiresAt = &end
	}
	if json.Valid([]byte(it.EXIF)) {
		l.EXIF = json.RawMessage(it.EXIF)
	}
	return l
}

var isMD5 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Check returns an error if a line is not valid; somebody may have edited it.
func (l *Line) Check() error {
	switch {
	case !filepath.IsLocal(filepath.FromSlash(l.File)):
		return fmt.Errorf("file %q does not lie below the folder", l.File)
	case !media.ValidID(l.ID):
		return fmt.Errorf("id %q is none", l.ID)
	case !isMD5.MatchString(l.SourceMD5) || l.SourceSize < 0 || l.Views < 0:
		return errors.New("source_md5, source_size or views is none")
	case l.Moderation != "" && l.Moderation != media.ModerationPending && l.Moderation != media.ModerationRejected:
		return fmt.Errorf("moderation %q is none", l.Moderation)
	case len(l.Description) > media.MaxDescription, l.Album != nil && len(l.Album.Description) > media.MaxDescription:
		return media.ErrLongDescription
	case len(l.Tags) > media.MaxTags, l.Album != nil && len(l.Album.Tags) > media.MaxTags:
		return media.ErrManyTags
	case l.CreatedAt.IsZero():
		return errors.New("created_at is missing")
	}
	return nil
}

// Amend sets the fields of an item from a line, after the item was made from its file.
// Facts that follow from the bytes stay as they were read.
func (l *Line) Amend(it *media.Item) {
	it.Title, it.Titled = media.CutRunes(l.Title, media.MaxMediaTitle), l.Titled
	it.Description, it.Tags, it.OriginalName = l.Description, l.Tags, media.ClientFilename(l.OriginalName)
	it.CreatedAt, it.Views, it.NSFW, it.ModeratorNSFW, it.ModerationStatus = l.CreatedAt.UTC(), l.Views, l.NSFW, l.ModNSFW, l.Moderation
	if v, ok := media.ParseVisibility(string(l.Visibility)); ok {
		it.Visibility = v
	}
	it.Lock = l.Lock
	it.ExpiresAt = time.Time{}
	if l.ExpiresAt != nil {
		it.ExpiresAt = l.ExpiresAt.UTC()
	}
	it.SourceMD5, it.SourceSize = l.SourceMD5, l.SourceSize
	if l.EXIF != nil {
		it.EXIF = string(l.EXIF)
	}
}

// maxLine bounds the bytes of a line.
const maxLine = 4 << 20

// Read calls f with each line of an export, and its number. For a line that is not valid,
// wrong is an error. Read returns the first error of f, or of r.
func Read(r io.Reader, f func(number int, l Line, wrong error) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	number := 1
	for ; lines.Scan(); number++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var l Line
		wrong := json.Unmarshal(lines.Bytes(), &l)
		if wrong == nil {
			wrong = l.Check()
		}
		if err := f(number, l, wrong); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d has more than %d bytes", number, maxLine)
	}
	return lines.Err()
}
