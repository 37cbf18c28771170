// Package library is the life of items: it inspects, processes, stores, changes
// and deletes them. Library ties the steps together; media has the nouns.
package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"postern/media"
	"postern/media/metadata"
	"postern/media/process"
	"postern/storage"
)

// Policy is the operator's settings for uploads.
type Policy struct {
	MaxFile      int64 // bytes
	MaxGuestFile int64 // bytes, of guests
	MaxPixels    int64 // of a picture

	MaxVideoFile   int64         // bytes; 0 for no other limit than MaxFile
	MaxVideoPixels int64         // of a frame
	MaxDuration    time.Duration // 0 for any

	Formats []string // that are taken, by extension: jpeg, png, mp4, ...

	ThumbSize   int // pixels, the side of the square
	MediumWidth int // pixels
	Quality     int // of JPEG and WebP variants, 1 to 100

	Renditions bool // renditions are made after the answer, see RenditionWorker
	Moderate   bool // uploads of all but admins wait for a moderator

	// HidePending keeps what waits for a moderator from all but its owner and
	// admins; otherwise who knows its link sees it, and no list shows it.
	HidePending bool

	Naming      media.Naming
	DateFolders bool
	Location    *time.Location // of the date folders

	Metadata   metadata.Mode
	Duplicates Duplicates

	Expiration        media.Bounds
	DefaultExpiration media.Period     // of uploads that ask for none
	Visibility        media.Visibility // of uploads that ask for none; "": public by the API of imgpile, otherwise hidden
	GuestExpiration   media.Period     // of guests' uploads, at the latest
	Remember          media.Period     // that names of what has expired are ErrGone
	Undo              media.Period     // that discarded items stay in the trash; zero: they are deleted at once

	Quota       media.Quota  // of users without one of their own; 0 is no limit
	KeepAddress media.Period // for which the addresses of guests' uploads are kept; zero: they are not
	GuestDaily  int64        // uploads of guests in a day, by address; 0 for any

	DecodeMemory int64 // bytes that pictures in work may take together
	Workers      int   // pictures in work at once
	Queue        int   // uploads that may wait for a worker
}

// LimitOf returns how many bytes a file of the caller may have.
func (p Policy) LimitOf(c media.Caller) int64 {
	if c.Guest {
		return min(p.MaxFile, p.MaxGuestFile)
	}
	return p.MaxFile
}

// Duplicates says what happens to an upload of bytes that are stored already.
type Duplicates string

// The ways to handle duplicates.
const (
	DuplicatesReuse  Duplicates = "reuse"  // the existing item is answered
	DuplicatesAllow  Duplicates = "allow"  // stored again
	DuplicatesReject Duplicates = "reject" // refused, as Chevereto does
)

// Library keeps items: their bytes in a store, their records in a database. It
// is safe for concurrent use.
//
// Bytes come before the record when adding, the record before the bytes when
// deleting: a record never points at missing bytes. Adding stages and syncs
// the bytes, commits the record and then publishes the bytes under the keys
// that the record names; Recover finishes what a crash cut off.
type Library struct {
	Albums     *Albums
	Categories *Categories
	Files      *Files
	Pool       *process.Pool
	Quotas     *Quotas
	Selections *Selections
	Staging    *process.Staging
	Trash      *Trash
	Secret     Secret
	Moderation *ModerationSignals

	store           storage.Store
	staging         *storage.Staging
	database        media.ItemRecords
	accounts        media.Accounts
	bans            media.Bans
	process         *process.Processor
	policy          atomic.Pointer[Policy]
	now             func() time.Time
	log             *slog.Logger
	volume          *storage.Volume
	deletionsPaused func() bool
	observe         process.Observer

	times           times
	locks           keyedMutex
	reaperSignal    chan struct{} // tells the reaper of a new earliest end of life
	renditionSignal chan struct{} // tells the RenditionWorker of a new job
}

// ModerationSignals tell moderation workers of new pending items.
type ModerationSignals struct {
	Pending chan struct{} // there is an item
}

