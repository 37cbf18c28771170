// Package share divides places, for connections or for uploads, among addresses, so that
// no address can take them all.
package share

import (
	"context"
	"math"
	"sync"
)

// Limits bound the places in use.
type Limits struct {
	All      int // in all; 0 for any number
	Address  int // percent of them that one address may hold; 0 for all
	Stranger int // percent that it may hold without having shown a key; 0 for as many as with one
}

// of returns a percentage of the places, at least one.
func (l Limits) of(percent int) int {
	if l.All <= 0 || percent <= 0 {
		return math.MaxInt
	}
	return max(1, l.All*percent/100)
}

// Places hands out places to addresses. It is safe for concurrent use.
type Places struct {
	mu     sync.Mutex
	limits Limits
	held   int
	by     map[string]*holding
}

// holding is what one address holds.
type holding struct{ all, strange int }

// New returns free places.
func New(l Limits) *Places { return &Places{limits: l, by: make(map[string]*holding)} }

// SetLimits changes the limits. It takes no place away.
func (p *Places) SetLimits(l Limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits = l
}

// Place is in use from Acquire to Release. A nil Place is not counted.
type Place struct {
	places  *Places
	address string
	strange bool // no key was shown
	free    bool
}

// Acquire gives an address a place. It returns nil if all are in use, or the share of
// the address is. That share is smaller until the address has shown a key.
func (p *Places) Acquire(address string, keyShown bool) *Place {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.by[address]
	if h == nil {
		h = new(holding)
	}
	if p.limits.All > 0 && p.held >= p.limits.All || h.all >= p.limits.of(p.limits.Address) ||
		!keyShown && h.strange >= p.limits.of(p.limits.Stranger) {
		return nil
	}
	p.held++
	h.all++
	if !keyShown {
		h.strange++
	}
	p.by[address] = h
	return &Place{places: p, address: address, strange: !keyShown}
}

// KeyShown notes that the client has shown a key.
func (p *Place) KeyShown() {
	if p == nil {
		return
	}
	p.places.mu.Lock()
	defer p.places.mu.Unlock()
	p.befriend()
}

func (p *Place) befriend() {
	if p.strange && !p.free {
		p.strange = false
		p.places.by[p.address].strange--
	}
}

// Release gives the place back. It may be called again.
func (p *Place) Release() {
	if p == nil {
		return
	}
	p.places.mu.Lock()
	defer p.places.mu.Unlock()
	if p.free {
		return
	}
	p.befriend()
	p.free = true
	p.places.held--
	h := p.places.by[p.address]
	if h.all--; h.all == 0 {
		delete(p.places.by, p.address)
	}
}

type contextKey struct{}

// With returns a context that carries the place of a connection.
func With(ctx context.Context, p *Place) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// Of returns the place of a request's connection, nil when nobody counts it.
func Of(ctx context.Context) *Place {
	p, _ := ctx.Value(contextKey{}).(*Place)
	return p
}
