package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"postern/media"
	"postern/media/process"
)

// Rederive makes variants of an item anew from its stored original, in the
// place of what is there. Until it returns they may be missing; a crash leaves
// what Recover finishes. The error is that of Add, or says that a variant would
// come out in another format than the recorded one.
func (l *Library) Rederive(ctx context.Context, it media.Item, roles ...media.Role) error {
	defer l.locks.lock(it.ID)()
	original, err := l.store.Open(ctx, it.Original.Stored())
	if err != nil {
		return fmt.Errorf("derive anew: %w", err)
	}
	defer original.Close()
	d, err := l.Staging.Spool(ctx, original, it.Original.Size)
	if err != nil {
		return fmt.Errorf("derive anew: %w", err)
	}
	defer d.Abort()
	fresh, err := l.deriveAnew(ctx, d, it, roles)
	if err != nil {
		return fmt.Errorf("derive anew: %w", err)
	}
	if err := l.replaceVariants(ctx, d, it, fresh, roles); err != nil {
		return fmt.Errorf("replace variants: %w", err)
	}
	return nil
}

// deriveAnew makes all variants in staging, renditions only when one is
// wanted, and returns the item with them, under the keys that it has.
func (l *Library) deriveAnew(ctx context.Context, d *process.StagedUpload, it media.Item, roles []media.Role) (media.Item, error) {
	file, size, err := d.Original()
	if err != nil {
		return media.Item{}, err
	}
	info, err := process.Inspect(file, size, l.Policy().Location)
	if err != nil {
		return media.Item{}, err
	}
	fresh := it
	fresh.Thumb, fresh.Medium, fresh.Frame = media.File{}, media.File{}, media.File{}
	if err := l.process.Derive(ctx, d, &fresh, info); err != nil {
		return media.Item{}, err
	}
	if slices.ContainsFunc(roles, func(r media.Role) bool { return media.RenditionWidth(r) > 0 }) {
		sized := it
		if err := l.deriveRenditions(ctx, d, &sized); err != nil {
			return media.Item{}, err
		}
		fresh.Renditions = sized.Renditions
	}
	for _, role := range it.Roles()[1:] {
		fresh.File(role).Key = it.File(role).Key
	}
	return fresh, nil
}

// StageMissing makes what an item lacks of thumb, medium and frame, of the size bytes of
// its original, and leaves them in staging under the item's name. It returns their roles,
// and sets what they are in the item, but no keys.
func (l *Library) StageMissing(ctx context.Context, original io.Reader, size int64, it *media.Item) ([]media.Role, error) {
	d, err := l.Staging.Spool(ctx, original, size)
	if err != nil {
		return nil, err
	}
	defer d.Abort()
	fresh, err := l.deriveAnew(ctx, d, *it, nil)
	if err != nil {
		return nil, err
	}
	if !l.store.Remote() { // where nothing looks for what is staged after a crash
		if err := d.Sync(); err != nil {
			return nil, err
		}
	}
	var made []media.Role
	for role := range media.Suffixes {
		f := *fresh.File(role)
		if f.MIME == "" || it.File(role).Exists() {
			continue
		}
		if err := d.RenameTo(role, it.ID); err != nil {
			return nil, err
		}
		*it.File(role) = f
		made = append(made, role)
	}
	return made, nil
}

// replaceVariants takes the way of an upload: the staged uploads are durable under the
// item's name before anything of what is there is touched.
func (l *Library) replaceVariants(ctx context.Context, d *process.StagedUpload, it, fresh media.Item, roles []media.Role) error {
	for _, role := range roles {
		if fresh.File(role).MIME != it.File(role).MIME {
			return fmt.Errorf("%s would be %q, not %q", role, fresh.File(role).MIME, it.File(role).MIME)
		}
	}
	if err := d.Sync(); err != nil {
		return err
	}
	var keys []string
	var errs []error
	for _, role := range roles {
		errs = append(errs, d.RenameTo(role, it.ID))
		keys = append(keys, it.File(role).Stored())
	}
	if err := errors.Join(append(errs, l.staging.Sync(), l.store.Delete(ctx, keys...))...); err != nil {
		return err
	}
	for _, role := range roles {
		if err := l.database.UpdateFile(ctx, it.Number, role, *fresh.File(role)); err != nil {
			return err
		}
	}
	return l.put(ctx, &it, roles)
}
