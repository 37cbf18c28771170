// Package importer brings files into a library: folders of images and videos, and
// exports of this program.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"postern/media"
	"postern/media/library"
)

// Importer brings files into a library. It never writes to their source.
type Importer struct {
	Library  *library.Library
	Items    media.ItemRecords
	Accounts media.Accounts

	// Progress, which may be nil, is told how many files are dealt with. It may be
	// called by several goroutines.
	Progress func(done int)

	mu     sync.Mutex
	done   int
	albums map[string]string        // slugs by what they were asked for
	bytes  map[string]chan struct{} // of files on their way, by their MD5; closed when they are here
}

// Report is the outcome for all files.
type Report struct {
	Imported   int         `json:"imported"`
	Before     int         `json:"before"` // by an earlier run
	Duplicates []Duplicate `json:"duplicates"`
	Skipped    []Failure   `json:"skipped"` // was not looked at, which is no fault
	Failed     []Failure   `json:"failed"`
}

// Duplicate is a file that its user already has, by its bytes.
type Duplicate struct {
	Path string `json:"path"`
	Item string `json:"item"`
}

// Failure is a file that was not moved, and the reason.
type Failure struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// result is what became of one file.
type result struct {
	before bool   // an earlier run has brought it
	twin   string // item of the same bytes; "" for none
}

// note adds what became of a file to a report.
func (i *Importer) note(r *Report, path string, got result, err error) {
	i.mu.Lock()
	switch {
	case err != nil:
		r.Failed = append(r.Failed, Failure{path, err.Error()})
	case got.twin != "":
		r.Duplicates = append(r.Duplicates, Duplicate{path, got.twin})
	case got.before:
		r.Before++
	default:
		r.Imported++
	}
	i.done++
	done := i.done
	i.mu.Unlock()
	if i.Progress != nil {
		i.Progress(done)
	}
}

// ends reports whether an error is one of the whole import: the next file would fail
// as well.
func ends(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, media.ErrFull) || errors.Is(err, media.ErrQuota)
}

// album returns the slug of an album, which it makes once if find knows none.
func (i *Importer) album(key string, find func() (string, error)) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if slug, ok := i.albums[key]; ok {
		return slug, nil
	}
	slug, err := find()
	if err != nil {
		return "", fmt.Errorf("make album: %w", err)
	}
	if i.albums == nil {
		i.albums = make(map[string]string)
	}
	i.albums[key] = slug
	return slug, nil
}

// alone waits until no other file of the same bytes is on its way, and keeps such files
// waiting until release is called.
func (i *Importer) alone(digest string) (release func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for {
		busy, ok := i.bytes[digest]
		if !ok {
			break
		}
		i.mu.Unlock()
		<-busy
		i.mu.Lock()
	}
	if i.bytes == nil {
		i.bytes = make(map[string]chan struct{})
	}
	here := make(chan struct{})
	i.bytes[digest] = here
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.bytes, digest)
		close(here)
	}
}

// there reports whether an item exists, and settles what a run that was killed has staged
// of it.
func (i *Importer) there(ctx context.Context, id string) (bool, error) {
	_, err := i.Items.Item(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, i.settle(ctx, id)
}

// settle publishes what an earlier run has recorded of an item and not published; a server
// would do so at its next start only.
func (i *Importer) settle(ctx context.Context, id string) error {
	return i.Library.SettleStaged(ctx, func(staged string) (bool, error) { return staged == id, nil })
}
