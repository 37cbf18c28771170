package site

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestABodyMustKeepItsRate(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		rate  int64
		reads map[int]int // bytes at a second
		fails bool
	}{
		{"just fast enough", 100, map[int]int{0: 1, 30: 2999}, false},
		{"a byte too slow", 100, map[int]int{0: 1, 30: 2998}, true},
		{"fast at first and slow then", 100, map[int]int{0: 1_000_000, 30: 1, 60: 1}, true},
		{"slow before the window is over", 100, map[int]int{0: 1, 29: 1}, false},
		{"no rate", 0, map[int]int{0: 1, 30: 0, 60: 0}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := timedBody{rate: test.rate}
			var err error
			for second := 0; second <= 60 && err == nil; second++ {
				if n, ok := test.reads[second]; ok {
					err = b.pace(n, start.Add(time.Duration(second)*time.Second))
				}
			}
			if failed := errors.Is(err, os.ErrDeadlineExceeded); failed != test.fails {
				t.Errorf("%s: %v, want a failure: %t", test.name, err, test.fails)
			}
		})
	}
}

func TestAnAnswerHasTheTimeThatItsRateGives(t *testing.T) {
	tests := []struct {
		name    string
		rate    int64
		written int64
		waited  time.Duration
		want    time.Duration
	}{
		{"at first", 100, 0, 0, time.Minute},
		{"no rate", 0, 0, time.Hour, time.Minute},
		{"faster than the rate", 100, 100_000, time.Second, time.Minute},
		{"as fast as the rate", 100, 6000, time.Minute, time.Minute},
		{"slower", 100, 3000, time.Minute, 30 * time.Second},
		{"too slow for too long", 100, 6000, 3 * time.Minute, -time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := timedWriter{idle: time.Minute, rate: test.rate, written: test.written, waited: test.waited}
			if got := w.patience(); got != test.want {
				t.Errorf("%s: %v, want %v", test.name, got, test.want)
			}
		})
	}
}
