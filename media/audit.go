package media

import (
	"context"
	"strings"
	"sync"
	"time"
)

// AuditEntry is a change that somebody with rights over others has made, on a page or
// at the shell.
type AuditEntry struct {
	ID      int64
	At      time.Time
	UserID  int64  // who; 0 for a command of the shell
	By      string // who, by the name of that time; of the system's user for a command
	Action  string // a kind and a verb: "user.rename"
	Subject string // on whom or what: a user's name, an item's ID; may be empty
	Detail  string // what there is to say beside; may be empty
}

// Kind is what the change was about: "user", "item", "ban" and the like.
func (e *AuditEntry) Kind() string {
	kind, _, _ := strings.Cut(e.Action, ".")
	return kind
}

// AuditQuery asks for entries. Fields that are zero do not restrict.
type AuditQuery struct {
	Subject  string   // exactly
	Subjects []string // one of these
	Kind     string
	By       string // exactly
	Search   string // a part of who, whom or the detail, whatever the case of ASCII letters
	Before   int64  // only entries of lower IDs
	After    int64  // only entries of higher IDs
	Limit    int
}

// AuditRecords is what a database keeps of changes, and of what there was by the hour.
// The rules of ItemRecords hold.
//
// A transaction under a context of WithAudit writes the entry of that context, in
// itself: there is no change without its entry, and no entry without its change.
type AuditRecords interface {
	// Audit returns entries, the latest first.
	Audit(ctx context.Context, q AuditQuery) ([]AuditEntry, error)

	// KeepCounts adds sums to those of the hour of a moment, sets levels of that
	// hour, and forgets hours that are CountsKept old.
	KeepCounts(ctx context.Context, at time.Time, sums, levels map[string]int64) error
	// Counts returns what was kept since the hour of a moment, the oldest first.
	Counts(ctx context.Context, since time.Time) ([]HourCount, error)
	// Stock tells what there is now.
	Stock(ctx context.Context) (Stock, error)
}

// HourCount is how much there was of something in an hour, or at its end.
type HourCount struct {
	Hour time.Time // its beginning
	What string
	N    int64
}

// CountsKept is how long counts by the hour are kept.
const CountsKept = 32 * 24 * time.Hour

// What is counted by the hour. CountStored and CountUsers are levels.
const (
	CountUploads  = "uploads"  // that were stored
	CountBytes    = "bytes"    // of these, as they were sent
	CountAnswered = "answered" // bytes of answers
	CountErrors   = "errors"   // requests that failed by our fault
	CountStored   = "stored"   // bytes of the files of users
	CountUsers    = "users"
)

// Stock is what a database holds. Items and bytes are those of users, the trash
// left out of the items.
type Stock struct {
	Items map[string]int64 // by kind
	Bytes map[string]int64 // of all their files, by kind
	Users int64
}

// TotalBytes returns the bytes of all kinds.
func (s Stock) TotalBytes() (total int64) {
	for _, n := range s.Bytes {
		total += n
	}
	return total
}

// AuditNote is what waits for the change that it tells of. It is safe for concurrent use.
type AuditNote struct {
	entries []AuditEntry

	mu    sync.Mutex
	taken bool
}

type auditKey struct{}

// WithAudit returns a context under which the first transaction that is committed
// writes these entries.
func WithAudit(ctx context.Context, entries ...AuditEntry) context.Context {
	return context.WithValue(ctx, auditKey{}, &AuditNote{entries: entries})
}

// AuditEach returns a context under which a change writes an entry for each of its
// subjects. It is ctx itself if there are none, or if an entry of its caller's tells of
// the change already.
func AuditEach(ctx context.Context, by Caller, at time.Time, action string, subjects ...string) context.Context {
	if len(subjects) == 0 || AuditOf(ctx) != nil {
		return ctx
	}
	entries := make([]AuditEntry, 0, len(subjects))
	for _, subject := range subjects {
		entries = append(entries, AuditEntry{At: at, UserID: by.User.ID, By: by.User.Name, Action: action, Subject: subject})
	}
	return WithAudit(ctx, entries...)
}

// verdictActions are the actions of verdicts in the audit log.
var verdictActions = map[Moderation]string{
	ModerationApproved: "item.approve", ModerationNSFW: "item.nsfw", ModerationRejected: "item.reject", ModerationPending: "item.pending",
}

// Verdict returns what a moderator thought of an item, and whether the entry tells of that.
func (e *AuditEntry) Verdict() (Moderation, bool) {
	if e.Action == "item.moderate" { // of the command
		word, _, _ := strings.Cut(e.Detail, " ")
		return ParseVerdict(word)
	}
	for verdict, action := range verdictActions {
		if e.Action == action {
			return verdict, true
		}
	}
	return "", false
}

// AuditAction is the verdict's action in the audit log.
func (m Moderation) AuditAction() string { return verdictActions[m] }

// AuditOf returns what waits under a context, nil for nothing.
func AuditOf(ctx context.Context) *AuditNote {
	note, _ := ctx.Value(auditKey{}).(*AuditNote)
	return note
}

// Take returns the entries to the first who asks. Whoever got them and could not write
// them calls Return.
func (n *AuditNote) Take() ([]AuditEntry, bool) {
	if n == nil {
		return nil, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	first := !n.taken
	n.taken = true
	return n.entries, first
}

// Return leaves the entries to the next who asks.
func (n *AuditNote) Return() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.taken = false
}
