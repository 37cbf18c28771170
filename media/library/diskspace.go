package library

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"postern/media"
	"postern/media/notify"
)

// errDeletionsPaused reports that deleted bytes have to stay for the time being.
var errDeletionsPaused = errors.New("a backup is being made")

// levelOf is how loud an error of removing bytes is logged: a backup is none.
func levelOf(err error) slog.Level {
	if errors.Is(err, errDeletionsPaused) {
		return slog.LevelDebug
	}
	return slog.LevelError
}

// remove removes deleting items for good, on a full disk as well. While a
// backup is made, it fails with errDeletionsPaused: the items are gone for everyone, and
// the reaper removes them later.
//
// The backup's snapshot is newer than its hold, and the hold is looked at when
// the items are deleting already: no live item of a snapshot loses its bytes.
func (l *Library) remove(ctx context.Context, items ...media.Item) error {
	if l.deletionsPaused != nil && l.deletionsPaused() {
		return errDeletionsPaused
	}
	return l.despiteFull(func() error { return l.finishDelete(ctx, items...) })
}

// despiteFull is Volume.DespiteFull of the library's volume.
func (l *Library) despiteFull(write func() error) error { return l.volume.DespiteFull(l.log, write) }

// keepReserve puts the reserve back when deletions have made room, and says
// how long the reaper may sleep.
func (l *Library) keepReserve(sleep time.Duration) time.Duration {
	restored, err := l.volume.KeepReserve()
	if err != nil {
		l.log.Error("write the reserve file", "error", err)
	}
	if restored {
		l.log.Info("the reserve file is in its place")
	}
	if l.volume.ReserveMissing() {
		return min(sleep, notify.RetryWait)
	}
	return sleep
}
