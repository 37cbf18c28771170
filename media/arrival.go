package media

import (
	"context"
	"time"
)

// ArrivalRecords is what a database does for items whose bytes are in a remote store.
// The rules of ItemRecords hold.
//
// Such an item is arriving from its insertion with UploadLimits.ArriveUntil until
// Arrive: its keys, its ID and its user's quota are taken, and nobody sees it. Until the
// end of its lease its upload may put its files. A lease that nobody renews ends the
// item: it is deleting from BeginAbandoned on. What a file's lease allowed may still be
// carried out some time after it, the grace: only then is a deletion final.
//
// Times are of one clock that all callers share, the database's.
type ArrivalRecords interface {
	// RenewArrival gives an arriving item and its files until a time. The error wraps
	// fs.ErrNotExist when it is not arriving any more.
	RenewArrival(ctx context.Context, number int64, until time.Time) error

	// Arrive makes an arriving item live, whose files are all put. The error wraps
	// fs.ErrNotExist when it is not arriving any more, or not all of its files are
	// reserved; it is ErrBanned, or a *TwinError, when what limits and bans say
	// has come to forbid it since. Then the item stays arriving.
	Arrive(ctx context.Context, it *Item, limits UploadLimits) error

	// GiveUp turns an arriving item into a deleting one of nobody, which is due at now.
	// One that is not arriving any more stays what it is. Unless counted is zero, the
	// upload that was counted then (UploadLimits.CountedAt) counts no more.
	GiveUp(ctx context.Context, it *Item, counted, now time.Time) error

	// BeginAbandoned does so with up to limit items whose lease was over before now,
	// and returns how many they were.
	BeginAbandoned(ctx context.Context, now time.Time, limit int) (int, error)

	// ClaimDeleting returns up to limit deleting items that are due before now, with
	// all their files, and makes each due again at a later time: of several callers
	// each gets others.
	ClaimDeleting(ctx context.Context, now, again time.Time, limit int) ([]Item, error)

	// FinishWithdrawal is FinishDelete for items whose bytes were deleted from began
	// on. An item that has a file whose lease ended within the grace before began,
	// or later, stays: it is due again when that is over.
	FinishWithdrawal(ctx context.Context, began time.Time, grace time.Duration, numbers ...int64) error

	// WithdrawFiles marks up to limit files of live items whose lease ended before a
	// time and that nobody has recorded as put, and returns the names of their
	// objects, those that were marked before included. None of them can be recorded
	// any more.
	WithdrawFiles(ctx context.Context, before time.Time, limit int) ([]string, error)

	// ForgetFiles removes the records of such files, by the names of their objects.
	ForgetFiles(ctx context.Context, objects ...string) error
}

// RenditionArrivals is the same for renditions, which are put one job at a time. An
// attempt is known by its number.
type RenditionArrivals interface {
	// ClaimRenditionJob returns the job that is due first at now, counts an attempt
	// and makes the job due again at a later time. The error wraps fs.ErrNotExist
	// when none is due; next is then when one will be, the zero time for never. Jobs
	// whose files are still being withdrawn wait.
	ClaimRenditionJob(ctx context.Context, now, again time.Time) (job RenditionJob, next time.Time, err error)

	// ReserveRenditions records the renditions of a live item as being put until a
	// time. The error is ErrKeyTaken when a key is another's, and wraps
	// fs.ErrNotExist when the item or the attempt is gone.
	ReserveRenditions(ctx context.Context, it *Item, attempt int, until time.Time) error

	// ReleaseRenditionJob puts a job off that this attempt has failed at; the zero
	// time ends all attempts. The error wraps fs.ErrNotExist when the attempt is gone.
	ReleaseRenditionJob(ctx context.Context, item int64, attempt int, until time.Time, fault string) error

	// RenewRenditions gives an attempt and its files until a time. The error wraps
	// fs.ErrNotExist when the attempt is gone.
	RenewRenditions(ctx context.Context, item int64, attempt int, until time.Time) error

	// ArriveRenditions records that they are put, and ends the job. The error is as
	// that of ReserveRenditions.
	ArriveRenditions(ctx context.Context, it *Item, attempt int) error
}

// StoredObject is a file as its store knows it.
type StoredObject struct {
	Name   string
	ItemID string
	Size   int64
	MD5    string // of an original; "" for others
	There  bool   // must be there: its item is live, and its bytes are put
}
