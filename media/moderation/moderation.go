// Package moderation has the queue of pending items, and runs the operator's program that
// may decide about them.
package moderation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"postern/media"
	"postern/media/library"
	"postern/media/notify"
	"postern/media/sandbox"
)

// Queue is the queue of pending items. Nobody decides about what Caller.MayDecide says
// they may not, or hears of it. Its verdicts stand in the audit log. It is safe for concurrent use.
type Queue struct {
	Records Records
	Now     func() time.Time
}

// Records is what the queue needs of a database.
type Records interface {
	media.ModerationRecords
	ReportsOn(ctx context.Context, numbers []int64) ([]media.Report, error)
	Audit(ctx context.Context, q media.AuditQuery) ([]media.AuditEntry, error)
	User(ctx context.Context, id int64) (media.User, error)
	UserNamed(ctx context.Context, name string) (media.User, error)
}

// Seen is what a page shows that is made now, for moderators to send with their verdicts.
func (q *Queue) Seen(ctx context.Context) (Seen, error) {
	seen := Seen{At: q.Now()}
	latest, err := q.Records.Audit(ctx, media.AuditQuery{Limit: 1})
	if len(latest) > 0 {
		seen.Entry = latest[0].ID
	}
	return seen, err
}

// ruling returns what becomes of items. Reports that came after what the moderator saw stay,
// and all do where the items are to wait.
func (q *Queue) ruling(v Decision) media.Ruling {
	r := media.Ruling{Verdict: v.Verdict, At: q.Now(), Before: v.Seen.At, Reopen: v.Reopen}
	switch {
	case v.Verdict == media.ModerationPending:
		r.Before = time.Time{}
	case r.Before.IsZero():
		r.Before = r.At.Add(time.Second) // times are whole seconds there
	}
	return r
}

// Set is SetAll for one item. The error wraps fs.ErrNotExist if there is no such item for
// the caller, and is a *media.SelectionError only if others have decided.
func (q *Queue) Set(ctx context.Context, caller media.Caller, id string, v Decision) (media.Selected, error) {
	done, err := q.SetAll(ctx, caller, media.Selection{IDs: []string{id}}, v)
	var refused *media.SelectionError
	if errors.As(err, &refused) && refused.Refusals[0].Why == media.ReasonGone {
		err = fmt.Errorf("moderate item %s: %w", id, fs.ErrNotExist)
	}
	return done, err
}

// SetAll sets the moderation status of many items in one transaction, and returns the items as
// they were. The error wraps ErrForbidden if the caller does not moderate, and is a
// *media.SelectionError if one of the items is not there, or others have decided on it since
// what the caller saw, and the selection does not skip it.
func (q *Queue) SetAll(ctx context.Context, caller media.Caller, sel media.Selection, v Decision) (media.Selected, error) {
	if !caller.MayModerate() {
		return media.Selected{}, fmt.Errorf("moderate items: %w", media.ErrForbidden)
	}
	if err := sel.Tidy(); err != nil {
		return media.Selected{}, err
	}
	done, err := q.setAll(ctx, caller, sel, v)
	if errors.Is(err, fs.ErrNotExist) { // others have decided between two statements
		done, err = q.setAll(ctx, caller, sel, v)
	}
	return done, err
}

func (q *Queue) setAll(ctx context.Context, caller media.Caller, sel media.Selection, v Decision) (media.Selected, error) {
	items, err := q.Records.ItemsNamed(ctx, sel.IDs)
	if err != nil {
		return media.Selected{}, err
	}
	later, err := q.decidedSince(ctx, v.Seen, sel.IDs)
	if err != nil {
		return media.Selected{}, err
	}
	chosen, err := sel.Choose(items, func(it *media.Item) media.Reason {
		if !it.PurgeAt.IsZero() || !caller.MayDecide(it) {
			return media.ReasonGone
		}
		if _, ok := later[it.ID]; ok {
			return media.ReasonDecided
		}
		return ""
	})
	var refused *media.SelectionError
	if errors.As(err, &refused) {
		tellDecided(refused.Refusals, later)
	}
	if err != nil {
		return media.Selected{}, err
	}
	tellDecided(chosen.Refusals, later)
	return q.rule(ctx, caller, chosen, q.ruling(v))
}

// decidedSince returns the latest verdicts on items that are not in what a moderator saw.
func (q *Queue) decidedSince(ctx context.Context, seen Seen, ids []string) (map[string]media.AuditEntry, error) {
	later := make(map[string]media.AuditEntry)
	if seen.At.IsZero() {
		return later, nil
	}
	ask := media.AuditQuery{Subjects: ids, Kind: "item", After: seen.Entry, Limit: maxHistory}
	for {
		entries, err := q.Records.Audit(ctx, ask)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if _, is := e.Verdict(); is && later[e.Subject].ID == 0 {
				later[e.Subject] = e
			}
		}
		if len(entries) < maxHistory {
			return later, nil
		}
		ask.Before = entries[len(entries)-1].ID
	}
}

