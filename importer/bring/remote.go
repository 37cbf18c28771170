package bring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"postern/media"
)

// bringRemote is Bring for a remote store: the bytes first, then the records. The
// objects of an item have the same names each time, which nobody can guess. So an import
// that was cut off in between puts the same bytes again, and what is put late hits only
// itself.
func (i *Importer) bringRemote(ctx context.Context, arrivals []*Arrival) ([]error, error) {
	refused := make([]error, len(arrivals))
	err := i.each(ctx, arrivals, func(n int, a *Arrival) error {
		refused[n] = i.putRemote(ctx, a)
		if err := refused[n]; errors.Is(err, media.ErrFull) || errors.Is(err, media.ErrBusy) {
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, errors.Join(err, i.unstage(arrivals...))
	}
	ctx = context.WithoutCancel(ctx)
	if err := i.record(ctx, arrivals, refused); err != nil {
		return nil, err
	}
	for n, a := range arrivals {
		if refused[n] == nil && i.Transfer == TransferMove {
			refused[n] = a.removeSource()
		}
	}
	return refused, nil
}

// putRemote puts the files of an item, and a thumb that it lacks: a worker makes
// those only beside a disk.
func (i *Importer) putRemote(ctx context.Context, a *Arrival) error {
	l, it := i.Library, a.Item
	err := i.stage(ctx, a)
	if err == nil && !it.Thumb.Exists() {
		err = i.makeThumb(ctx, a)
	}
	if err != nil {
		return err
	}
	i.nameObjects(a)
	err = l.Files.Publish(ctx, it)
	if errors.Is(err, fs.ErrNotExist) {
		// A server that has just started has removed what was staged.
		if err = i.stage(ctx, a); err == nil {
			err = l.Files.Publish(ctx, it)
		}
	}
	return err
}

// nameObjects names objects once: another key, for want of a free one, changes none.
func (i *Importer) nameObjects(a *Arrival) {
	folder := fmt.Sprintf("%x", i.Library.Secret.Digest("import objects", fmt.Sprint(i.Site, " ", a.Number)))
	for _, role := range a.Item.Roles() {
		if f := a.Item.File(role); f.Object == "" {
			f.Object = path.Join(path.Dir(f.Key), folder[:32], path.Base(f.Key))
		}
	}
}

// makeThumb makes the thumb of an item whose files are staged, and its medium and frame.
func (i *Importer) makeThumb(ctx context.Context, a *Arrival) error {
	l, it := i.Library, a.Item
	original, size, err := a.Source[media.RoleOriginal].open()
	if err != nil {
		return err
	}
	defer original.Close()
	made, err := l.StageMissing(ctx, original, size, it)
	if err != nil {
		return err
	}
	stem := strings.TrimSuffix(it.Original.Key, path.Ext(it.Original.Key))
	for _, role := range made {
		f := it.File(role)
		f.Key, f.Object = stem+media.Suffixes[role]+"."+media.ExtensionFor(f.MIME, it.Original.Key), ""
	}
	it.Unprocessed = l.Policy().WantsRenditions(it)
	return nil
}
