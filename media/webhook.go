package media

import (
	"context"
	"time"
)

// WebhookEvents are what other servers may be told of: an item was stored, it waits for a
// moderator, a visitor reports it.
var WebhookEvents = []string{WebhookUpload, WebhookPending, WebhookReport}

// The events.
const (
	WebhookUpload  = "upload"
	WebhookPending = "pending"
	WebhookReport  = "report"
)

// Webhook is news for another server that waits to be sent.
type Webhook struct {
	ID        int64
	Target    string // to which of the servers it goes
	Event     string
	Body      string // as it is sent
	Tries     int    // begun so far
	CreatedAt time.Time
}

// WebhookRecords is what a database keeps of news for other servers. The rules of
// ItemRecords hold.
type WebhookRecords interface {
	// InsertWebhook adds news that is due at once, and removes the oldest of the same target
	// beyond so many.
	InsertWebhook(ctx context.Context, w Webhook, most int) error
	// ClaimWebhook returns the first news for a target that is due at now, counts a try,
	// and makes it due again at a time. The error wraps fs.ErrNotExist when there is none.
	ClaimWebhook(ctx context.Context, target string, now, again time.Time) (Webhook, error)
	// DeferWebhook makes news due at a time, if it is still there.
	DeferWebhook(ctx context.Context, id int64, until time.Time) error
	// DeleteWebhook removes news. What is not there counts as removed.
	DeleteWebhook(ctx context.Context, id int64) error
}
