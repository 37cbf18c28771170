package share_test

import (
	"testing"

	"postern/handlers/share"
)

// hold takes slots until there is none.
func hold(p *share.Slots, address string, keyShown bool) (held []*share.Slot) {
	for range 1000 {
		slot := p.Acquire(address, keyShown)
		if slot == nil {
			break
		}
		held = append(held, slot)
	}
	return held
}

func TestAnAddressHoldsItsShare(t *testing.T) {
	p := share.New(share.Limits{All: 100, Address: 50, Stranger: 10})
	strange := hold(p, "a", false)
	known := hold(p, "a", true)
	if len(strange) != 10 || len(known) != 40 {
		t.Errorf("an address holds %d slots, and %d with a key; want 10 and 40", len(strange), len(known))
	}
	if n := len(hold(p, "b", true)); n != 50 {
		t.Errorf("another holds %d, want the other half", n)
	}
	if p.Acquire("c", true) != nil {
		t.Error("there is a slot beyond all")
	}
	strange[0].Release()
	strange[0].Release()
	if p.Acquire("a", false) == nil || p.Acquire("a", true) != nil {
		t.Error("one slot given back twice is not one")
	}
}

func TestAKeyShownLaterMakesRoomForStrangers(t *testing.T) {
	p := share.New(share.Limits{All: 100, Address: 50, Stranger: 10})
	for _, slot := range hold(p, "a", false) {
		slot.KeyShown()
		slot.KeyShown()
	}
	if n := len(hold(p, "a", false)); n != 10 {
		t.Errorf("%d more without a key, want 10", n)
	}
}

func TestASmallShareIsOnePlace(t *testing.T) {
	p := share.New(share.Limits{All: 2, Address: 50, Stranger: 10})
	if n := len(hold(p, "a", false)); n != 1 {
		t.Errorf("%d of 2, want 1", n)
	}
}

func TestWithoutLimitsNothingIsRefused(t *testing.T) {
	for _, l := range []share.Limits{{}, {All: 1000}, {Address: 1, Stranger: 1}} {
		if n := len(hold(share.New(l), "a", false)); n != 1000 {
			t.Errorf("%+v: %d slots", l, n)
		}
	}
}