// Parts are the parts of a Library.
type Parts struct {
	Store           storage.Store
	Staging         *storage.Staging // of Store
	Database        media.ItemRecords
	Accounts        media.Accounts // of albums and categories
	Bans            media.Bans     // nil: nothing is banned
	Frames          process.FrameExtractor
	Policy          Policy
	Secret          Secret
	Now             func() time.Time
	Log             *slog.Logger
	Volume          *storage.Volume // below Store and Database; nil: always with room
	DeletionsPaused func() bool     // must deleted bytes stay for now? nil: never

	// Observe, which may be nil, is told how long each step of an upload took.
	Observe func(step string, took time.Duration)
}

// NewLibrary makes a Library. Call Recover before the first upload.
func NewLibrary(p Parts) *Library {
	l := &Library{
		Categories: &Categories{p.Accounts}, Secret: p.Secret,
		Moderation: &ModerationSignals{make(chan struct{}, 1)},
		store:      p.Store, staging: p.Staging, database: p.Database, accounts: p.Accounts, bans: p.Bans,
		now: p.Now, log: p.Log, observe: p.Observe,
		volume: p.Volume, deletionsPaused: p.DeletionsPaused, times: remoteTimes(),
		Pool:         process.NewPool(p.Policy.Workers, p.Policy.Queue, p.Policy.DecodeMemory),
		reaperSignal: make(chan struct{}, 1), renditionSignal: make(chan struct{}, 1),
	}
	l.SetPolicy(p.Policy)
	l.Albums = &Albums{p.Accounts, p.Database, l.Rule}
	l.Files = &Files{p.Store, p.Staging, p.Volume}
	l.Staging = &process.Staging{Folder: p.Staging, Volume: p.Volume, Given: p.Database.IDGiven, Observe: p.Observe}
	l.process = &process.Processor{Settings: l.processing, Frames: p.Frames, Pool: l.Pool, Observe: p.Observe}
	l.Quotas, l.Selections, l.Trash = &Quotas{l}, &Selections{l}, &Trash{l}
	return l
}

// Policy returns the policy in force.
func (l *Library) Policy() Policy { return *l.policy.Load() }

// processing is the part of the policy that says what is made of uploads.
func (l *Library) processing() process.Settings {
	p := l.policy.Load()
	return process.Settings{
		ThumbSize: p.ThumbSize, MediumWidth: p.MediumWidth, Quality: p.Quality, Metadata: p.Metadata, Location: p.Location,
	}
}

// SetPolicy changes the policy for everything that begins from now on.
// Workers, Queue and DecodeMemory stay unchanged.
func (l *Library) SetPolicy(p Policy) { l.policy.Store(&p) }

// Now returns the library's time.
func (l *Library) Now() time.Time { return l.now() }

// Rule returns the rule of visibility as of now.
func (l *Library) Rule() media.Rule {
	return media.Rule{HidePending: l.Policy().HidePending, Now: l.Now()}
}

// Item returns the item with a public ID, if the viewer may see it. The error
// wraps fs.ErrNotExist, and is ErrGone for one that has expired.
func (l *Library) Item(ctx context.Context, v media.Viewer, id string) (media.Item, error) {
	it, err := l.database.Item(ctx, id)
	if err == nil {
		err = l.Rule().Item(v, &it)
	} else {
		err = l.orGone(ctx, id, err)
	}
	if err != nil {
		return media.Item{}, fmt.Errorf("item %s: %w", id, err)
	}
	return it, nil
}

// Locks returns the locks of an item, "" for none, to viewers who may otherwise see it.
func (l *Library) Locks(ctx context.Context, v media.Viewer, id string) ([]media.Lock, error) {
	v.Opened = func(media.Lock) bool { return true }
	it, err := l.Item(ctx, v, id)
	return []media.Lock{it.Lock, it.AlbumLock}, err
}

// ItemAt returns the item one of whose files has the key, and the file's role.
// The item is as that of media.ItemRecords, the error as that of Item.
func (l *Library) ItemAt(ctx context.Context, v media.Viewer, key string) (media.Item, media.Role, error) {
	it, role, err := l.database.ItemAt(ctx, key)
	if err == nil {
		err = l.Rule().Item(v, &it)
	} else {
		err = l.orGone(ctx, media.KeyName(key), err)
	}
	if err != nil {
		return media.Item{}, "", err
	}
	return it, role, nil
}

