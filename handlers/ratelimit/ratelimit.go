// Package ratelimit limits how often each of many callers may do something. It has a
// token bucket for each, and bounds their number.
package ratelimit

import (
	"context"
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

// State is the state of a caller's bucket.
type State struct {
	Limit     int           // the most that can remain; 0 when nothing is limited
	Remaining int           // that may follow at once
	Wait      time.Duration // until the next is granted; 0 when this one was
}

// Granted reports whether the caller may go on.
func (s State) Granted() bool { return s.Wait == 0 }

// Shared takes n tokens from a bucket that several servers have in common, as Allow does
// for one, as Charge when it mayOwe, and as Peek for none. It returns how many are left.
type Shared func(ctx context.Context, name string, n int, limit Limit, mayOwe bool) (left float64, granted bool, err error)

// sharedTime is how long other servers' buckets are waited for.
const sharedTime = time.Second

// Share makes a set ask for buckets that it has in common with other servers, under names
// that begin with a prefix. While these do not answer, its own ones decide. It is called
// before the first use.
func (s *Set) Share(prefix string, shared Shared) { s.prefix, s.shared = prefix, shared }

// fromShared is what other servers' bucket says, and whether it says anything.
func (s *Set) fromShared(name string, n int, mayOwe bool) (State, bool) {
	s.mu.Lock()
	limit := s.limit
	s.mu.Unlock()
	if s.shared == nil || limit.PerMinute <= 0 {
		return State{}, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	left, granted, err := s.shared(ctx, s.prefix+name, n, limit, mayOwe)
	if err != nil {
		return State{}, false
	}
	state := State{Limit: limit.Burst, Remaining: max(int(left), 0)}
	if !granted {
		state.Wait = limit.wait(left)
	}
	return state, true
}

// Set holds the buckets of all callers. It is safe for concurrent use.
//
// It holds those that were used last, in two generations: a full young one
// becomes the old one, whose buckets are forgotten unless they are used again.
// A forgotten bucket is a full one: to gain from that, a caller needs half of
// the bound in other names.
type Set struct {
	max    int
	prefix string
	shared Shared // nil: there is no other server

	mu         sync.Mutex
	limit      Limit
	young, old map[string]*rate.Limiter
}

// New returns a Set of at most that many buckets, at least two.
func New(limit Limit, most int) *Set {
	return &Set{limit: limit.complete(), max: max(most, 2), young: make(map[string]*rate.Limiter)}
}

// complete returns the limit with its burst.
func (l Limit) complete() Limit {
	if l.Burst <= 0 {
		l.Burst = l.PerMinute
	}
	return l
}

// SetLimit changes the limit. If it is another one, every caller begins with a full
// bucket.
func (s *Set) SetLimit(limit Limit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit = limit.complete(); limit != s.limit {
		s.limit, s.young, s.old = limit, make(map[string]*rate.Limiter), nil
	}
}

// Allow takes a token from the bucket of a name, or returns how long to wait.
func (s *Set) Allow(name string, now time.Time) State {
	b, limit := s.bucket(name)
	if b == nil {
		return State{}
	}
	if s.shared != nil && b.TokensAt(now) >= 1 { // else nobody needs to be asked
		if state, told := s.fromShared(name, 1, false); told {
			if state.Granted() {
				b.AllowN(now, 1)
			}
			return state
		}
	}
	granted := b.AllowN(now, 1)
	tokens := b.TokensAt(now)
	state := State{Limit: limit.Burst, Remaining: max(int(tokens), 0)}
	if !granted {
		state.Wait = limit.wait(tokens)
	}
	return state
}

// Peek returns the state of a bucket and takes nothing.
func (s *Set) Peek(name string, now time.Time) State {
	b, limit := s.bucket(name)
	if b == nil {
		return State{}
	}
	if state, told := s.fromShared(name, 0, false); told {
		return state
	}
	tokens := b.TokensAt(now)
	state := State{Limit: limit.Burst, Remaining: max(int(tokens), 0)}
	if tokens < 1 {
		state.Wait = limit.wait(tokens)
	}
	return state
}

// wait is how long it takes until there is one whole token.
func (l Limit) wait(tokens float64) time.Duration {
	seconds := (1 - tokens) * 60 / float64(l.PerMinute)
	return max(time.Duration(math.Ceil(seconds*1e3))*time.Millisecond, time.Millisecond)
}

// Charge takes n tokens from the bucket of a name, even if it has fewer. Later calls wait
// until the debt is paid, which is at most one burst.
func (s *Set) Charge(name string, n int, now time.Time) {
	b, limit := s.bucket(name)
	if b == nil || n <= 0 {
		return
	}
	s.fromShared(name, n, true)
	if b.TokensAt(now) > -float64(limit.Burst) {
		b.ReserveN(now, min(n, limit.Burst))
	}
}

// bucket finds a caller's bucket, or makes a full one. It returns the limit too, and
// no bucket if there is none.
func (s *Set) bucket(name string) (*rate.Limiter, Limit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit.PerMinute <= 0 {
		return nil, s.limit
	}
	if b, ok := s.young[name]; ok {
		return b, s.limit
	}
	b, ok := s.old[name]
	if !ok {
		b = rate.NewLimiter(rate.Limit(s.limit.PerMinute)/60, s.limit.Burst)
	}
	if len(s.young) >= s.max/2 {
		s.old, s.young = s.young, make(map[string]*rate.Limiter)
	}
	s.young[name] = b
	return b, s.limit
}

// Network returns the name of an address's bucket. IPv6 addresses share one for a /64,
// the least that a customer has.
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
