package handlers_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"postern/handlers/share"
)

// holdSlot begins an upload from an address and keeps the rest. It reports
// whether the upload has a slot.
func (s *site) holdSlot(address, key string) bool {
	s.t.Helper()
	before, err := s.lib.Staging.Names()
	if err != nil {
		s.t.Fatal(err)
	}
	refused := make(chan bool, 1)
	conn := s.dial(fmt.Sprintf("POST /api/1/upload HTTP/1.1\r\nHost: h\r\n%sX-Forwarded-For: %s\r\nContent-Type: multipart/form-data; boundary=XX\r\n"+
		"Content-Length: 100000\r\n\r\n--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\nstart", key, address))
	go func() {
		answer := make([]byte, 100)
		n, _ := conn.Read(answer)
		refused <- strings.Contains(string(answer[:n]), " 503 ")
	}()
	held := false
	s.waitFor("a slot or a refusal", func() bool {
		staged, err := s.lib.Staging.Names()
		held = err == nil && len(staged) > len(before)
		return held || len(refused) > 0
	})
	return held
}

func TestAnAddressHoldsItsShareOfTheSlots(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(set *settings) {
		set.guests = true
		set.Rates.Uploads = share.Limits{All: 8, Address: 50, Stranger: 25}
		set.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	key := "X-API-Key: " + s.bobKey + "\r\n"
	for _, step := range []struct {
		address, key string
		held         bool
	}{
		{"2001:db8::1", "", true}, {"2001:db8::2", "", true}, {"2001:db8::3", "", false}, // one network, one address
		{"2001:db8::3", key, true}, {"2001:db8::3", key, true}, {"2001:db8::1", key, false},
		{"2001:db8:0:1::1", "", true}, {"198.51.100.1", "", true}, {"198.51.100.1", "", true}, {"198.51.100.1", "", false},
	} {
		t.Run(step.address, func(t *testing.T) {
			if held := s.holdSlot(step.address, step.key); held != step.held {
				t.Errorf("from %s with %q: has a slot: %t, want %t", step.address, step.key, held, step.held)
			}
		})
	}
}
