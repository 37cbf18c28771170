package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"testing"
)

// notPublic has one address or more of every range that is not the public
// internet, and of every form that hides one in an IPv6 address.
var notPublic = []struct{ name, addr string }{
	{"loopback", "127.0.0.1"},
	{"loopback, other host", "127.8.9.10"},
	{"loopback, last", "127.255.255.255"},
	{"unspecified, which Linux connects to itself", "0.0.0.0"},
	{"this network", "0.1.2.3"},
	{"private 10/8, first", "10.0.0.0"},
	{"private 10/8, last", "10.255.255.255"},
	{"private 172.16/12, first", "172.16.0.0"},
	{"private 172.16/12, last", "172.31.255.255"},
	{"private 192.168/16, first", "192.168.0.0"},
	{"private 192.168/16, last", "192.168.255.255"},
	{"shared (CGNAT), first", "100.64.0.0"},
	{"shared (CGNAT), last", "100.127.255.255"},
	{"shared, metadata of Alibaba Cloud", "100.100.100.200"},
	{"link-local, metadata of most clouds", "169.254.169.254"},
	{"link-local, metadata of AWS ECS", "169.254.170.2"},
	{"protocol assignments, metadata of Oracle Cloud", "192.0.0.192"},
	{"host agent of Azure", "168.63.129.16"},
	{"documentation 1", "192.0.2.1"},
	{"documentation 2", "198.51.100.1"},
	{"documentation 3", "203.0.113.1"},
	{"6to4 relay", "192.88.99.1"},
	{"benchmarking, first", "198.18.0.0"},
	{"benchmarking, last", "198.19.255.255"},
	{"multicast, first", "224.0.0.1"},
	{"multicast, last", "239.255.255.255"},
	{"reserved", "240.0.0.1"},
	{"broadcast", "255.255.255.255"},

	{"IPv6 unspecified", "::"},
	{"IPv6 loopback", "::1"},
	{"IPv4-mapped loopback", "::ffff:127.0.0.1"},
	{"IPv4-mapped loopback in hexadecimal", "::ffff:7f00:1"},
	{"IPv4-mapped metadata", "::ffff:169.254.169.254"},
	{"IPv4-mapped public", "::ffff:8.8.8.8"},
	{"IPv4-compatible loopback", "::127.0.0.1"},
	{"IPv4-translated loopback", "::ffff:0:127.0.0.1"},
	{"NAT64 loopback", "64:ff9b::7f00:1"},
	{"NAT64 public", "64:ff9b::808:808"},
	{"NAT64 of local use", "64:ff9b:1::7f00:1"},
	{"6to4 loopback", "2002:7f00:1::1"},
	{"6to4 private", "2002:c0a8:101::1"},
	{"Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"},
	{"ISATAP loopback", "2a01:4f8::5efe:7f00:1"},
	{"ISATAP private, universal bit set", "2a01:4f8::200:5efe:c0a8:101"},
	{"link-local", "fe80::1"},
	{"link-local with a zone", "fe80::1%1"},
	{"global with a zone", "2606:4700:4700::1111%1"},
	{"loopback with a zone", "::1%lo"},
	{"site-local", "fec0::1"},
	{"unique local, first", "fc00::1"},
	{"unique local, metadata of AWS", "fd00:ec2::254"},
	{"multicast to all nodes", "ff02::1"},
	{"documentation", "2001:db8::1"},
	{"documentation, new", "3fff::1"},
	{"ORCHID", "2001:20::1"},
	{"benchmarking", "2001:2::1"},
	{"discard only", "100::1"},
	{"segment routing", "5f00::1"},
	{"beyond global unicast", "4000::1"},
}

func TestGuardRefusesAddressesThatAreNotPublic(t *testing.T) {
	port := victim(t, "127.0.0.1:0").port(t)
	answers := make(map[string][][]netip.Addr)
	for i, tt := range notPublic {
		if addr := netip.MustParseAddr(tt.addr); addr.Is4() {
			answers[fmt.Sprintf("host%d.test.", i)] = [][]netip.Addr{{addr}}
		}
	}
	c := New(Config{Ports: []uint16{port}, Resolver: serveDNS(t, answers).resolver()})

	for i, tt := range notPublic {
		t.Run(tt.name, func(t *testing.T) {
			addr := netip.MustParseAddr(tt.addr)
			wantError(t, c.guard.check(addr), ErrAddress)

			hostPort := net.JoinHostPort(tt.addr, strconv.Itoa(int(port)))
			wantError(t, c.guard.control("tcp6", hostPort, nil), ErrAddress)
			if addr.Zone() != "" {
				hostPort = fmt.Sprintf("[%s%%25%s]:%d", addr.WithZone(""), addr.Zone(), port)
			}
			wantError(t, get(t, c, "http://"+hostPort+"/x.jpg"), ErrAddress)
			if addr.Is4() {
				wantError(t, get(t, c, fmt.Sprintf("http://host%d.test:%d/x.jpg", i, port)), ErrAddress)
			}
		})
	}
}

func TestGuardLetsPublicAddressesPass(t *testing.T) {
	g := newGuard(nil, nil)
	for _, s := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255",
		"169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
		"198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2001:4860:4860::8888", "2400:cb00::1", "2606:4700:4700::1111", "2620:fe::fe", "2a01:4f8::1",
		"2a01:4f8::5eff:7f00:1",
	} {
		if err := g.check(netip.MustParseAddr(s)); err != nil {
			t.Errorf("check(%s) = %v, want nil", s, err)
		}
	}
}

func TestGuardFollowsTheOperator(t *testing.T) {
	prefixes := func(s ...string) (p []netip.Prefix) {
		for _, s := range s {
			p = append(p, netip.MustParsePrefix(s))
		}
		return p
	}
	g := newGuard(
		prefixes("192.168.7.0/24", "fd00:7::/32", "2a01:4f8:1:2::5/128"),
		prefixes("198.41.0.0/24", "2a01:4f8:1::/48"))

	for _, tt := range []struct {
		name, addr string
		want       error
	}{
		{"an allowed private address passes", "192.168.7.9", nil},
		{"its neighbour does not", "192.168.8.9", ErrAddress},
		{"an allowed unique local address passes", "fd00:7::1", nil},
		{"but not with a zone", "fd00:7::1%1", ErrAddress},
		{"nor mapped into IPv6", "::ffff:192.168.7.9", ErrAddress},
		{"a denied public address does not pass", "198.41.0.4", ErrAddress},
		{"nor a machine of the operator's own IPv6 network", "2a01:4f8:1::1", ErrAddress},
		{"unless it is allowed by itself", "2a01:4f8:1:2::5", nil},
		{"another network of the provider passes", "2a01:4f8:2::1", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := g.check(netip.MustParseAddr(tt.addr)); !errors.Is(err, tt.want) {
				t.Errorf("check(%s) = %v, want %v", tt.addr, err, tt.want)
			}
		})
	}
}

func TestControlRefusesWhatIsNoTCPAddress(t *testing.T) {
	g := newGuard(loopback, nil)
	for _, tt := range []struct{ name, network, address string }{
		{"another network", "udp4", "127.0.0.1:80"},
		{"a Unix socket", "unix", "/run/docker.sock"},
		{"a name", "tcp4", "localhost:80"},
		{"no port", "tcp4", "127.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantError(t, g.control(tt.network, tt.address, nil), ErrAddress)
		})
	}
}
