// Package bring takes items of another site into a library, with their files and their
// history: it reads what the files are, and makes records and files durable together.
package bring

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"postern/media"
	"postern/media/library"
	"postern/media/process"
	"postern/storage"
)

// Transfer says how the files of another site are imported.
type Transfer string

// The ways to bring files. A file that cannot be linked is copied.
const (
	TransferCopy Transfer = "copy"
	TransferLink Transfer = "link" // one file with a name more
	TransferMove Transfer = "move" // the old name goes once the new one is durable
)

// Importer brings items of another site, with their files and their history. It
// is for one goroutine; a server may run on the same data folder.
type Importer struct {
	Library  *library.Library
	Records  media.Imports
	Site     int64 // of Records
	Transfer Transfer
}

// Arrival is an item on its way here. Its files have keys; Examine sets the rest
// of what the bytes tell.
type Arrival struct {
	media.ImportedItem
	Address string // of the uploader; only a digest is kept
	Source  map[media.Role]SourceFile
	Remarks []string // what Examine has found to be odd

	copied bool // a file was copied instead of linked
}

// arrivalsAtOnce bounds the files that are read at once.
const arrivalsAtOnce = 4

// Examine reads what the files of an item say: types, sizes and digests come
// from the bytes alone. Variants that are missing, or no pictures, are left out,
// and remarked. The error wraps fs.ErrNotExist when the original is missing, and
// is one of Inspect when it is nothing that is taken here.
func (i *Importer) Examine(ctx context.Context, a *Arrival) error {
	it := a.Item
	info, err := i.examineOriginal(ctx, a)
	if err != nil {
		return err
	}
	it.Kind, it.Width, it.Height = info.Kind, info.Width, info.Height
	it.Duration, it.Animated = info.Duration, info.Animated
	it.Is360 = it.Is360 || info.Metadata.Is360
	it.EXIF = info.EXIF(i.Library.Policy().Metadata)
	it.AddressHash = i.Library.Secret.AddressHash(a.Address)
	for _, role := range it.Roles()[1:] {
		err := i.examineVariant(a, role)
		if errors.Is(err, fs.ErrNotExist) {
			err = fs.ErrNotExist // the paths in the text would tell nothing new
		}
		if err != nil {
			a.Remarks = append(a.Remarks, fmt.Sprintf("%s: %v", role, err))
			*it.File(role) = media.File{}
		}
	}
	it.Unprocessed = !it.Thumb.Exists() || i.Library.Policy().WantsRenditions(it)
	return ctx.Err()
}

func (i *Importer) examineOriginal(ctx context.Context, a *Arrival) (process.Info, error) {
	f, err := a.Source[media.RoleOriginal].read()
	if err != nil {
		return process.Info{}, err
	}
	defer f.close()
	size := f.Size()
	info, err := process.Inspect(f, size, i.Library.Policy().Location)
	if err != nil {
		return process.Info{}, err
	}
	it, digest, whole := a.Item, md5.New(), sha256.New()
	var digests io.Writer = digest
	if i.Library.Files.Remote() {
		digests = io.MultiWriter(digest, whole)
	}
	if _, err := io.Copy(digests, &untilDone{ctx, f}); err != nil {
		return process.Info{}, err
	}
	if i.Library.Files.Remote() {
		it.Original.SHA256 = hex.EncodeToString(whole.Sum(nil))
	}
	sum := hex.EncodeToString(digest.Sum(nil))
	if it.MD5 != "" && it.MD5 != sum {
		a.Remarks = append(a.Remarks, "its bytes are not those that its record tells the MD5 of")
	}
	it.MD5 = sum
	if it.SourceMD5 == "" {
		it.SourceMD5 = sum
	}
	it.SourceSize = size
	it.Original.MIME, it.Original.Size = info.MIME, size
	it.Original.Width, it.Original.Height = info.Width, info.Height
	return info, nil
}

func (i *Importer) examineVariant(a *Arrival, role media.Role) error {
	f, err := a.Source[role].read()
	if err != nil {
		return err
	}
	defer f.close()
	info, err := process.Inspect(f, f.Size(), i.Library.Policy().Location)
	if err == nil && info.Kind != media.KindImage {
		err = media.ErrNotMedia
	}
	file := a.Item.File(role)
	file.MIME, file.Size, file.Width, file.Height = info.MIME, f.Size(), info.Width, info.Height
	return err
}

// Bring makes examined items durable together, in the order of an upload: stage, sync,
// record, publish. It returns an error for each item: nil, or the reason why it was not
// imported, from ImportItems of the records or from the file system. After a crash,
// Settle and Recover finish the rest.
func (i *Importer) Bring(ctx context.Context, arrivals []*Arrival) ([]error, error) {
	l := i.Library
	if err := l.Staging.Volume.CheckMinFree(); err != nil {
		return nil, err
	}
	if l.Files.Remote() {
		return i.bringRemote(ctx, arrivals)
	}
	refused := make([]error, len(arrivals))
	err := i.each(ctx, arrivals, func(n int, a *Arrival) error {
		refused[n] = i.stage(ctx, a)
		if errors.Is(refused[n], media.ErrFull) {
			return refused[n]
		}
		return ctx.Err()
	})
	if err == nil {
		err = l.Staging.Folder.Sync()
	}
	if err != nil {
		return nil, errors.Join(err, i.unstage(arrivals...))
	}
	// From here on a signal changes nothing: what is recorded is published.
	ctx = context.WithoutCancel(ctx)
	if err := i.record(ctx, arrivals, refused); err != nil {
		return nil, err
	}
	i.publish(ctx, arrivals, refused)
	return refused, nil
}

