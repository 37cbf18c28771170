package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"postern/media"
)

// InsertBan implements media.Bans.
func (db *DB) InsertBan(ctx context.Context, b media.Ban) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `
			INSERT INTO bans (digest, reason, created_at) VALUES (?, ?, ?)
			ON CONFLICT (digest) DO UPDATE SET reason = excluded.reason`, b.Digest, b.Reason, unixTime{&b.CreatedAt})
		return err
	})
	return wrapErr("insert ban", err)
}

// DeleteBan implements media.Bans.
func (db *DB) DeleteBan(ctx context.Context, digest string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `DELETE FROM bans WHERE digest = ?`, digest))
	})
	return wrapErr("delete ban", err)
}

// Bans implements media.Bans. The bans come in the order of their making.
func (db *DB) Bans(ctx context.Context) ([]media.Ban, error) {
	bans, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Ban, error) {
		return queryAll(ctx, s, scanBan, `
			SELECT digest, reason, created_at FROM bans ORDER BY created_at, digest`)
	})
	return bans, wrapErr("read bans", err)
}

func scanBan(scan Scan) (b media.Ban, err error) {
	err = scan(&b.Digest, &b.Reason, unixTime{&b.CreatedAt})
	return b, err
}

const (
	banQuery      = `SELECT digest, reason, created_at FROM bans WHERE digest IN (?, ?)`
	bySHA256Query = `SELECT digest, reason, created_at FROM bans WHERE length(digest) = 64 LIMIT 1`
)

// Banned implements media.Bans.
func (db *DB) Banned(ctx context.Context, md5 string, sha256 func() (string, error)) (media.Ban, error) {
	find := func(query string, args ...any) (media.Ban, error) {
		return read(ctx, db, func(ctx context.Context, s session) (media.Ban, error) {
			return queryOne(ctx, s, scanBan, query, args...)
		})
	}
	ban, err := find(banQuery, md5, md5)
	if !errors.Is(err, fs.ErrNotExist) {
		return ban, wrapErr("read ban", err)
	}
	if _, err := find(bySHA256Query); err != nil {
		return media.Ban{}, wrapErr("read ban", err)
	}
	sum, err := sha256()
	if err != nil {
		return media.Ban{}, fmt.Errorf("hash for bans: %w", err)
	}
	ban, err = find(banQuery, sum, sum)
	return ban, wrapErr("read ban", err)
}

// refuseBanned keeps out bytes that were banned, or became banned ones, since
// the upload was looked at.
func refuseBanned(ctx context.Context, s session, it *media.Item) error {
	ban, err := queryOne(ctx, s, scanBan, banQuery, it.MD5, it.SourceMD5)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: %s", media.ErrBanned, ban.Digest)
}

// ShutOutAddress implements media.AddressBans.
func (db *DB) ShutOutAddress(ctx context.Context, b media.AddressBan) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		_, err := s.exec(ctx, `
			INSERT INTO banned_addresses (address, reason, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, expires_at = excluded.expires_at`,
			b.Address, b.Reason, unixTime{&b.ExpiresAt})
		return err
	})
	return wrapErr("ban address", err)
}

// AdmitAddress implements media.AddressBans.
func (db *DB) AdmitAddress(ctx context.Context, address string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		return requireRow(s.exec(ctx, `DELETE FROM banned_addresses WHERE address = ?`, address))
	})
	return wrapErr("admit address", err)
}

// BannedAddresses implements media.AddressBans.
func (db *DB) BannedAddresses(ctx context.Context, now time.Time) ([]media.AddressBan, error) {
	bans, err := read(ctx, db, func(ctx context.Context, s session) ([]media.AddressBan, error) {
		return queryAll(ctx, s, func(scan Scan) (b media.AddressBan, err error) {
			err = scan(&b.Address, &b.Reason, unixTime{&b.ExpiresAt})
			return b, err
		}, `SELECT address, reason, expires_at FROM banned_addresses WHERE expires_at IS NULL OR expires_at > ? ORDER BY address`, unixTime{&now})
	})
	return bans, wrapErr("read banned addresses", err)
}
