package ratelimit

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestABucketEmptiesAndFillsAgain(t *testing.T) {
	s := New(Limit{PerMinute: 60, Burst: 3}, 100)
	for i, want := range []State{{3, 2, 0}, {3, 1, 0}, {3, 0, 0}, {3, 0, time.Second}} {
		if got := s.Allow("ann", start); got != want {
			t.Errorf("take %d: %+v, want %+v", i+1, got, want)
		}
	}
	if got := s.Allow("bob", start); !got.Granted() {
		t.Errorf("another caller waits: %+v", got)
	}
	if got := s.Allow("ann", start.Add(500*time.Millisecond)); got.Wait != 500*time.Millisecond {
		t.Errorf("half a second later: %+v", got)
	}
	if got := s.Allow("ann", start.Add(time.Second)); !got.Granted() {
		t.Errorf("a second later: %+v", got)
	}
	if got := s.Allow("ann", start.Add(time.Hour)); got.Remaining != 2 {
		t.Errorf("after a rest: %+v, want no more than a burst", got)
	}
}

func TestADebtIsPaidBeforeTheNext(t *testing.T) {
	s := New(Limit{PerMinute: 60, Burst: 10}, 100)
	for range 50 {
		s.Charge("ann", 5, start)
	}
	got := s.Allow("ann", start)
	if got.Granted() || got.Wait > 21*time.Second || got.Remaining != 0 {
		t.Errorf("in debt: %+v, want a wait of at most two bursts", got)
	}
	if !s.Allow("ann", start.Add(got.Wait)).Granted() {
		t.Error("still waiting when the wait is over")
	}
}

func TestNoLimit(t *testing.T) {
	s := New(Limit{}, 100)
	s.Charge("ann", 5, start)
	for range 1000 {
		if got := s.Allow("ann", start); got != (State{}) {
			t.Fatalf("got %+v", got)
		}
	}
}

func TestTheNumberOfBucketsIsBounded(t *testing.T) {
	s := New(Limit{PerMinute: 1, Burst: 1}, 1000)
	s.Allow("ann", start)
	for i := range 100_000 {
		s.Allow(fmt.Sprint(i), start)
		if i%100 == 0 && s.Allow("ann", start).Granted() {
			t.Fatal("a bucket in use was forgotten")
		}
	}
	if n := len(s.young) + len(s.old); n > 1000 {
		t.Errorf("%d buckets, want at most 1000", n)
	}
}

func TestConcurrentCallersGetNoMoreThanThereIs(t *testing.T) {
	s := New(Limit{PerMinute: 1, Burst: 100}, 1000)
	var mu sync.Mutex
	var wg sync.WaitGroup
	granted := 0
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if s.Allow("ann", start).Granted() {
					mu.Lock()
					granted++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if granted != 100 {
		t.Errorf("%d granted, want 100", granted)
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7":            "203.0.113.7",
		"::ffff:203.0.113.7":     "203.0.113.7",
		"2001:db8:1:2:3:4:5:6":   "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::":    "2001:db8:1:2::/64",
		"fe80::1%eth0":           "fe80::/64",
		"what is not an address": "what is not an address",
	} {
		if got := Network(address); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
}
