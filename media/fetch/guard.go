package fetch

import (
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard decides which addresses may be connected to: those that IANA assigned
// for use on the public internet, with the exceptions of the configuration.
type guard struct {
	allow, deny []netip.Prefix
	public      *ssrf.Guardian
}

func newGuard(allow, deny []netip.Prefix) guard {
	hostOnly := []netip.Prefix{
		// Public by assignment, but on Azure it is the host's own agent.
		netip.MustParsePrefix("168.63.129.16/32"),
	}
	return guard{allow, slices.Concat(deny, hostOnly), ssrf.New()}
}

// control has the signature of net.Dialer.Control: it runs between the look-up
// of a name and the connection to one of its addresses.
func (g guard) control(network, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return ErrAddress
	}
	return g.check(addr.Addr())
}

// check returns ErrAddress unless a connection to addr is permitted.
func (g guard) check(addr netip.Addr) error {
	if contains(g.allow, addr) {
		return nil
	}
	// ssrf knows the registries: private, loopback, link-local, shared (CGNAT),
	// multicast, reserved. Of IPv6 it admits 2000::/3 only, hence no NAT64, no
	// IPv4-mapped or -compatible address and none with a zone; within, it
	// refuses 6to4 and Teredo.
	if isISATAP(addr) || contains(g.deny, addr) || g.public.SafeAddr(addr) != nil {
		return ErrAddress
	}
	return nil
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// isISATAP says whether addr is an IPv6 address that a router unpacks to the
// IPv4 address in its last four bytes (RFC 5214, section 6.1). No registry lists
// them: the prefix can be anyone's.
func isISATAP(addr netip.Addr) bool {
	if !addr.Is6() {
		return false
	}
	b := addr.As16()
	const universalAndGroupBits = 0x03
	return b[8]&^universalAndGroupBits == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}