// tellDecided adds who has decided what.
func tellDecided(refusals []media.Refusal, later map[string]media.AuditEntry) {
	for i := range refusals {
		if r := &refusals[i]; r.Why == media.ReasonDecided {
			e := later[r.ID]
			r.By = e.By
			r.Verdict, _ = e.Verdict()
		}
	}
}

// rule carries a ruling out, and writes each item's verdict into the audit log.
func (q *Queue) rule(ctx context.Context, caller media.Caller, chosen media.Selected, r media.Ruling) (_ media.Selected, err error) {
	var entries []media.AuditEntry
	for i := range chosen.Items {
		it := &chosen.Items[i]
		entries = append(entries, media.AuditEntry{At: r.At, UserID: caller.User.ID, By: caller.User.Name, Action: r.On(it).AuditAction(), Subject: it.ID})
	}
	if media.AuditOf(ctx) == nil {
		ctx = media.WithAudit(ctx, entries...)
	}
	chosen.At = r.At
	chosen.Answered, err = q.Records.SetModerations(ctx, chosen.Items, r)
	return chosen, err
}

// Pending returns those pending items of a sender that the caller may decide about, as
// PendingItems does, and how many there are. The error wraps ErrForbidden for callers who do not moderate.
func (q *Queue) Pending(ctx context.Context, caller media.Caller, from media.Sender, after int64, limit int) (media.List[media.Item], error) {
	if !caller.MayModerate() {
		return media.List[media.Item]{}, fmt.Errorf("list pending items: %w", media.ErrForbidden)
	}
	total, err := q.Records.CountPending(ctx, caller.Decides(from), q.Now())
	if err != nil {
		return media.List[media.Item]{}, err
	}
	items, err := q.Records.PendingItems(ctx, caller.Decides(from), q.Now(), after, limit)
	return media.List[media.Item]{Some: items, Total: total}, err
}

// maxHistory bounds the entries of the audit log that are read for one page.
const maxHistory = 300

// History returns the latest verdicts on items of these IDs, or on all for none, the
// latest first. Callers hear of items that they may decide about, and of what is gone. The error wraps ErrForbidden for callers who do not moderate.
func (q *Queue) History(ctx context.Context, caller media.Caller, ids ...string) ([]media.AuditEntry, error) {
	if !caller.MayModerate() {
		return nil, fmt.Errorf("list verdicts: %w", media.ErrForbidden)
	}
	entries, err := q.Records.Audit(ctx, media.AuditQuery{Subjects: ids, Kind: "item", Limit: maxHistory})
	entries = slices.DeleteFunc(entries, func(e media.AuditEntry) bool {
		_, is := e.Verdict()
		return !is
	})
	if err != nil || caller.User.Admin || len(entries) == 0 {
		return entries, err
	}
	return q.heard(ctx, caller, entries)
}

// heard leaves out entries on items that the caller may not decide about.
func (q *Queue) heard(ctx context.Context, caller media.Caller, entries []media.AuditEntry) ([]media.AuditEntry, error) {
	var sel media.Selection
	for _, e := range entries {
		sel.IDs = append(sel.IDs, e.Subject)
	}
	if err := sel.Tidy(); err != nil {
		return nil, err
	}
	items, err := q.Records.ItemsNamed(ctx, sel.IDs)
	return slices.DeleteFunc(entries, func(e media.AuditEntry) bool {
		return slices.ContainsFunc(items, func(it media.Item) bool { return it.ID == e.Subject && !caller.MayDecide(&it) })
	}), err
}

// ApproveAll approves what waits of the first items of a sender in the queue, as many as one
// request changes, and answers the reports on those that do not wait: their verdicts stay. It
// leaves out what was uploaded or reported after a time. The error wraps ErrForbidden if the caller
// does not moderate.
func (q *Queue) ApproveAll(ctx context.Context, caller media.Caller, from media.Sender, until time.Time) (media.Selected, error) {
	list, err := q.Pending(ctx, caller, from, 0, media.MaxSelection)
	if err != nil {
		return media.Selected{}, err
	}
	reports, err := q.Records.ReportsOn(ctx, media.Selected{Items: list.Some}.Numbers())
	if err != nil {
		return media.Selected{}, err
	}
	reported := make(map[int64]bool)
	for _, r := range reports {
		reported[r.Item] = reported[r.Item] || r.CreatedAt.Before(until)
	}
	chosen := media.Selected{Items: slices.DeleteFunc(list.Some, func(it media.Item) bool {
		if it.Waits() {
			return it.CreatedAt.After(until)
		}
		return !reported[it.Number]
	})}
	if len(chosen.Items) == 0 {
		return chosen, nil
	}
	return q.rule(ctx, caller, chosen, media.Ruling{At: q.Now(), Before: until})
}

