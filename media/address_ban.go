package media

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"
)

// AddressBan keeps an address, a network, or the guest of an address digest from
// uploading.
type AddressBan struct {
	Address   string // as ParseBannedAddress returns it
	Reason    string
	ExpiresAt time.Time // zero for never
}

// AddressBans is the part of a database for them. The rules of ItemRecords hold.
type AddressBans interface {
	// ShutOutAddress adds a ban, or gives the one that is there another reason and end.
	ShutOutAddress(ctx context.Context, b AddressBan) error
	// AdmitAddress removes a ban; the error wraps fs.ErrNotExist when there is none.
	AdmitAddress(ctx context.Context, address string) error
	// BannedAddresses returns the bans that have not ended at now, by address.
	BannedAddresses(ctx context.Context, now time.Time) ([]AddressBan, error)
}

// Errors of banned addresses.
var (
	ErrAddressForm   = errors.New("not an address, a network or a guest")
	ErrBannedAddress = errors.New("address is banned")
)

// guestMark begins the ban of a guest by the digest of the address.
const guestMark = "guest:"

// ParseBannedAddress returns the one form of an address, a network such as
// "192.0.2.0/24", or a guest ("guest:" and an AddressHash). The error is ErrAddressForm.
func ParseBannedAddress(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if digest, ok := strings.CutPrefix(text, guestMark); ok {
		if _, fits := ParseDigest(digest); !fits {
			return "", ErrAddressForm
		}
		return text, nil
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Unmap().WithZone("").String(), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Bits() == 0 {
		return "", ErrAddressForm
	}
	return prefix.Masked().String(), nil
}

// Shuts reports whether the ban is for an address, whose digest is hash.
func (b AddressBan) Shuts(address netip.Addr, hash string) bool {
	if digest, ok := strings.CutPrefix(b.Address, guestMark); ok {
		return digest == hash
	}
	if banned, err := netip.ParseAddr(b.Address); err == nil {
		return banned == address.Unmap().WithZone("")
	}
	prefix, err := netip.ParsePrefix(b.Address)
	return err == nil && prefix.Contains(address.Unmap().WithZone(""))
}
