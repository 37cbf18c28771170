package library

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"postern/media"
	"postern/media/notify"
	"postern/media/process"
	"postern/storage"
)

// maxNameAttempts is far beyond what random suffixes need.
const maxNameAttempts = 16

// commit makes the item durable: sync, record, publish.
func (l *Library) commit(ctx context.Context, up Upload, it *media.Item) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	if err := l.syncStaged(ctx, up.Staged, it); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	// From here on a client that goes away changes nothing.
	ctx = context.WithoutCancel(ctx)
	defer l.locks.lock(it.ID)()
	if err := l.recordAndPublish(ctx, up, it); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	if !it.ExpiresAt.IsZero() {
		l.notifyReaper()
	}
	if it.Unprocessed {
		notify.Send(l.renditionSignal)
	}
	if it.Waits() {
		notify.Send(l.Moderation.Pending)
	}
	return nil
}

// syncStaged makes the staged upload outlive a crash. Nothing looks for one beside a
// remote store: there, the record remembers what the bytes are.
func (l *Library) syncStaged(ctx context.Context, d *process.StagedUpload, it *media.Item) (err error) {
	defer l.observe.Begin(ctx, process.StepSync)()
	if !l.store.Remote() {
		return d.Sync()
	}
	if it.Original.SHA256 == "" {
		it.Original.SHA256, err = d.Sum(sha256.New(), 0)
	}
	return err
}

// record commits the item under keys that nobody has.
func (l *Library) record(ctx context.Context, up Upload, it *media.Item) error {
	defer l.observe.Begin(ctx, process.StepRecord)()
	var err error
	for attempt := range maxNameAttempts {
		if attempt > 0 || !nameAs(it, up.Path) {
			l.nameFiles(it, up.Filename, attempt)
		}
		l.nameObjects(it, it.Roles())
		if l.occupied(ctx, it) {
			continue
		}
		if err = l.database.InsertItem(ctx, it, l.uploadLimits(up, it)); !errors.Is(err, media.ErrKeyTaken) {
			break
		}
	}
	if err != nil && !SurelyNotRecorded(err) && !l.store.Remote() {
		// It may be committed all the same: Recover decides by the record.
		up.Staged.CloseKeepFiles()
	}
	return err
}

// SurelyNotRecorded tells a refused record from one whose commit failed, which
// may be there or not.
func SurelyNotRecorded(err error) bool {
	for _, refusal := range []error{media.ErrKeyTaken, media.ErrIDTaken, media.ErrBanned, media.ErrQuota, media.ErrDuplicate, media.ErrFull, media.ErrBusy, fs.ErrNotExist} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// occupied reports whether files without a record hold one of the keys. In a remote
// store none can.
func (l *Library) occupied(ctx context.Context, it *media.Item) bool {
	if l.store.Remote() {
		return false
	}
	for _, key := range it.Keys() {
		if f, err := l.store.Open(ctx, key); err == nil {
			f.Close()
			return true
		}
	}
	return false
}

// publish gives the staged uploads their keys.
func (l *Library) publish(ctx context.Context, it *media.Item) error {
	defer l.observe.Begin(ctx, process.StepPublish)()
	return l.put(ctx, it, it.Roles())
}

// put gives the staged files of an item's roles their keys.
func (l *Library) put(ctx context.Context, it *media.Item, roles []media.Role) error {
	return l.store.Put(ctx, moves(it, roles)...)
}

// moves are those from staging to the keys of an item's files.
func moves(it *media.Item, roles []media.Role) (all []storage.Move) {
	for _, role := range roles {
		f := it.File(role)
		move := storage.Move{
			Staged: process.StagedName(it.ID, role), Key: f.Stored(), MIME: f.MIME,
			Disposition: mime.FormatMediaType("inline", map[string]string{"filename": f.Filename()}),
		}
		if role == media.RoleOriginal {
			move.MD5 = it.MD5
		}
		all = append(all, move)
	}
	return all
}

// undo takes back a record whose bytes could not be published.
func (l *Library) undo(ctx context.Context, it *media.Item) {
	err := l.despiteFull(func() error { _, err := l.database.BeginDelete(ctx, it.ID); return err })
	if err != nil {
		// The record stays, and so must its bytes: Recover publishes them.
		l.log.Error("undo an upload", "item", it.ID, "error", err)
		return
	}
	var names []string
	for _, role := range it.Roles() {
		names = append(names, process.StagedName(it.ID, role))
	}
	if err := errors.Join(l.remove(ctx, *it), l.staging.Remove(names...)); err != nil {
		l.log.Log(ctx, levelOf(err), "undo an upload", "item", it.ID, "error", err)
	}
}

// UploadsDir is the folder of all uploads, on disk and in URLs.
const UploadsDir = "images"

// nameFiles chooses the keys of the item's files.
func (l *Library) nameFiles(it *media.Item, clientName string, attempt int) {
	folder := UploadsDir
	if l.Policy().DateFolders {
		folder = path.Join(folder, it.CreatedAt.In(l.Policy().Location).Format("2006/01/02"))
	}
	extension := media.ExtensionFor(it.Original.MIME, clientName)
	name := l.Policy().Naming.StoredName(clientName, extension, it.ID, attempt)
	it.Original.Key = path.Join(folder, name+"."+extension)
	nameVariants(it)
}

// nameAs gives the item's files the key that it had elsewhere, and reports whether that
// is one for it.
func nameAs(it *media.Item, key string) bool {
	stem := strings.TrimSuffix(key, path.Ext(key))
	if !strings.HasPrefix(key, UploadsDir+"/") || storage.CheckKey(key) != nil || stem == "" ||
		"."+media.ExtensionFor(it.Original.MIME, key) != path.Ext(key) {
		return false
	}
	it.Original.Key = key
	nameVariants(it)
	return true
}

// nameVariants chooses the keys of an item's further files, after that of its original.
func nameVariants(it *media.Item) {
	stem := strings.TrimSuffix(it.Original.Key, path.Ext(it.Original.Key))
	for role, suffix := range media.Suffixes {
		f := it.File(role)
		if f.MIME != "" {
			f.Key = stem + suffix + "." + media.ExtensionFor(f.MIME, it.Original.Key)
		}
	}
}
