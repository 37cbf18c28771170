package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"

	"postern/config"
)

// listen opens all addresses of the settings as one listener. Sockets that the
// system has opened for this process come in their place.
func listen(c config.Config, passed []net.Listener) (net.Listener, error) {
	if len(passed) > 0 {
		return together(passed), nil
	}
	addresses, err := config.AddressesOf(c.Listen)
	if err != nil {
		return nil, err
	}
	mode, err := config.FileMode(c.SocketMode)
	if err != nil {
		return nil, err
	}
	var all []net.Listener
	for _, address := range addresses {
		one, err := listenOn(address, mode)
		if err != nil {
			closeAll(all)
			return nil, fmt.Errorf("listen: %w", err)
		}
		all = append(all, one)
	}
	return together(all), nil
}

func listenOn(address string, mode fs.FileMode) (net.Listener, error) {
	path, isSocket := strings.CutPrefix(address, config.SocketPrefix)
	if !isSocket {
		return net.Listen("tcp", address)
	}
	if err := removeStaleSocket(path); err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// removeStaleSocket removes a socket that a killed process has left. It is an error
// if somebody answers there, or if it is no socket.
func removeStaleSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("%s is there and is no socket", path)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return fmt.Errorf("another process listens on %s", path)
	}
	return os.Remove(path)
}

// addressText is the address of a listener as the setting listen has it.
func addressText(a net.Addr) string {
	if a.Network() == "unix" {
		return config.SocketPrefix + a.String()
	}
	return a.String()
}

// together makes one listener of several, so that all bounds hold for them together.
func together(all []net.Listener) net.Listener {
	if len(all) == 1 {
		return all[0]
	}
	l := &listeners{all: all, conns: make(chan accepted), closed: make(chan struct{})}
	for _, one := range all {
		l.wait.Go(func() { l.acceptFrom(one) })
	}
	return l
}

// listeners accepts the connections of several listeners.
type listeners struct {
	all    []net.Listener
	conns  chan accepted
	closed chan struct{}
	once   sync.Once
	wait   sync.WaitGroup
}

type accepted struct {
	conn net.Conn
	err  error
}

func (l *listeners) acceptFrom(one net.Listener) {
	for {
		conn, err := one.Accept()
		select {
		case l.conns <- accepted{conn, err}:
		case <-l.closed:
			if conn != nil {
				conn.Close()
			}
			return
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// Accept implements net.Listener.
func (l *listeners) Accept() (net.Conn, error) {
	select {
	case a := <-l.conns:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *listeners) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closed)
		err = closeAll(l.all)
		l.wait.Wait()
	})
	return err
}

// Addr returns the first address.
func (l *listeners) Addr() net.Addr { return l.all[0].Addr() }

func closeAll(all []net.Listener) error {
	var errs []error
	for _, one := range all {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

// addressTexts lists the addresses of a listener.
func addressTexts(listener net.Listener) []string {
	if several, ok := listener.(*listeners); ok {
		var texts []string
		for _, one := range several.all {
			texts = append(texts, addressText(one.Addr()))
		}
		return texts
	}
	return []string{addressText(listener.Addr())}
}
