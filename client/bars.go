package client

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bars draws the progress of several uploads on a terminal: a line for each running
// upload, and one for all together. A nil Bars draws nothing. It is safe for
// concurrent use.
type Bars struct {
	mu      sync.Mutex
	w       io.Writer
	running []*Bar
	lines   int // that are drawn
	done    int
	total   int // uploads
	sent    int64
	start   time.Time
	drawn   time.Time
}

// Bar is the progress of one upload. A nil Bar takes everything and does nothing.
type Bar struct {
	bars       *Bars
	name       string
	sent, size int64
}

// NewBars returns bars for total uploads.
func NewBars(w io.Writer, total int) *Bars { return &Bars{w: w, total: total, start: time.Now()} }

// Start adds the bar of an upload.
func (b *Bars) Start(name string) *Bar {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	bar := &Bar{bars: b, name: name}
	b.running = append(b.running, bar)
	b.draw()
	return bar
}

// Set sets how many bytes are sent, of how many.
func (r *Bar) Set(sent, size int64) {
	if r == nil {
		return
	}
	r.bars.mu.Lock()
	defer r.bars.mu.Unlock()
	r.bars.sent += sent - r.sent
	r.sent, r.size = sent, size
	if time.Since(r.bars.drawn) > drawEvery {
		r.bars.draw()
	}
}

// Done removes the bar.
func (r *Bar) Done() {
	if r == nil {
		return
	}
	b := r.bars
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running = slices.DeleteFunc(b.running, func(other *Bar) bool { return other == r })
	b.done++
	b.draw()
}

// Above calls write, which writes to the same terminal, and draws the bars below its text.
func (b *Bars) Above(write func()) {
	if b == nil {
		write()
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	write()
	b.draw()
}

// Close removes all bars.
func (b *Bars) Close() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

const (
	drawEvery = 100 * time.Millisecond
	barWidth  = 24
	nameWidth = 30
)

// clear goes back to the first line that was drawn and clears the rest of the screen.
func (b *Bars) clear() {
	if b.lines > 0 {
		fmt.Fprintf(b.w, "\x1b[%dA\r\x1b[J", b.lines)
		b.lines = 0
	}
}

func (b *Bars) draw() {
	var text strings.Builder
	for _, bar := range b.running {
		fmt.Fprintf(&text, "%-*s %s\n", nameWidth, shortened(bar.name), bar.text())
	}
	rate := float64(b.sent) / max(time.Since(b.start).Seconds(), 0.001)
	fmt.Fprintf(&text, "%d of %d, %s, %s/s\n", b.done, b.total, bytesText(float64(b.sent)), bytesText(rate))
	b.clear()
	_, _ = io.WriteString(b.w, text.String())
	b.lines, b.drawn = len(b.running)+1, time.Now()
}

// text is the bar itself: what the server makes of a file that is there takes time, too.
func (r *Bar) text() string {
	if r.size == 0 {
		return "waiting"
	}
	if r.sent >= r.size {
		return "[" + strings.Repeat("#", barWidth) + "] sent"
	}
	full := int(r.sent * barWidth / r.size)
	return fmt.Sprintf("[%s%s] %3d %%", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), r.sent*100/r.size)
}

// shortened is the end of a name that is too long, without what would move the cursor.
func shortened(name string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, name))
	if len(runes) > nameWidth {
		return "..." + string(runes[len(runes)-nameWidth+3:])
	}
	return string(runes)
}

func bytesText(n float64) string {
	for _, unit := range []string{"B", "kB", "MB"} {
		if n < 1000 {
			return fmt.Sprintf("%.3g %s", n, unit)
		}
		n /= 1000
	}
	return fmt.Sprintf("%.3g GB", n)
}
