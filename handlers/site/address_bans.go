package site

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"postern/media"
)

// addressBans are the bans of addresses as they were read last. Uploads do not ask a
// database for each; a ban of another gateway counts bansKept later.
type addressBans struct {
	mu   sync.Mutex
	bans []media.AddressBan
	at   time.Time
}

const bansKept = 10 * time.Second

// ForgetBans makes the next upload read the bans anew.
func (s *Server) ForgetBans() {
	s.State.bans.mu.Lock()
	defer s.State.bans.mu.Unlock()
	s.State.bans.at = time.Time{}
}

// CheckAddress refuses uploads from banned addresses, but those of admins. The error is
// media.ErrBannedAddress.
func (s *Server) CheckAddress(c echo.Context, caller media.Caller) error {
	if s.AddressBans == nil || caller.User.Admin {
		return nil
	}
	bans, err := s.bans(c.Request().Context())
	if err != nil || len(bans) == 0 {
		return err
	}
	address, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return nil // a local socket
	}
	hash := s.Library.Secret.AddressHash(Network(c))
	for _, b := range bans {
		if b.Shuts(address, hash) && (b.ExpiresAt.IsZero() || s.Library.Now().Before(b.ExpiresAt)) {
			return media.ErrBannedAddress
		}
	}
	return nil
}

func (s *Server) bans(ctx context.Context) ([]media.AddressBan, error) {
	known := &s.State.bans
	known.mu.Lock()
	defer known.mu.Unlock()
	if now := time.Now(); now.Sub(known.at) >= bansKept {
		bans, err := s.AddressBans.BannedAddresses(ctx, s.Library.Now())
		if err != nil {
			return nil, err
		}
		known.bans, known.at = bans, now
	}
	return known.bans, nil
}
