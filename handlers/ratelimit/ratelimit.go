// Package ratelimit bounds how often each of many callers may do something: a
// token bucket for each, and a bound on how many there are.
package ratelimit

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limit is how often one caller may do something.
type Limit struct {
	PerMinute int // 0: as often as it likes
	Burst     int // at once, after a rest; 0: as PerMinute
}

// State is what a Take has found.
type State struct {
	Limit     int           // the most that can remain; 0 when nothing is limited
	Remaining int           // that may follow at once
	Wait      time.Duration // until the next is granted; 0 when this one was
}

// Granted reports whether the caller may go on.
func (s State) Granted() bool { return s.Wait == 0 }

// Set holds the buckets of all callers. It is safe for concurrent use.
//
// It holds those that were used last, in two generations: a full young one
// becomes the old one, whose buckets are forgotten unless they are used again.
// A forgotten bucket is a full one: to gain from that, a caller needs half of
// the bound in other names.
type Set struct {
	limit Limit
	max   int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// New returns a Set of at most that many buckets, at least two.
func New(limit Limit, most int) *Set {
	if limit.Burst <= 0 {
		limit.Burst = limit.PerMinute
	}
	return &Set{limit: limit, max: max(most, 2), young: make(map[string]*rate.Limiter)}
}

// Allow grants the caller of that name one thing at a moment, or tells how long
// to wait.
func (s *Set) Allow(name string, now time.Time) State {
	if s.limit.PerMinute <= 0 {
		return State{}
	}
	b := s.bucket(name)
	granted := b.AllowN(now, 1)
	tokens := b.TokensAt(now)
	state := State{Limit: s.limit.Burst, Remaining: max(int(tokens), 0)}
	if !granted {
		state.Wait = s.wait(tokens)
	}
	return state
}

// Peek tells what Take would find, but for the one thing that it takes, and takes
// nothing.
func (s *Set) Peek(name string, now time.Time) State {
	if s.limit.PerMinute <= 0 {
		return State{}
	}
	tokens := s.bucket(name).TokensAt(now)
	state := State{Limit: s.limit.Burst, Remaining: max(int(tokens), 0)}
	if tokens < 1 {
		state.Wait = s.wait(tokens)
	}
	return state
}

// wait is how long it takes until there is one whole token.
func (s *Set) wait(tokens float64) time.Duration {
	seconds := (1 - tokens) * 60 / float64(s.limit.PerMinute)
	return max(time.Duration(math.Ceil(seconds*1e3))*time.Millisecond, time.Millisecond)
}

// Charge takes n things from the caller of that name, also beyond what it has:
// later ones wait until the debt is paid. A debt is at most one burst.
func (s *Set) Charge(name string, n int, now time.Time) {
	if s.limit.PerMinute <= 0 || n <= 0 {
		return
	}
	b := s.bucket(name)
	if b.TokensAt(now) > -float64(s.limit.Burst) {
		b.ReserveN(now, min(n, s.limit.Burst))
	}
}

// bucket finds a caller's bucket, or makes a full one.
func (s *Set) bucket(name string) *rate.Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.young[name]; ok {
		return b
	}
	b, ok := s.old[name]
	if !ok {
		b = rate.NewLimiter(rate.Limit(s.limit.PerMinute)/60, s.limit.Burst)
	}
	if len(s.young) >= s.max/2 {
		s.old, s.young = s.young, make(map[string]*rate.Limiter)
	}
	s.young[name] = b
	return b
}

// Network is the name under which an address is limited: IPv6 addresses count
// by their /64, which is the least that one customer has.
func Network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
