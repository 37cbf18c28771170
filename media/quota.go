package media

import (
	"errors"
	"fmt"
	"time"
)

// Quota bounds what one user may keep and upload. In a Policy 0 is no limit;
// in a User 0 is the Policy's limit, and NoLimit is none.
type Quota struct {
	Bytes int64 // of all files, variants included
	Items int64
	Daily int64 // uploads in a day of UTC, whatever became of them
}

// NoLimit is a limit of a user's own that lifts the Policy's.
const NoLimit = -1

// WithDefaults returns the user's own limits, and the general ones where there are none.
// In the result, 0 is no limit.
func (q Quota) WithDefaults(general Quota) Quota {
	pick := func(own, other int64) int64 {
		if own == 0 {
			own = other
		}
		return max(own, 0)
	}
	return Quota{pick(q.Bytes, general.Bytes), pick(q.Items, general.Items), pick(q.Daily, general.Daily)}
}

// Usage is what a user stores, and has uploaded on one day.
type Usage struct{ Bytes, Items, Daily int64 }

// UploadLimits are what an item must meet to be inserted.
type UploadLimits struct {
	Quota     Quota     // of its user, or of a guest's address; 0 is no limit
	CountedAt time.Time // the moment whose day the upload counts for; zero for none

	// ArriveUntil is the end of the first lease of an item that is to arrive: see
	// ArrivalRecords. Zero: it is live at once.
	ArriveUntil time.Time

	// Address is from where a guest sends the item, to be kept until a time for its
	// AddressHash; "" is not kept.
	Address   string
	KeepUntil time.Time

	Twins  DuplicateQuery // items that must not be there; without an MD5 any may
	Unlike []int64        // numbers of such items that may be there all the same
}

// Check returns nil if an item of that many bytes fits beside the usage. Otherwise the
// error is a *QuotaError.
func (t UploadLimits) Check(u Usage, bytes int64) error {
	switch q := t.Quota; {
	case q.Daily > 0 && u.Daily >= q.Daily:
		return &QuotaError{Of: QuotaDaily, Limit: q.Daily}
	case q.Items > 0 && u.Items >= q.Items:
		return &QuotaError{Of: QuotaItems, Limit: q.Items}
	case q.Bytes > 0 && u.Bytes+bytes > q.Bytes:
		return &QuotaError{Of: QuotaBytes, Limit: q.Bytes}
	}
	return nil
}

// What a QuotaError is about.
const (
	QuotaBytes = "bytes"
	QuotaItems = "items"
	QuotaDaily = "uploads a day"
)

// ErrQuota reports that a quota is used up; see QuotaError.
var ErrQuota = errors.New("quota is used up")

// QuotaError is an ErrQuota that names the quota.
type QuotaError struct {
	Of    string // QuotaBytes, QuotaItems or QuotaDaily
	Limit int64
}

func (e *QuotaError) Error() string { return fmt.Sprintf("quota of %d %s is used up", e.Limit, e.Of) }

// Unwrap makes the error an ErrQuota.
func (e *QuotaError) Unwrap() error { return ErrQuota }