// HasItems reports whether there is anything in the queue that the caller may decide about.
func (q *Queue) HasItems(ctx context.Context, caller media.Caller) (bool, error) {
	items, err := q.Records.PendingItems(ctx, caller.Decides(media.Sender{}), q.Now(), 0, 1)
	return len(items) > 0, err
}

// Moderator asks a program of the operator's about uploads. Run is for one
// goroutine.
type Moderator struct {
	Queue   *Queue
	Signals *library.ModerationSignals
	Fetch   func(context.Context, media.File) (io.ReadSeekCloser, error) // see library.Library
	Log     *slog.Logger
	Command []string      // the program and its arguments; {id} and {type} stand for the item's
	Timeout time.Duration // for one item
}

const (
	// claimMargin is what an item is claimed for beyond the time of the program.
	claimMargin = time.Minute

	// askAgainAfter is when an item that the program did not decide on is asked
	// about again.
	askAgainAfter = time.Hour
)

// Run asks about pending items, also those from before the start, until ctx ends. Of
// several gateways one asks about an item; when that one ends, another does. An item
// that the program fails on stays pending, and is asked about again an hour later.
func (m *Moderator) Run(ctx context.Context) {
	for ctx.Err() == nil {
		now := m.Queue.Now()
		it, err := m.Queue.Records.ClaimPending(ctx, now, now.Add(m.Timeout+claimMargin))
		wait := notify.MaxWait
		switch {
		case err == nil:
			m.moderate(ctx, it)
			continue
		case !errors.Is(err, fs.ErrNotExist):
			m.Log.Error("read what waits for moderation", "error", err)
			wait = notify.RetryWait
		}
		notify.Wait(ctx, min(wait, maxModerationWait), m.Signals.Pending)
	}
}

// maxModerationWait is until what another process has left is seen.
const maxModerationWait = time.Minute

// moderate asks about one item and records the answer, unless somebody has decided
// meanwhile.
func (m *Moderator) moderate(ctx context.Context, it media.Item) {
	verdict, err := m.ask(ctx, it)
	if err == nil && verdict != media.ModerationPending {
		_, err = m.Queue.Records.SettlePending(media.WithAudit(ctx, media.AuditEntry{
			At: m.Queue.Now(), By: filepath.Base(m.Command[0]), Action: verdict.AuditAction(), Subject: it.ID,
		}), it.ID, verdict)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
	again := m.Queue.Now()
	if ctx.Err() == nil {
		again = again.Add(askAgainAfter)
		if err != nil {
			m.Log.Error("moderate an item", "item", it.ID, "error", err)
		}
	}
	if err := m.Queue.Records.ExtendClaim(context.WithoutCancel(ctx), it.Number, again); err != nil {
		m.Log.Error("leave an item to be moderated later", "item", it.ID, "error", err)
	}
}

// maxVerdict is how much of a program's output is read.
const maxVerdict = 1 << 10

// ask runs the program with the item's bytes on its standard input. The first
// line of its output is the verdict.
func (m *Moderator) ask(ctx context.Context, it media.Item) (media.Moderation, error) {
	f, err := m.Fetch(ctx, it.Original)
	if err != nil {
		return "", err
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	replace := strings.NewReplacer("{id}", it.ID, "{type}", it.Original.MIME)
	var args []string
	for _, a := range m.Command[1:] {
		args = append(args, replace.Replace(a))
	}
	cmd := exec.CommandContext(ctx, m.Command[0], args...)
	cmd.Stdin = io.Reader(f)
	cmd.WaitDelay = time.Second
	sandbox.Group(cmd)
	var out, faults limitedBuffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("run %s: %w: %s", m.Command[0], err, faults.text())
	}
	line, _, _ := strings.Cut(out.text(), "\n")
	verdict, ok := media.ParseVerdict(line)
	if !ok {
		return "", fmt.Errorf("%s printed %q, which is no verdict", m.Command[0], line)
	}
	return verdict, nil
}

// limitedBuffer keeps the first maxVerdict bytes and drops the rest.
type limitedBuffer struct{ b bytes.Buffer }

func (l *limitedBuffer) Write(p []byte) (int, error) {
	l.b.Write(p[:min(len(p), maxVerdict-l.b.Len())])
	return len(p), nil
}

func (l *limitedBuffer) text() string { return strings.TrimSpace(l.b.String()) }
