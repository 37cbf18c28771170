package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/handlers/site"
)

// healthTimeout is how long a server may take to say that it is ready.
const healthTimeout = 5 * time.Second

// healthCommand asks the server that the settings name. Containers and scripts need
// nothing but the binary for it.
func (a *app) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Ask the running server whether it is ready; exit 0 if so", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.Settings()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), healthTimeout)
			defer cancel()
			if err := askReady(ctx, c); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, "ready")
			return err
		},
	}
}

// askReady asks the first address of the settings. The error says why it is not
// ready.
func askReady(ctx context.Context, c config.Config) error {
	network, address, err := dialTarget(c)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+site.RootOf(c.BaseURL)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("no answer on %s: %w", address, errors.Unwrap(err))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready (%s): %s", res.Status, strings.TrimSpace(string(text)))
	}
	return nil
}

// dialTarget is where a process on this machine reaches the server.
func dialTarget(c config.Config) (network, address string, err error) {
	addresses, err := config.AddressesOf(c.Listen)
	if err != nil {
		return "", "", err
	}
	if path, isSocket := strings.CutPrefix(addresses[0], config.SocketPrefix); isSocket {
		return "unix", path, nil
	}
	host, port, err := net.SplitHostPort(addresses[0])
	if err != nil {
		return "", "", err
	}
	if port == "0" || port == "" {
		return "", "", fmt.Errorf("listen = %q: port 0 is another one at each start, so nobody can tell where to ask", c.Listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.Equal(net.IPv4zero) {
		host = "127.0.0.1"
	} else if ip != nil && ip.Equal(net.IPv6unspecified) {
		host = "::1"
	}
	return "tcp", net.JoinHostPort(host, port), nil
}
