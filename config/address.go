package config

import (
	"cmp"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// SocketPrefix marks the path of a Unix socket among addresses.
const SocketPrefix = "unix:"

// AddressesOf splits the setting listen. The error tells what is no address.
func AddressesOf(listen string) (addresses []string, err error) {
	for text := range strings.SplitSeq(listen, ",") {
		text = strings.TrimSpace(text)
		path, isSocket := strings.CutPrefix(text, SocketPrefix)
		if isSocket && path == "" {
			return nil, fmt.Errorf("listen: %q names no path", text)
		}
		if !isSocket {
			_, port, err := net.SplitHostPort(text)
			if err != nil {
				return nil, fmt.Errorf("listen: %q is neither an address with a port, such as 127.0.0.1:8080, nor unix:PATH", text)
			}
			if _, err := net.LookupPort("tcp", port); err != nil {
				return nil, fmt.Errorf("listen: %q: %q is no port", text, port)
			}
		}
		if slices.Contains(addresses, text) {
			return nil, fmt.Errorf("listen: %q is there twice", text)
		}
		addresses = append(addresses, text)
	}
	return addresses, nil
}

// FileMode is the mode of a socket, written in octal.
func FileMode(text string) (fs.FileMode, error) {
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || mode > 0o777 {
		return 0, fmt.Errorf("socket_mode: %q is not a mode such as 0660", text)
	}
	return fs.FileMode(mode), nil
}

// Proxies returns whose forwarding headers count: those of addresses, and perhaps
// those of everyone who may connect to a Unix socket.
func (c *Config) Proxies() (prefixes []netip.Prefix, sockets bool, err error) {
	addresses := slices.DeleteFunc(slices.Clone(c.TrustedProxies), func(s string) bool { return s == "unix" })
	prefixes, err = parsePrefixes("trusted_proxies", addresses)
	return prefixes, len(addresses) < len(c.TrustedProxies), err
}

// URLSources returns which addresses beside the public ones URL sources may have, and
// their ports.
func (c *Config) URLSources() (allow []netip.Prefix, ports []uint16, err error) {
	if allow, err = parsePrefixes("url_source.allow", c.URLSource.Allow); err != nil {
		return nil, nil, err
	}
	for _, s := range c.URLSource.Ports {
		port, err := strconv.ParseUint(s, 10, 16)
		if err != nil {
			return nil, nil, fmt.Errorf("url_source.ports: %q is not a port", s)
		}
		ports = append(ports, uint16(port))
	}
	return allow, ports, nil
}

// WebhookSources returns which addresses beside the public ones webhooks may go to, and
// the ports of their URLs.
func (c *Config) WebhookSources() (allow []netip.Prefix, ports []uint16, err error) {
	if allow, err = parsePrefixes("webhook.allow", c.Webhook.Allow); err != nil {
		return nil, nil, err
	}
	for key, text := range map[string]string{"webhook.url": c.Webhook.URL, "webhook.discord_url": c.Webhook.DiscordURL} {
		if text == "" {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, nil, fmt.Errorf("%s: must be a URL of http or https", key) // it may be a secret
		}
		if u.User != nil {
			return nil, nil, fmt.Errorf("%s: names a user, which is not sent: receivers check the signature", key)
		}
		port := cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme])
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: its port is none", key)
		}
		ports = append(ports, uint16(n))
	}
	return allow, ports, nil
}

// parsePrefixes reads addresses and prefixes.
func parsePrefixes(key string, texts []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, s := range texts {
		prefix, err := netip.ParsePrefix(s)
		if addr, addrErr := netip.ParseAddr(s); err != nil && addrErr == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %q is neither an address nor a prefix", key, s)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}
