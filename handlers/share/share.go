// Package share divides slots, for connections or for uploads, among addresses, so that
// no address can take them all.
package share

import (
	"context"
	"math"
	"sync"
)

// Limits bound the slots in use.
type Limits struct {
	All      int // in all; 0 for any number
	Address  int // percent of them that one address may hold; 0 for all
	Stranger int // percent that it may hold without having shown a key; 0 for as many as with one
}

// of returns a percentage of the slots, at least one.
func (l Limits) of(percent int) int {
	if l.All <= 0 || percent <= 0 {
		return math.MaxInt
	}
	return max(1, l.All*percent/100)
}

// Slots hands out slots to addresses. It is safe for concurrent use.
type Slots struct {
	mu     sync.Mutex
	limits Limits
	held   int
	by     map[string]*holding
}

// holding is what one address holds.
type holding struct{ all, strange int }

// New returns free slots.
func New(l Limits) *Slots { return &Slots{limits: l, by: make(map[string]*holding)} }

// SetLimits changes the limits. It takes no slot away.
func (p *Slots) SetLimits(l Limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits = l
}

// Slot is in use from Acquire to Release. A nil Slot is not counted.
type Slot struct {
	slots   *Slots
	address string
	strange bool // no key was shown
	free    bool
}

// Acquire gives an address a slot. It returns nil if all are in use, or the share of
// the address is. That share is smaller until the address has shown a key.
func (p *Slots) Acquire(address string, keyShown bool) *Slot {
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
	return &Slot{slots: p, address: address, strange: !keyShown}
}

// KeyShown notes that the client has shown a key.
func (p *Slot) KeyShown() {
	if p == nil {
		return
	}
	p.slots.mu.Lock()
	defer p.slots.mu.Unlock()
	p.befriend()
}

func (p *Slot) befriend() {
	if p.strange && !p.free {
		p.strange = false
		p.slots.by[p.address].strange--
	}
}

// Release gives the slot back. It may be called again.
func (p *Slot) Release() {
	if p == nil {
		return
	}
	p.slots.mu.Lock()
	defer p.slots.mu.Unlock()
	if p.free {
		return
	}
	p.befriend()
	p.free = true
	p.slots.held--
	h := p.slots.by[p.address]
	if h.all--; h.all == 0 {
		delete(p.slots.by, p.address)
	}
}

type contextKey struct{}

// With returns a context that carries the slot of a connection.
func With(ctx context.Context, p *Slot) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// Of returns the slot of a request's connection, nil when nobody counts it.
func Of(ctx context.Context) *Slot {
	p, _ := ctx.Value(contextKey{}).(*Slot)
	return p
}
