package archive

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"postern/media"
)

// Records is what a Describer reads.
type Records interface {
	Album(ctx context.Context, id int64) (media.Album, error)
	PostBySlug(ctx context.Context, slug string, viewer int64, now time.Time) (media.Post, error)
	Categories(ctx context.Context) ([]media.Category, error)
}

// Describer makes the lines of items. It is not safe for concurrent use.
type Describer struct {
	records    Records
	now        func() time.Time
	users      map[int64]string
	categories map[int64]string
	albums     map[int64]*Album
}

// NewDescriber returns a describer of items of these users.
func NewDescriber(ctx context.Context, records Records, now func() time.Time, users ...media.User) (*Describer, error) {
	d := &Describer{records: records, now: now, users: make(map[int64]string), categories: make(map[int64]string), albums: make(map[int64]*Album)}
	for _, u := range users {
		d.users[u.ID] = u.Name
	}
	categories, err := records.Categories(ctx)
	for _, c := range categories {
		d.categories[c.ID] = c.Name
	}
	return d, err
}

// Line returns the line of an item without its File. The item has all its texts, which
// lists leave out.
func (d *Describer) Line(ctx context.Context, it *media.Item) (Line, error) {
	l := NewLine(it)
	l.User, l.Category = d.users[it.UserID], d.categories[it.CategoryID]
	var err error
	l.Album, err = d.album(ctx, it.AlbumID)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // it was deleted meanwhile
	}
	return l, err
}

func (d *Describer) album(ctx context.Context, id int64) (*Album, error) {
	if id == 0 || d.albums[id] != nil {
		return d.albums[id], nil
	}
	a, err := d.records.Album(ctx, id)
	if err != nil {
		return nil, err
	}
	full, err := d.records.PostBySlug(ctx, a.Slug, 0, d.now())
	if err != nil {
		return nil, err
	}
	visibility, key := a.Elsewhere()
	d.albums[id] = &Album{
		ID: a.Slug, Title: a.Title, Description: full.Description, Tags: full.Tags, NSFW: full.NSFW,
		CreatedAt: a.CreatedAt.UTC(), Visibility: visibility, AccessKey: key, Lock: a.Lock,
	}
	return d.albums[id], nil
}

// pageItems is how many items are read at once.
const pageItems = 500

// OldestFirst calls f with each item of a list, the oldest first: an import gives names in
// the same order. list returns the nearest items that are newer than a place, newest
// first, up to a limit. The error is the first of list or f.
func OldestFirst(list func(before media.Cursor, limit int) ([]media.Item, error), f func(*media.Item) error) error {
	// Nothing is older than this, and a place has a number.
	last := media.Cursor{CreatedAt: time.Unix(-1<<40, 0), Number: 1}
	for {
		page, err := list(last, pageItems)
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[0].Cursor()
		for _, it := range slices.Backward(page) {
			if err := f(&it); err != nil {
				return err
			}
		}
	}
}
