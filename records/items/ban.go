package items

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
	"postern/records/txn"
)

// InsertBan implements media.Bans.
func (db *ItemRecords) InsertBan(ctx context.Context, b media.Ban) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `
			INSERT INTO bans (digest, reason, created_at) VALUES (?, ?, ?)
			ON CONFLICT (digest) DO UPDATE SET reason = excluded.reason`, b.Digest, b.Reason, txn.Time(&b.CreatedAt))
		return err
	})
	return txn.Wrap("insert ban", err)
}

// DeleteBan implements media.Bans.
func (db *ItemRecords) DeleteBan(ctx context.Context, digest string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `DELETE FROM bans WHERE digest = ?`, digest))
	})
	return txn.Wrap("delete ban", err)
}

// Bans implements media.Bans. The bans come in the order of their making.
func (db *ItemRecords) Bans(ctx context.Context) ([]media.Ban, error) {
	bans, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Ban, error) {
		return txn.QueryAll(ctx, s, scanBan, `
			SELECT digest, reason, created_at FROM bans ORDER BY created_at, digest`)
	})
	return bans, txn.Wrap("read bans", err)
}

func scanBan(scan txn.Scan) (b media.Ban, err error) {
	err = scan(&b.Digest, &b.Reason, txn.Time(&b.CreatedAt))
	return b, err
}

const (
	banQuery      = `SELECT digest, reason, created_at FROM bans WHERE digest IN (?, ?)`
	bySHA256Query = `SELECT digest, reason, created_at FROM bans WHERE length(digest) = 64 LIMIT 1`
)

// Banned implements media.Bans.
func (db *ItemRecords) Banned(ctx context.Context, md5 string, sha256 func() (string, error)) (media.Ban, error) {
	find := func(query string, args ...any) (media.Ban, error) {
		return txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Ban, error) {
			return txn.QueryOne(ctx, s, scanBan, query, args...)
		})
	}
	ban, err := find(banQuery, md5, md5)
	if !errors.Is(err, fs.ErrNotExist) {
		return ban, txn.Wrap("read ban", err)
	}
	if _, err := find(bySHA256Query); err != nil {
		return media.Ban{}, txn.Wrap("read ban", err)
	}
	sum, err := sha256()
	if err != nil {
		return media.Ban{}, fmt.Errorf("hash for bans: %w", err)
	}
	ban, err = find(banQuery, sum, sum)
	return ban, txn.Wrap("read ban", err)
}

// refuseBanned keeps out bytes that were banned, or became banned ones, since
// the upload was looked at.
func refuseBanned(ctx context.Context, s txn.Tx, it *media.Item) error {
	ban, err := txn.QueryOne(ctx, s, scanBan, banQuery, it.MD5, it.SourceMD5)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: %s", media.ErrBanned, ban.Digest)
}

// ShutOutAddress implements media.AddressBans.
func (db *ItemRecords) ShutOutAddress(ctx context.Context, b media.AddressBan) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		_, err := s.Exec(ctx, `
			INSERT INTO banned_addresses (address, reason, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, expires_at = excluded.expires_at`,
			b.Address, b.Reason, txn.Time(&b.ExpiresAt))
		return err
	})
	return txn.Wrap("ban address", err)
}

// AdmitAddress implements media.AddressBans.
func (db *ItemRecords) AdmitAddress(ctx context.Context, address string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `DELETE FROM banned_addresses WHERE address = ?`, address))
	})
	return txn.Wrap("admit address", err)
}

// BannedAddresses implements media.AddressBans.
func (db *ItemRecords) BannedAddresses(ctx context.Context, now time.Time) ([]media.AddressBan, error) {
	bans, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.AddressBan, error) {
		return txn.QueryAll(ctx, s, func(scan txn.Scan) (b media.AddressBan, err error) {
			err = scan(&b.Address, &b.Reason, txn.Time(&b.ExpiresAt))
			return b, err
		}, `SELECT address, reason, expires_at FROM banned_addresses WHERE expires_at IS NULL OR expires_at > ? ORDER BY address`, txn.Time(&now))
	})
	return bans, txn.Wrap("read banned addresses", err)
}
