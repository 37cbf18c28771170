package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"postern/media/notify"
)

// clock tells the server's time, which all gateways have in common, by the local
// monotonic clock.
type clock struct{ reading atomic.Pointer[reading] }

type reading struct {
	local  time.Time
	server time.Time
}

// set reads the server's clock a few times. The fastest answer is known best.
func (c *clock) set(ctx context.Context, pool *sql.DB) error {
	best := time.Duration(-1)
	var read reading
	for range 8 {
		var micros int64
		began := time.Now()
		err := pool.QueryRowContext(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`).Scan(&micros)
		if err != nil {
			return err
		}
		if took := time.Since(began); best < 0 || took < best {
			best, read = took, reading{began.Add(took / 2), time.UnixMicro(micros).UTC()}
		}
	}
	c.reading.Store(&read)
	return nil
}

// Now returns the time of the database server. While the server does not answer, the
// time advances by the local clock.
func (db *DB) Now() time.Time {
	r := db.clock.reading.Load()
	return r.server.Add(time.Since(r.local))
}

// CheckClock returns an error if the database server has not told its time for too long,
// or if the clock of this machine is far from it: buckets refuse what is signed with a
// time that is a quarter of an hour off.
func (db *DB) CheckClock() error {
	if age := time.Since(db.clock.reading.Load().local); age > maxClockAge {
		return errClockUnknown
	}
	wall := time.Now().Round(0) // as it was set last, and not as it went on since
	if off := wall.Sub(db.Now()); off.Abs() > maxClockOff {
		return fmt.Errorf("the clock of this machine is %v off that of the database: set it, by NTP for example", off.Round(time.Second))
	}
	return nil
}

var errClockUnknown = errors.New("the time of the database has not been known for 2 minutes")

const (
	clockEvery  = 30 * time.Second
	maxClockAge = 2 * time.Minute
	maxClockOff = 5 * time.Minute
)

func (db *DB) keepTime(ctx context.Context) {
	notify.Every(ctx, clockEvery, func() {
		ctx, cancel := context.WithTimeout(ctx, clockEvery)
		defer cancel()
		_ = db.clock.set(ctx, db.pool) // CheckClock tells
	})
}
