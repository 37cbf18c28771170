package setup

import (
	"context"
	"time"

	"postern/config"
	"postern/media"
	"postern/media/notify"
)

const (
	holdTime    = 10 * time.Minute // for which a hold outlives a backup that was killed
	holdRenewal = 2 * time.Minute
	holdTimeout = 10 * time.Second
)

// HoldDeletions keeps all servers of an installation from removing bytes until release.
func HoldDeletions(ctx context.Context, c config.Config, db *Database) (release func(), err error) {
	if db.shared == nil {
		return PauseDeletions(ctx, c.DataDir)
	}
	holder := media.RandomHex(16)
	hold := func(ctx context.Context) error { return db.shared.HoldDeletions(ctx, holder, holdTime) }
	if err := hold(ctx); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Without the database there are no deletions either.
		notify.Every(ctx, holdRenewal, func() { _ = hold(ctx) })
	}()
	return func() {
		stop()
		<-done
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), holdTimeout)
		defer cancel()
		_ = db.shared.ReleaseDeletions(ctx, holder) // it ends by itself otherwise
	}, nil
}

// deletionsHeld returns what reports whether a backup is being made. While that is not
// known, bytes stay.
func deletionsHeld(c config.Config, db *Database) func() bool {
	if db.shared == nil {
		return func() bool { return DeletionsPaused(c.DataDir) }
	}
	return func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), holdTimeout)
		defer cancel()
		held, err := db.shared.DeletionsHeld(ctx)
		return held || err != nil
	}
}
