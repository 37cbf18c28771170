package console

import (
	"fmt"
	"io"
	"time"
)

// paceEvery is the time between two lines of a Pace.
const paceEvery = 5 * time.Second

// Pace tells now and then how far a long command has come, and how fast it is.
type Pace struct {
	out         io.Writer
	began, told time.Time
}

// NewPace returns one that begins now.
func NewPace(out io.Writer) *Pace {
	now := time.Now()
	return &Pace{out: out, began: now, told: now}
}

// Tell writes what is done, some files and bytes, unless the last line is too young.
func (p *Pace) Tell(done string, files int, bytes int64) {
	if now := time.Now(); now.Sub(p.told) >= paceEvery {
		p.told = now
		fmt.Fprintf(p.out, "%s, %s\n", done, p.Rate(files, bytes))
	}
}

// Rate is that of some files and bytes since the beginning; bytes that nobody counts are 0.
func (p *Pace) Rate(files int, bytes int64) string {
	seconds := max(time.Since(p.began), time.Millisecond).Seconds()
	rate := fmt.Sprintf("%.0f a second", float64(files)/seconds)
	if bytes > 0 {
		rate += fmt.Sprintf(" (%.1f MB)", float64(bytes)/1e6/seconds)
	}
	return rate
}
