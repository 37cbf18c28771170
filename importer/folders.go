package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"postern/importer/folder"
	"postern/media"
	"postern/media/library"
	"postern/media/metadata"
	"postern/media/process"
)

// FolderOptions say how a folder is imported.
type FolderOptions struct {
	User       media.User
	Tags       []string // of each file, before those that stand beside it
	NoAlbums   bool     // folders are no albums
	Duplicates bool     // bytes that the user has already are imported again
	Journal    string   // file that remembers what has come, for another run
	Parallel   int      // files at once
}

// Folder imports the images and videos of a folder. Another run with the same journal
// continues after a crash at any moment, and imports only new files. An error ends the
// whole import: a full disk, a quota, or the end of ctx. Folder returns the report with it.
func (i *Importer) Folder(ctx context.Context, dir string, o FolderOptions) (Report, error) {
	var r Report
	root, err := os.OpenRoot(dir)
	if err != nil {
		return r, err
	}
	defer root.Close()
	journal, err := openJournal(o.Journal)
	if err != nil {
		return r, err
	}
	defer journal.Close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	entries := make(chan folder.Entry)
	var wg sync.WaitGroup
	for range max(o.Parallel, 1) {
		wg.Go(func() {
			for e := range entries {
				got, err := i.file(ctx, root, e, o, journal)
				if ends(err) || ctx.Err() != nil {
					stop(err)
					continue
				}
				i.note(&r, e.Path, got, err)
			}
		})
	}
	err = folder.Walk(dir, func(e folder.Entry) error {
		select {
		case entries <- e:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}, func(path, reason string) { r.Skipped = append(r.Skipped, Failure{path, reason}) })
	close(entries)
	wg.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return r, err
}

// file imports one file.
func (i *Importer) file(ctx context.Context, root *os.Root, e folder.Entry, o FolderOptions, j *journal) (result, error) {
	if begun, ok := j.find(e); ok {
		there := begun.Done
		if !there {
			var err error
			if there, err = i.there(ctx, begun.ID); err != nil {
				return result{}, err
			}
		}
		if there {
			return result{before: true}, nil
		}
	}
	f, err := root.Open(e.Path)
	if err != nil {
		return result{}, err
	}
	defer f.Close()
	info, err := process.Inspect(f, e.Size, i.Library.Policy().Location)
	if err != nil {
		return result{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return result{}, err
	}
	staged, err := i.Library.Staging.Spool(ctx, f, i.Library.Policy().MaxFile)
	if err != nil {
		return result{}, err
	}
	defer staged.Abort()
	if !o.Duplicates {
		defer i.alone(staged.MD5)()
		twins, err := i.Items.Duplicates(ctx, media.DuplicateQuery{MD5: staged.MD5, Size: staged.Size, UserID: o.User.ID})
		if err != nil {
			return result{}, err
		}
		if len(twins) > 0 {
			return result{twin: twins[0].ID}, nil
		}
	}
	up := library.Upload{
		Caller: media.Caller{User: o.User}, Staged: staged, Filename: media.ClientFilename(path.Base(e.Path)),
		Title: e.Words.Title, Description: media.CutBytes(e.Words.Description, media.MaxDescription), Tags: tagsOf(o.Tags, e.Words.Tags),
		Date: i.date(e, info), Apart: o.Duplicates,
	}
	if e.Words.Place != nil && i.Library.Policy().Metadata == metadata.Keep {
		up.Amend = func(it *media.Item) { it.EXIF = withPlace(it.EXIF, *e.Words.Place) }
	}
	if name := e.Album(); name != "" && !o.NoAlbums {
		if up.Album, err = i.folderAlbum(ctx, o.User, name); err != nil {
			return result{}, err
		}
	}
	if err := j.write(e, staged.ID(), false); err != nil {
		return result{}, err
	}
	added, err := i.Library.Add(ctx, up)
	if err != nil {
		return result{}, err
	}
	if added.Reused {
		return result{twin: added.Item.ID}, nil
	}
	return result{}, j.write(e, added.Item.ID, true)
}

// date is the date that stands beside the file, in it, or of it: the first that makes
// sense.
func (i *Importer) date(e folder.Entry, info process.Info) time.Time {
	now := i.Library.Now()
	for _, at := range []time.Time{e.Words.Taken, info.Metadata.Taken, e.Time} {
		// A camera without a date says the first day that it knows.
		if at.Unix() > int64(24*time.Hour/time.Second) && !at.After(now) {
			return at
		}
	}
	return now
}

// tagsOf are the tags of a file, each once, without those that no page could have.
func tagsOf(lists ...[]string) (tags []string) {
	seen := make(map[string]bool)
	for _, list := range lists {
		for _, tag := range list {
			tag = strings.Join(strings.Fields(strings.NewReplacer("/", " ", "#", " ", ",", " ").Replace(tag)), " ")
			if key := media.FoldTag(tag); !seen[key] && media.ValidTag(tag) && len(tags) < media.MaxTags {
				seen[key] = true
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

// withPlace adds a place to the EXIF data of an item.
func withPlace(exif string, p folder.Place) string {
	data := make(map[string]any)
	_ = json.Unmarshal([]byte(exif), &data) // nothing is there to lose
	data["GPSLatitude"] = strconv.FormatFloat(p.Latitude, 'f', -1, 64)
	data["GPSLongitude"] = strconv.FormatFloat(p.Longitude, 'f', -1, 64)
	text, err := json.Marshal(data)
	if err != nil {
		return exif
	}
	return string(text)
}

// folderAlbum is the album of a name. Of one that is too long, the first folders are
// left out.
func (i *Importer) folderAlbum(ctx context.Context, user media.User, name string) (string, error) {
	for utf8.RuneCountInString(name) > media.MaxTitle {
		_, rest, ok := strings.Cut(name, " / ")
		if !ok {
			break
		}
		name = rest
	}
	title := media.CutRunes(strings.Join(strings.Fields(name), " "), media.MaxTitle)
	return i.album(fmt.Sprint(user.ID, " ", title), func() (string, error) {
		found, err := i.Accounts.AlbumsTitled(ctx, user.ID, title, 1)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0].Slug, nil
		}
		a, err := i.Library.Albums.Add(ctx, media.Caller{User: user}, title)
		return a.Slug, err
	})
}

// journal remembers what has come of a folder. It is safe for concurrent use.
type journal struct {
	mu    sync.Mutex
	file  *os.File // nil for none
	known map[string]mark
}

// mark is one line of a journal: the file as it was, and the item that it was to be.
type mark struct {
	Path string    `json:"path,omitempty"`
	Raw  []byte    `json:"raw,omitempty"` // the path, if it is not UTF-8, which JSON alone can hold
	Size int64     `json:"size"`
	Time time.Time `json:"time"`
	ID   string    `json:"id"`
	Done bool      `json:"done,omitempty"`
}

func openJournal(name string) (*journal, error) {
	j := &journal{known: make(map[string]mark)}
	if name == "" {
		return j, nil
	}
	var err error
	if j.file, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	text, err := io.ReadAll(j.file)
	if err != nil {
		return nil, errors.Join(err, j.file.Close())
	}
	for line := range strings.Lines(string(text)) {
		var m mark
		if json.Unmarshal([]byte(line), &m) == nil { // a crash may have cut the last one
			j.known[cmp.Or(string(m.Raw), m.Path)] = m
		}
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		_, err = j.file.WriteString("\n")
	}
	return j, err
}

// Close closes the file.
func (j *journal) Close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// find returns what is known of a file as it is now.
func (j *journal) find(e folder.Entry) (mark, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	m, ok := j.known[e.Path]
	return m, ok && m.Size == e.Size && m.Time.Equal(e.Time)
}

func (j *journal) write(e folder.Entry, id string, done bool) error {
	if j.file == nil {
		return nil
	}
	m := mark{Path: e.Path, Size: e.Size, Time: e.Time, ID: id, Done: done}
	if !utf8.ValidString(e.Path) {
		m.Path, m.Raw = "", []byte(e.Path)
	}
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(append(line, '\n'))
	return err
}