func (i *Importer) each(ctx context.Context, arrivals []*Arrival, f func(int, *Arrival) error) error {
	var g errgroup.Group
	g.SetLimit(arrivalsAtOnce)
	for n, a := range arrivals {
		g.Go(func() error { return f(n, a) })
	}
	return g.Wait()
}

// stage puts the files of an item into staging, in the place of what an import
// that was cut off has left there.
func (i *Importer) stage(ctx context.Context, a *Arrival) error {
	for _, role := range a.Item.Roles() {
		name, source := process.StagedName(a.Item.ID, role), a.Source[role]
		if source.Root == nil {
			continue // it was made here
		}
		err := i.stageFile(ctx, a, source, name)
		if errors.Is(err, fs.ErrExist) {
			if err = i.Library.Staging.Folder.Remove(name); err == nil {
				err = i.stageFile(ctx, a, source, name)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (i *Importer) stageFile(ctx context.Context, a *Arrival, source SourceFile, name string) error {
	if i.Transfer != TransferCopy {
		err := source.link(i.Library.Staging.Folder, name)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		a.copied = true
	}
	return i.copy(ctx, source, name)
}

func (i *Importer) copy(ctx context.Context, source SourceFile, name string) error {
	from, _, err := source.open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := i.Library.Staging.Folder.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, &untilDone{ctx, from})
	if err == nil {
		err = storage.SyncFile(to)
	}
	return storage.Classify(errors.Join(err, to.Close()))
}

func (i *Importer) unstage(arrivals ...*Arrival) error {
	var names []string
	for _, a := range arrivals {
		for _, role := range a.Item.Roles() {
			names = append(names, process.StagedName(a.Item.ID, role))
		}
	}
	return i.Library.Staging.Folder.Remove(names...)
}

// record commits the items that are staged, all in one transaction.
func (i *Importer) record(ctx context.Context, arrivals []*Arrival, refused []error) error {
	var staged []media.ImportedItem
	var at []int
	for n, a := range arrivals {
		if refused[n] == nil {
			staged, at = append(staged, a.ImportedItem), append(at, n)
		}
	}
	errs, err := i.Records.ImportItems(ctx, i.Site, staged)
	if err != nil {
		if library.SurelyNotRecorded(err) {
			err = errors.Join(err, i.unstage(arrivals...))
		}
		return err
	}
	for k, n := range at {
		refused[n] = errs[k]
	}
	for n, a := range arrivals {
		if refused[n] != nil {
			if err := i.unstage(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// publish gives the files of recorded items their keys. An item whose bytes
// cannot be published is taken back.
func (i *Importer) publish(ctx context.Context, arrivals []*Arrival, refused []error) {
	l := i.Library
	var items []*media.Item
	for n, a := range arrivals {
		if refused[n] == nil {
			items = append(items, a.Item)
		}
	}
	whole := l.Files.Publish(ctx, items...) == nil
	for n, a := range arrivals {
		if refused[n] != nil {
			continue
		}
		if !whole {
			refused[n] = i.publishOne(ctx, a)
		}
		if refused[n] == nil && i.Transfer == TransferMove {
			refused[n] = a.removeSource()
		}
	}
}

// publishOne is for an item whose files could not be published with others. A
// server that has just started may have removed them, since they had no record
// yet: they are staged again.
func (i *Importer) publishOne(ctx context.Context, a *Arrival) error {
	l := i.Library
	err := l.Files.Publish(ctx, a.Item)
	if errors.Is(err, fs.ErrNotExist) {
		if err = i.stage(ctx, a); err == nil {
			err = l.Files.Publish(ctx, a.Item)
		}
	}
	if err == nil {
		return nil
	}
	// The record must not stay without its bytes.
	undone := l.Delete(ctx, a.Item.ID)
	if undone == nil {
		undone = i.unstage(a)
	}
	return errors.Join(err, undone)
}

func (a *Arrival) removeSource() error {
	for _, source := range a.Source {
		if err := source.Root.Remove(source.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("is here, but stays there too: %w", err)
		}
	}
	return nil
}

// Copied reports whether a file was copied that was to be linked.
func (a *Arrival) Copied() bool { return a.copied }

// Settle publishes the items that an interrupted import has recorded and not published.
func (i *Importer) Settle(ctx context.Context) error {
	return i.Library.SettleStaged(ctx, func(id string) (bool, error) {
		it, err := i.Records.Item(ctx, id)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return i.isImported(ctx, it, err)
	})
}

func (i *Importer) isImported(ctx context.Context, it media.Item, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	return i.Records.WasImported(ctx, i.Site, it.Number)
}

// OtherID returns an ID for the item of a number that cannot have its own, the
// same one each time: what an import that was cut off has staged under it is
// found again. It cannot be guessed.
func (i *Importer) OtherID(number int64, attempt int) string {
	return media.IDFrom(i.Library.Secret.Digest("import", fmt.Sprint(i.Site, " ", number, " ", attempt)))
}
