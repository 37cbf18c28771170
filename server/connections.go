package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"postern/config"
	"postern/handlers/ratelimit"
	"postern/handlers/share"
)

// sharedListener takes so many connections at once, and from each address no
// more than its share of them: one beyond it is told 503, for it to be no hole
// in the network. Connections of trusted proxies are those of many addresses, and
// so are those of Unix sockets, which have none.
type sharedListener struct {
	net.Listener
	places  chan struct{} // of all connections
	slots   *share.Slots
	proxies atomic.Pointer[[]netip.Prefix]
	log     *slog.Logger
	parting chan struct{} // connections that are being told
	closed  chan struct{}
	close   sync.Once
}

// partings bounds the connections that are told why they end.
const partings = 64

// limitConnections bounds what a listener takes by the settings.
// It returns nil if they bound nothing.
func limitConnections(c config.Config, listener net.Listener, log *slog.Logger) (*sharedListener, error) {
	if c.Limits.Connections <= 0 {
		return nil, nil
	}
	proxies, _, err := c.Proxies()
	if err != nil {
		return nil, err
	}
	l := &sharedListener{
		Listener: listener, places: make(chan struct{}, c.Limits.Connections),
		slots: share.New(shareOf(c, c.Limits.Connections)),
		log:   log, parting: make(chan struct{}, partings), closed: make(chan struct{}),
	}
	l.proxies.Store(&proxies)
	return l, nil
}

// shareOf divides a number of slots as the settings want it.
func shareOf(c config.Config, all int) share.Limits {
	return share.Limits{All: all, Address: c.Limits.AddressShare, Stranger: c.Limits.StrangerShare}
}

// Accept implements net.Listener.
func (l *sharedListener) Accept() (net.Conn, error) {
	for {
		select {
		case l.places <- struct{}{}:
		case <-l.closed:
			return nil, net.ErrClosed
		}
		accepted, err := l.Listener.Accept()
		if err != nil {
			<-l.places
			return nil, err
		}
		conn := &sharedConn{Conn: accepted, places: l.places}
		addr := remoteAddr(conn)
		if !addr.IsValid() || l.trusts(addr) {
			return conn, nil
		}
		if conn.slot = l.slots.Acquire(ratelimit.Network(addr.String()), false); conn.slot != nil {
			return conn, nil
		}
		l.log.Debug("connection refused", "address", addr, "error", "the share of its address is used up")
		l.part(conn)
	}
}

// Close implements net.Listener.
func (l *sharedListener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

func (l *sharedListener) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(*l.proxies.Load(), func(p netip.Prefix) bool { return p.Contains(addr) })
}

func remoteAddr(conn net.Conn) netip.Addr {
	addr, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	return addr.Addr().Unmap()
}

const partingWords = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 39\r\n" +
	"Retry-After: 2\r\nConnection: close\r\n\r\nToo many connections from your address\n"

// part ends a connection beside others. Where it can, it says why and reads what
// was sent: the words would not arrive before the end otherwise.
func (l *sharedListener) part(conn net.Conn) {
	select {
	case l.parting <- struct{}{}:
	default:
		conn.Close()
		return
	}
	go func() {
		defer func() { conn.Close(); <-l.parting }()
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if _, err := io.WriteString(conn, partingWords); err == nil {
			_, _ = io.CopyN(io.Discard, conn, 1<<20)
		}
	}()
}

var _ io.ReaderFrom = (*sharedConn)(nil) // for net/http to find

// sharedConn gives its place and its slot back when it is closed.
type sharedConn struct {
	net.Conn
	places chan struct{}
	slot   *share.Slot // nil: no address counts it
	closed atomic.Bool
}

// Close implements net.Conn.
func (c *sharedConn) Close() error {
	err := c.Conn.Close()
	if !c.closed.Swap(true) {
		c.slot.Release()
		<-c.places
	}
	return err
}

// ReadFrom implements io.ReaderFrom: the system copies files to the connection, where it can.
func (c *sharedConn) ReadFrom(src io.Reader) (int64, error) { return io.Copy(c.Conn, src) }

// slotInContext lets handlers tell the slot of their connection of a key.
func slotInContext(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(*sharedConn); ok && c.slot != nil {
		return share.With(ctx, c.slot)
	}
	return ctx
}
