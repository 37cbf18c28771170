package library

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"postern/media"
	"postern/media/process"
)

// twins asks for the items that keep an upload from becoming one of its own:
// what may be answered instead of it, or what makes it a rejected duplicate
// (docs/chevereto-api.md#duplicates). A query without an MD5 asks for nothing. Items that
// expire are never shared, nor guests'.
func (l *Library) twins(up Upload, it *media.Item) media.DuplicateQuery {
	switch {
	case l.Policy().Duplicates == DuplicatesReject && !up.Caller.User.Admin:
		return media.DuplicateQuery{MD5: it.SourceMD5, AddressHash: it.AddressHash, Since: l.Now().Add(-24 * time.Hour)}
	case l.Policy().Duplicates == DuplicatesReuse && it.UserID != 0 && it.ExpiresAt.IsZero() && it.RequestDigest != "":
		return media.DuplicateQuery{
			MD5: it.SourceMD5, Size: it.SourceSize, UserID: it.UserID, RequestDigest: it.RequestDigest, Lasting: true,
		}
	}
	return media.DuplicateQuery{}
}

// findTwins looks for twins before the work that they would spare. The record
// decides: others may be inserted meanwhile.
func (l *Library) findTwins(ctx context.Context, up Upload, it *media.Item) ([]media.Item, error) {
	q := l.twins(up, it)
	if q.MD5 == "" {
		return nil, nil
	}
	twins, err := l.database.Duplicates(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("look for duplicates: %w", err)
	}
	return twins, nil
}

// rejectDuplicate refuses, when the operator wants it, bytes that the same
// address has sent within a day.
func (l *Library) rejectDuplicate(ctx context.Context, up Upload, it *media.Item) error {
	if l.Policy().Duplicates != DuplicatesReject {
		return nil
	}
	twins, err := l.findTwins(ctx, up, it)
	if err == nil && len(twins) > 0 {
		err = media.ErrDuplicate
	}
	return err
}

// reuse finds the owner's item of the same bytes and the same parameters; nil
// when there is none.
func (l *Library) reuse(ctx context.Context, up Upload, it *media.Item) (*media.Item, error) {
	if l.Policy().Duplicates != DuplicatesReuse {
		return nil, nil
	}
	twins, err := l.findTwins(ctx, up, it)
	if err != nil {
		return nil, err
	}
	return l.same(ctx, up, it, twins)
}

// commitOnce keeps the item, unless others of the same bytes were recorded since
// they were looked for.
func (l *Library) commitOnce(ctx context.Context, up Upload, it *media.Item, info process.Info) (Added, error) {
	for {
		err := l.commit(ctx, up, it)
		var found *media.TwinError
		if l.Policy().Duplicates != DuplicatesReuse || !errors.As(err, &found) {
			if err != nil {
				l.giveUp(ctx, it, errors.Is(err, media.ErrDuplicate))
			}
			return Added{Item: it}, err
		}
		old, err := l.same(ctx, up, it, found.Twins)
		if old != nil || err != nil {
			l.giveUp(ctx, it, old != nil)
			return Added{Item: old, Reused: old != nil}, err
		}
		for _, twin := range found.Twins {
			up.unlike = append(up.unlike, twin.Number)
		}
	}
}

// same returns the first of the twins that is stored as the item would be,
// proved on the bytes; nil for none.
func (l *Library) same(ctx context.Context, up Upload, it *media.Item, twins []media.Item) (*media.Item, error) {
	for _, twin := range twins {
		if twin.MD5 != it.MD5 || !media.SeenAlike(&twin, it) || slices.Contains(up.unlike, twin.Number) {
			continue
		}
		same, err := l.sameBytes(ctx, twin, up.Staged)
		if errors.Is(err, fs.ErrNotExist) {
			l.locks.lock(twin.ID)() // it is being published
			same, err = l.sameBytes(ctx, twin, up.Staged)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue // nor was it in the end
		}
		if err != nil {
			return nil, fmt.Errorf("compare with a duplicate: %w", err)
		}
		if same {
			return &twin, nil
		}
	}
	return nil, nil
}

// sameBytes compares the staged upload with what is stored of an item, by a digest
// where the record has one. The error wraps fs.ErrNotExist when nothing is stored.
func (l *Library) sameBytes(ctx context.Context, it media.Item, d *process.StagedUpload) (bool, error) {
	if it.Original.SHA256 != "" {
		sum, err := d.Sum(sha256.New(), 0)
		return sum == it.Original.SHA256, err
	}
	f, size, err := d.Original()
	if err != nil {
		return false, err
	}
	stored, err := l.store.Open(ctx, it.Original.Stored())
	if err != nil {
		return false, err
	}
	defer stored.Close()
	return equalReaders(io.NewSectionReader(f, 0, size), stored)
}

func equalReaders(a, b io.Reader) (bool, error) {
	const block = 64 << 10
	bufA, bufB := make([]byte, block), make([]byte, block)
	for {
		n, errA := io.ReadFull(a, bufA)
		m, errB := io.ReadFull(b, bufB)
		if !bytes.Equal(bufA[:n], bufB[:m]) {
			return false, nil
		}
		endA := errA == io.EOF || errA == io.ErrUnexpectedEOF
		endB := errB == io.EOF || errB == io.ErrUnexpectedEOF
		switch {
		case endA && endB:
			return true, nil
		case errA != nil && !endA:
			return false, errA
		case errB != nil && !endB:
			return false, errB
		}
	}
}
