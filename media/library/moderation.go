package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"postern/media"
	"postern/media/sandbox"
)

// SetModeration records what an admin thinks of an item. The error wraps ErrForbidden
// for other callers, and fs.ErrNotExist when there is no such item.
func (l *Library) SetModeration(ctx context.Context, caller media.Caller, id string, verdict media.Moderation) error {
	if !caller.User.Admin {
		return fmt.Errorf("judge item %s: %w", id, media.ErrForbidden)
	}
	_, err := l.moderation.SetModeration(ctx, id, verdict)
	return err
}

// Pending returns items that wait for a moderator, as PendingItems, and how
// many there are. The error wraps ErrForbidden for callers who are no admins.
func (l *Library) Pending(ctx context.Context, caller media.Caller, after int64, limit int) (media.List[media.Item], error) {
	if !caller.User.Admin {
		return media.List[media.Item]{}, fmt.Errorf("list pending items: %w", media.ErrForbidden)
	}
	total, err := l.moderation.CountPending(ctx, l.Now())
	if err != nil {
		return media.List[media.Item]{}, err
	}
	items, err := l.moderation.PendingItems(ctx, l.Now(), after, limit)
	return media.List[media.Item]{Some: items, Total: total}, err
}

// Moderator lets a program of the operator's judge uploads. Run is for one
// goroutine.
type Moderator struct {
	Library *Library
	Command []string      // the program and its arguments; {id} and {type} stand for the item's
	Timeout time.Duration // for one item
}

// Run asks about each pending item once, those that have waited since before
// the start too, and again about one that comes back out of the bin, until ctx
// ends. An item that the program fails on stays pending.
func (m *Moderator) Run(ctx context.Context) {
	var asked int64
	for ctx.Err() == nil {
		m.askAgain(ctx, asked)
		items, err := m.Library.moderation.PendingItems(ctx, m.Library.Now(), asked, renditionBatch)
		wait := maxSleep
		switch {
		case err != nil:
			m.Library.log.Error("read what waits for moderation", "error", err)
			wait = retrySleep
		case len(items) > 0:
			for _, it := range items {
				m.moderate(ctx, it)
				asked = it.Number
			}
			continue
		}
		waitOrNotify(ctx, wait, m.Library.pending)
	}
}

// askAgain asks about the items that have come back out of the bin. What has a
// number above asked comes anyway.
func (m *Moderator) askAgain(ctx context.Context, asked int64) {
	for {
		select {
		case it := <-m.Library.restored:
			if it.Number <= asked {
				m.moderate(ctx, it)
			}
		default:
			return
		}
	}
}

// moderate asks about one item and records the answer.
func (m *Moderator) moderate(ctx context.Context, it media.Item) {
	verdict, err := m.ask(ctx, it)
	if err == nil {
		_, err = m.Library.moderation.SetModeration(ctx, it.ID, verdict)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, fs.ErrNotExist) {
		m.Library.log.Error("moderate an item", "item", it.ID, "error", err)
	}
}

// maxVerdict is how much of a program's output is read.
const maxVerdict = 1 << 10

// ask runs the program with the item's bytes on its standard input. The first
// line of its output is the verdict.
func (m *Moderator) ask(ctx context.Context, it media.Item) (media.Moderation, error) {
	f, err := m.Library.store.Open(ctx, it.Original.Key)
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
