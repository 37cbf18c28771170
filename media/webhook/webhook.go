// Package webhook tells other servers what happens here: of uploads, of items that wait for
// a moderator, and of reports. News waits in the database until it has arrived, so that a
// restart loses none.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"postern/media"
	"postern/media/fetch"
	"postern/media/notify"
)

// Target is a server that is told.
type Target struct {
	Name   string // under which news for it waits
	URL    string // which may have a secret in it
	Secret string // signs what is sent; "" for no signature
	Format func(News) ([]byte, error)
}

// Bounds on news that waits.
const (
	maxInMemory = 256 // until it is in the database
	maxWaiting  = 1000
	maxAge      = 24 * time.Hour
)

const (
	lookAgain     = 10 * time.Second // for news of other gateways, and for what is to be tried again
	maxRetryAfter = 2 * time.Hour    // that a server may ask for
)

// claimTime is longer than a try takes. Of several gateways one sends.
const claimTime = 2 * time.Minute

// usualPauses are those before the next tries; the last one repeats.
var usualPauses = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}

// Sender sends news. It is safe for concurrent use, but for Run, which is for one
// goroutine. A nil Sender tells nobody.
type Sender struct {
	Pauses []time.Duration // before the next tries; the last one repeats

	records media.WebhookRecords
	client  *fetch.Client
	targets []Target
	events  map[string]bool
	now     func() time.Time
	log     *slog.Logger

	news  chan News
	fresh []chan struct{} // of each target: news is in the database
}

// New returns a sender that tells targets of these events.
func New(records media.WebhookRecords, client *fetch.Client, targets []Target, events []string, now func() time.Time, log *slog.Logger) *Sender {
	s := &Sender{Pauses: usualPauses, records: records, client: client, targets: targets, events: make(map[string]bool), now: now, log: log, news: make(chan News, maxInMemory)}
	for _, e := range events {
		s.events[e] = true
	}
	for range targets {
		s.fresh = append(s.fresh, make(chan struct{}, 1))
	}
	return s
}

// Wants reports whether anybody is told of an event.
func (s *Sender) Wants(event string) bool { return s != nil && s.events[event] }

// Tell passes news on and never waits. Beyond maxInMemory, while the database is slow,
// news is dropped.
func (s *Sender) Tell(n News) {
	if !s.Wants(n.Event) {
		return
	}
	select {
	case s.news <- n:
	default:
		s.log.Warn("a webhook is dropped: too many wait", "event", n.Event, "item", n.Item.ID)
	}
}

// Run sends news until ctx ends. What was passed on before is then in the database.
func (s *Sender) Run(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	for i := range s.targets {
		work.Go(func() { s.deliver(ctx, s.targets[i], s.fresh[i]) })
	}
	for ctx.Err() == nil {
		select {
		case n := <-s.news:
			s.store(context.WithoutCancel(ctx), n)
		case <-ctx.Done():
		}
	}
	for {
		select {
		case n := <-s.news:
			s.store(context.WithoutCancel(ctx), n)
		default:
			return
		}
	}
}

func (s *Sender) store(ctx context.Context, n News) {
	for i, t := range s.targets {
		body, err := t.Format(n)
		if err == nil {
			err = s.records.InsertWebhook(ctx, media.Webhook{Target: t.Name, Event: n.Event, Body: string(body), CreatedAt: s.now()}, maxWaiting)
		}
		if err != nil {
			s.log.Error("keep a webhook", "target", t.Name, "event", n.Event, "error", err)
			continue
		}
		notify.Send(s.fresh[i])
	}
}

// deliver sends what waits for a target, one after the other.
func (s *Sender) deliver(ctx context.Context, t Target, fresh <-chan struct{}) {
	for ctx.Err() == nil {
		now := s.now()
		w, err := s.records.ClaimWebhook(ctx, t.Name, now, now.Add(claimTime))
		switch {
		case err == nil:
			s.attempt(ctx, t, w)
			continue
		case !errors.Is(err, fs.ErrNotExist) && ctx.Err() == nil:
			s.log.Error("read webhooks", "target", t.Name, "error", err)
			notify.Wait(ctx, notify.RetryWait, nil)
			continue
		}
		notify.Wait(ctx, lookAgain, fresh)
	}
}

// attempt sends news once, and removes it if it has arrived or is too old.
func (s *Sender) attempt(ctx context.Context, t Target, w media.Webhook) {
	log := s.log.With("target", t.Name, "event", w.Event, "id", w.ID)
	err := s.client.Post(ctx, t.URL, header(t, w), []byte(w.Body))
	after := context.WithoutCancel(ctx)
	if ctx.Err() != nil && err != nil {
		err = s.records.DeferWebhook(after, w.ID, s.now())
	} else if err != nil {
		pause := s.Pauses[min(w.Tries, len(s.Pauses))-1]
		var status *fetch.StatusError
		if errors.As(err, &status) {
			pause = max(pause, min(status.RetryAfter, maxRetryAfter))
		}
		again := s.now().Add(pause)
		if again.Sub(w.CreatedAt) < maxAge {
			log.Warn("a webhook did not arrive", "tries", w.Tries, "again", pause, "error", err)
			err = s.records.DeferWebhook(after, w.ID, again)
		} else {
			log.Error("a webhook is given up", "tries", w.Tries, "error", err)
			err = s.records.DeleteWebhook(after, w.ID)
		}
	} else {
		err = s.records.DeleteWebhook(after, w.ID)
	}
	if err != nil {
		log.Error("note what became of a webhook", "error", err)
	}
}

// header is that of a request: what it tells of, and a signature of its body.
func header(t Target, w media.Webhook) http.Header {
	h := http.Header{
		"Content-Type":    {"application/json"},
		"X-Postern-Event": {w.Event},
		"X-Postern-Id":    {strconv.FormatInt(w.ID, 10)},
	}
	if t.Secret != "" {
		mac := hmac.New(sha256.New, []byte(t.Secret))
		mac.Write([]byte(w.Body))
		h.Set("X-Postern-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	return h
}
