package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
)

// TakeTokens takes n tokens from the bucket of a name, if it has as many. The bucket holds
// up to burst tokens and gains perMinute. With mayOwe, TakeTokens takes them anyway, down to
// a debt of one burst. It returns how many tokens are left. All gateways of the database
// together grant no more tokens than one gateway would. With n = 0, it only reports whether
// there is a token.
func (db *DB) TakeTokens(ctx context.Context, name string, n, perMinute, burst int, mayOwe bool) (left float64, granted bool, err error) {
	if err := db.acquire(); err != nil {
		return 0, false, err
	}
	defer db.mu.RUnlock()
	sum := sha256.Sum256([]byte(name)) // names of callers are not for tables
	token := 60 / float64(perMinute)   // seconds
	least := 0.0
	if mayOwe {
		least = -float64(burst)
	}
	n = min(n, burst)
	var full float64 // seconds from now until the bucket is full
	err = db.pool.QueryRowContext(ctx, takeTokensStatement, hex.EncodeToString(sum[:16]),
		float64(n)*token, (float64(burst)-least)*token, n > 0, mayOwe).Scan(&full, &granted)
	left = float64(burst) - full/token
	if n == 0 {
		granted = left >= 1
	}
	return math.Floor(left*1e6) / 1e6, granted, wrapErr("take from a rate", err)
}

// The row is read when nothing is taken. A microsecond is for sums of fractions.
const takeTokensStatement = `
	WITH moment AS (SELECT extract(epoch FROM clock_timestamp())::double precision AS now),
	taken AS (
		INSERT INTO rates AS r (name, full_at) SELECT $1::text, now + $2::double precision FROM moment WHERE $4::boolean
		ON CONFLICT (name) DO UPDATE SET
			full_at = least(greatest(r.full_at, excluded.full_at - $2::double precision) + $2::double precision,
				excluded.full_at - $2::double precision + $3::double precision)
		WHERE $5::boolean OR greatest(r.full_at, excluded.full_at - $2::double precision) + $2::double precision
			<= excluded.full_at - $2::double precision + $3::double precision + 0.000001
		RETURNING full_at)
	SELECT greatest(coalesce((SELECT full_at FROM taken), (SELECT full_at FROM rates WHERE name = $1::text), 0) - now, 0)::double precision,
		EXISTS (SELECT 1 FROM taken)
	FROM moment`

func (db *DB) forgetRates(ctx context.Context) error {
	_, err := db.pool.ExecContext(ctx, `DELETE FROM rates WHERE full_at < extract(epoch FROM clock_timestamp())`)
	return wrapErr("forget rates", err)
}
