package items

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"postern/media"
	"postern/records/txn"
)

// nameDigest is what is kept of a retired name.
func nameDigest(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 16)
}

// nameDigests are those of some names, as a JSON array.
func nameDigests(names []string) (string, error) {
	digests := make([]int64, len(names))
	for i, name := range names {
		digests[i] = nameDigest(name)
	}
	return txn.Numbers(digests)
}

// RefuseRetired returns taken when one of the names, of IDs or keys, was another item's.
func RefuseRetired(ctx context.Context, s txn.Tx, taken error, names ...string) error {
	digests, err := nameDigests(names)
	if err != nil {
		return err
	}
	found, err := txn.QueryOne(ctx, s, txn.Value[bool], retiredQuery, digests)
	if err == nil && found {
		err = taken
	}
	return err
}

const retiredQuery = `
	SELECT EXISTS (SELECT 1 FROM retired_names WHERE digest IN (numbers_of(?)))`

// retire keeps names from other items, until their items are gone and after.
// It is said until a time that they have expired; what was said before stays.
func retire(ctx context.Context, s txn.Tx, until time.Time, names ...string) error {
	digests, err := nameDigests(names)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `
		INSERT INTO retired_names (digest, gone_until) SELECT DISTINCT wanted, ?2 FROM (places_of(?1)) AS names WHERE true
		ON CONFLICT (digest) DO UPDATE SET gone_until = coalesce(excluded.gone_until, retired_names.gone_until)`, digests, txn.Time(&until))
	return err
}

// RetireIDs implements media.Imports.
func (db *ItemRecords) RetireIDs(ctx context.Context, ids []string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error { return retire(ctx, s, time.Time{}, ids...) })
	return txn.Wrap("retire IDs", err)
}

// IDGiven implements media.RetiredNames.
func (db *ItemRecords) IDGiven(ctx context.Context, id string) (bool, error) {
	yes, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (bool, error) {
		return txn.QueryOne(ctx, s, txn.Value[bool], `
			SELECT EXISTS (SELECT 1 FROM items WHERE id = ?) OR EXISTS (SELECT 1 FROM retired_names WHERE digest = ?)`,
			id, nameDigest(id))
	})
	return yes, txn.Wrap("look up an ID", err)
}

// Gone implements media.RetiredNames.
func (db *ItemRecords) Gone(ctx context.Context, name string, now time.Time) (bool, error) {
	yes, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (bool, error) {
		return txn.QueryOne(ctx, s, txn.Value[bool], `
			SELECT EXISTS (SELECT 1 FROM retired_names WHERE digest = ? AND gone_until > ?)`, nameDigest(name), txn.Time(&now))
	})
	return yes, txn.Wrap("look up what is gone", err)
}

// ForgetGone implements media.RetiredNames.
func (db *ItemRecords) ForgetGone(ctx context.Context, now time.Time) error {
	return txn.Wrap("forget what is gone", db.tx.InBatches(ctx, txn.InBatch(forgetGoneQuery, txn.Time(&now))))
}

const forgetGoneQuery = `
	UPDATE retired_names SET gone_until = NULL
	WHERE digest IN (SELECT digest FROM retired_names WHERE gone_until <= ? LIMIT ?)`

// retireItems retires the names of deleting items, whose records go next.
func retireItems(ctx context.Context, s txn.Tx, numbers string) error {
	items, err := Query(ctx, s, retiringQuery, numbers)
	if err != nil {
		return err
	}
	var names []string
	for i := range items {
		names = append(names, items[i].Names()...)
	}
	return retire(ctx, s, time.Time{}, names...)
}

const retiringQuery = `
	SELECT ` + itemColumns + ` FROM items
	WHERE state = 'deleting' AND number IN (numbers_of(?))`

// retireExpired retires the names of items that have expired just now, and
// says so until the time that until, which may be nil, tells of each.
func retireExpired(ctx context.Context, s txn.Tx, items []media.Item, until func(*media.Item) time.Time) error {
	if until == nil {
		return nil
	}
	for i := range items {
		end := until(&items[i])
		if end.IsZero() {
			continue
		}
		if err := retire(ctx, s, end, items[i].Names()...); err != nil {
			return err
		}
	}
	return nil
}
