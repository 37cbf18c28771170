package items

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
)

// keepAddress notes from where a guest's item comes, if the limits say so.
func keepAddress(ctx context.Context, s txn.Tx, it *media.Item, limits media.UploadLimits) error {
	if limits.Address == "" || it.AddressHash == "" {
		return nil
	}
	_, err := s.Exec(ctx, `
		INSERT INTO guest_addresses (uploader, address, kept_until) VALUES (?, ?, ?)
		ON CONFLICT (uploader) DO UPDATE SET address = excluded.address, kept_until = excluded.kept_until`,
		it.AddressHash, limits.Address, txn.Time(&limits.KeepUntil))
	return err
}

// ForgetAddresses implements media.ItemRecords.
func (db *ItemRecords) ForgetAddresses(ctx context.Context, now time.Time) error {
	some, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (bool, error) {
		return txn.QueryOne(ctx, s, txn.Value[bool], `SELECT EXISTS (SELECT 1 FROM guest_addresses WHERE kept_until <= ?)`, txn.Time(&now))
	})
	if err == nil && some {
		err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
			_, err := s.Exec(ctx, `DELETE FROM guest_addresses WHERE kept_until <= ?`, txn.Time(&now))
			return err
		})
	}
	return txn.Wrap("forget addresses", err)
}

// GuestAddresses implements media.Oversight.
func (db *ItemRecords) GuestAddresses(ctx context.Context, hashes []string, now time.Time) (map[string]string, error) {
	list, err := txn.Texts(hashes)
	if err != nil {
		return nil, txn.Wrap("read addresses", err)
	}
	found, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (map[string]string, error) {
		found := make(map[string]string)
		return found, s.Each(ctx, func(scan txn.Scan) error {
			var hash, address string
			err := scan(&hash, &address)
			found[hash] = address
			return err
		}, `SELECT uploader, address FROM guest_addresses WHERE uploader IN (texts_of(?)) AND kept_until > ?`, list, txn.Time(&now))
	})
	return found, txn.Wrap("read addresses", err)
}
