package library

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"postern/media"
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
	d, err := l.Spool(ctx, original, it.Original.Size)
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
func (l *Library) deriveAnew(ctx context.Context, d *StagedUpload, it media.Item, roles []media.Role) (media.Item, error) {
	file, size, err := d.original()
	if err != nil {
		return media.Item{}, err
	}
	info, err := Inspect(file, size, l.Policy().Location)
	if err != nil {
		return media.Item{}, err
	}
	fresh := it
	fresh.Thumb, fresh.Medium, fresh.Frame = media.File{}, media.File{}, media.File{}
	if err := l.derive(ctx, d, &fresh, info); err != nil {
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

// replaceVariants takes the way of an upload: the staged uploads are durable under the
// item's name before anything of what is there is touched.
func (l *Library) replaceVariants(ctx context.Context, d *StagedUpload, it, fresh media.Item, roles []media.Role) error {
	for _, role := range roles {
		if fresh.File(role).MIME != it.File(role).MIME {
			return fmt.Errorf("%s would be %q, not %q", role, fresh.File(role).MIME, it.File(role).MIME)
		}
	}
	if err := d.sync(); err != nil {
		return err
	}
	var keys []string
	var errs []error
	for _, role := range roles {
		errs = append(errs, d.renameTo(role, it.ID))
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