// Lasting reports whether a link to an item's files may be one that the library does
// not decide on again: see media.Rule.
func (l *Library) Lasting(ctx context.Context, it media.Item) (bool, error) {
	if it.AlbumID == 0 {
		return l.Rule().Lasting(&it, nil), nil
	}
	a, err := l.accounts.Album(ctx, it.AlbumID)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // it is being deleted
	}
	return err == nil && l.Rule().Lasting(&it, &a), err
}

// Delete removes an item permanently. The error wraps fs.ErrNotExist if there
// is none, or another caller was first.
func (l *Library) Delete(ctx context.Context, id string) error {
	ctx = context.WithoutCancel(ctx)
	defer l.locks.lock(id)()
	var it media.Item
	err := l.despiteFull(func() (err error) { it, err = l.beginDelete(ctx, id); return err })
	if err != nil {
		return fmt.Errorf("delete item: %w", err)
	}
	if err := l.remove(ctx, it); err != nil {
		// The item is gone for everyone; the reaper tries again for its bytes.
		l.log.Log(ctx, levelOf(err), "the bytes of an item are left to the reaper", "item", id, "error", err)
		l.notifyReaper()
	}
	return nil
}

// DeleteBy is Delete for a caller who may delete the item.
func (l *Library) DeleteBy(ctx context.Context, by media.Caller, it media.Item) error {
	return l.Delete(l.audited(ctx, by, "item.delete", it), it.ID)
}

// audited returns a context under which a change writes into the audit log what the
// caller does to items of others.
func (l *Library) audited(ctx context.Context, by media.Caller, action string, items ...media.Item) context.Context {
	var others []string
	for _, it := range items {
		if by.ActsFor(it.UserID) {
			others = append(others, it.ID)
		}
	}
	return media.AuditEach(ctx, by, l.Now(), action, others...)
}

// contentsOf lists the objects and the numbers of items.
func contentsOf(items []media.Item) (objects []string, numbers []int64) {
	for _, it := range items {
		objects = append(objects, it.Objects()...)
		numbers = append(numbers, it.Number)
	}
	return objects, numbers
}

// Recover settles the staged uploads that a crash has left: those whose record was
// committed are published, others removed. A staged upload whose key other bytes hold
// stays, and is logged. It looks at staging and at nothing else of the store;
// half-done deletions are the reaper's. Beside a remote store it removes all staged
// uploads: what was under way is the reaper's, too, of any process. Call it before
// anything else is done.
func (l *Library) Recover(ctx context.Context) error {
	names, err := l.staging.Names()
	if err != nil {
		return fmt.Errorf("list staged files: %w", err)
	}
	if l.store.Remote() {
		return l.staging.Remove(names...)
	}
	for _, name := range names {
		err := l.despiteFull(func() error { return l.settleStaged(ctx, name) })
		if errors.Is(err, fs.ErrExist) {
			l.log.Error("other bytes hold the key of a staged file", "staged", name, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("settle staged file %s: %w", name, err)
		}
	}
	return nil
}

// SettleStaged settles the staged uploads of those items that ours chooses by ID, as
// Recover does, for an import that was interrupted. It leaves all others, which may be those
// of a running server. Beside a remote store there is nothing to settle, since a record
// comes after the bytes.
func (l *Library) SettleStaged(ctx context.Context, ours func(id string) (bool, error)) error {
	if l.store.Remote() {
		return nil
	}
	names, err := l.staging.Names()
	if err != nil {
		return fmt.Errorf("list staged files: %w", err)
	}
	for _, name := range names {
		id, _ := process.ParseStagedName(name)
		chosen, err := ours(id)
		if err != nil {
			return err
		}
		if !chosen {
			continue
		}
		if err := l.settleStaged(ctx, name); err != nil {
			return fmt.Errorf("settle staged file %s: %w", name, err)
		}
	}
	return nil
}
