package library

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"

	"postern/media"
	"postern/media/process"
)

// uploadLimits are those for an upload that is to be an item.
func (l *Library) uploadLimits(up Upload, it *media.Item) media.UploadLimits {
	t := l.quotaLimits(up.Caller)
	t.Twins, t.Unlike = l.twins(up, it), up.unlike
	if keep := l.Policy().KeepAddress; up.Caller.Guest && !keep.IsZero() {
		t.Address, t.KeepUntil = up.IP, keep.After(l.Now())
	}
	if l.store.Remote() {
		t.ArriveUntil = l.Now().Add(l.times.lease)
	}
	return t
}

// quotaLimits are those for all uploads of a caller.
func (l *Library) quotaLimits(c media.Caller) media.UploadLimits {
	t := media.UploadLimits{Quota: c.User.Quota.WithDefaults(l.Policy().Quota), CountedAt: l.Now()}
	if c.Guest {
		t.Quota = media.Quota{Daily: l.Policy().GuestDaily}
	}
	return t
}

// Quotas bound what a user, or the guests of an address, may store. It is safe for
// concurrent use.
type Quotas struct{ library *Library }

// Of returns the usage and the quota of a user.
func (q *Quotas) Of(ctx context.Context, c media.Caller) (media.Usage, media.Quota, error) {
	l := q.library
	t := l.quotaLimits(c)
	usage, err := l.database.Usage(ctx, c.User.ID, "", t.CountedAt)
	return usage, t.Quota, err
}

// Day is how many uploads of a day are allowed, and left; zero for any number.
type Day struct{ Limit, Left int64 }

// Check returns a *QuotaError if a caller's quota leaves no room for any upload, and the
// rest of the caller's daily limit. announced are further uploads of the caller's, which
// are no items yet. Callers ask before they read the bytes, to save the work for uploads
// that would be refused. It promises nothing: the transaction that inserts the record
// decides.
func (q *Quotas) Check(ctx context.Context, c media.Caller, address string, announced media.Usage) (Day, error) {
	l := q.library
	t := l.quotaLimits(c)
	if t.Quota == (media.Quota{}) {
		return Day{}, nil
	}
	usage, err := l.database.Usage(ctx, c.User.ID, l.Secret.AddressHash(address), t.CountedAt)
	if err != nil {
		return Day{}, fmt.Errorf("admit: %w", err)
	}
	usage.Bytes += announced.Bytes
	usage.Items += announced.Items
	usage.Daily += announced.Items
	day := Day{Limit: t.Quota.Daily}
	if day.Limit > 0 {
		day.Left = day.Limit - usage.Daily
	}
	return day, t.Check(usage, 1)
}

// checkBan refuses banned bytes before any work. Bytes that processing makes banned ones
// are refused when they are recorded.
func (l *Library) checkBan(ctx context.Context, d *process.StagedUpload) error {
	if l.bans == nil {
		return nil
	}
	ban, err := l.bans.Banned(ctx, d.MD5, func() (string, error) { return d.Sum(sha256.New(), 0) })
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look for a ban: %w", err)
	}
	return fmt.Errorf("%w: %s %s", media.ErrBanned, ban.Digest, ban.Reason)
}
