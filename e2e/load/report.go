package main

import (
	"fmt"
	"slices"
	"time"
)

// report prints what was measured and remembers what was too much.
type report struct{ failed bool }

// value prints one figure.
func (r *report) value(name, format string, args ...any) {
	fmt.Printf("  %-34s %s\n", name, fmt.Sprintf(format, args...))
}

// bound prints one figure and its bound, and fails when it is over.
func (r *report) bound(name string, got, most float64, unit string) {
	r.value(name, "%.1f %s (at most %.1f)", got, unit, most)
	if got > most {
		r.fail("%s: %.1f %s, want at most %.1f", name, got, unit, most)
	}
}

func (r *report) fail(format string, args ...any) {
	r.failed = true
	fmt.Printf("  FAIL %s\n", fmt.Sprintf(format, args...))
}

// times are durations of many answers.
type times []time.Duration

// at returns the time that a share of all answers was below.
func (t times) at(share float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (t times) String() string {
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, max %.1f ms of %d",
		milliseconds(t.at(.5)), milliseconds(t.at(.99)), milliseconds(t.at(1)), len(t))
}
