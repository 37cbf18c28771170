package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serving runs a server with variables, calls then while it listens on its last
// address, and returns its log after its end.
func serving(t *testing.T, vars map[string]string, last string, then func()) (log string, err error) {
	t.Helper()
	if vars["POSTERN_DATA_DIR"] == "" {
		vars["POSTERN_DATA_DIR"] = t.TempDir()
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	listening := make(chan struct{})
	errs := &logUntil{text: "msg=listening address=" + last, found: func() { close(listening) }}
	done := make(chan error, 1)
	go func() { done <- run(ctx, nil, func(k string) string { return vars[k] }, new(bytes.Buffer), errs) }()
	select {
	case err = <-done:
	case <-listening:
		then()
		stop()
		err = <-done
	}
	return errs.String(), err
}

// socketPath is short enough for a socket, whatever the test is called.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "postern")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// throughSocket is a client whose every request goes to a Unix socket.
func throughSocket(t *testing.T, path string) *http.Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestSeveralAddressesAndASocket(t *testing.T) {
	for _, trusted := range []string{"unix", "10.0.0.1"} {
		t.Run("trusting "+trusted, func(t *testing.T) {
			path := socketPath(t)
			vars := map[string]string{
				"POSTERN_LISTEN": "127.0.0.1:0, [::1]:0 ,unix:" + path, "POSTERN_SOCKET_MODE": "0600",
				"POSTERN_TRUSTED_PROXIES": trusted, "POSTERN_BASE_URL": "https://example.org/pics", "POSTERN_LOG_LEVEL": "debug",
			}
			client := throughSocket(t, path)
			log, err := serving(t, vars, "unix:", func() {
				info, err := os.Lstat(path)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("the socket: %v, %v", info, err)
				}
				r, _ := http.NewRequest("GET", "http://example.org/pics/healthz", nil)
				r.Header.Set("X-Forwarded-For", "203.0.113.9")
				res, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
				if res.StatusCode != 200 {
					t.Errorf("through the socket: %s", res.Status)
				}
				got := cli(t, "", "health", "--listen", "unix:"+path, "--base-url", "https://example.org/pics")
				if got.status != 0 || got.stdout != "ready\n" {
					t.Errorf("health: %+v", got)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"unix": "address=203.0.113.9", "10.0.0.1": "address=unix"}[trusted]
			if !strings.Contains(log, want) || strings.Count(log, "msg=listening") != 3 {
				t.Errorf("the log does not have %s, or not three addresses: %s", want, log)
			}
			if _, err := os.Lstat(path); err == nil {
				t.Error("the socket outlives the server")
			}
		})
	}
}

func TestASocketThatIsThere(t *testing.T) {
	path := socketPath(t)
	vars := func() map[string]string { return map[string]string{"POSTERN_LISTEN": "unix:" + path} }
	other, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := serving(t, vars(), "", func() {}); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a socket in use: %v", err)
	}
	other.(*net.UnixListener).SetUnlinkOnClose(false) // as if it were killed
	other.Close()
	if _, err := serving(t, vars(), "", func() {}); err != nil {
		t.Errorf("a socket that was left: %v", err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := serving(t, vars(), "", func() {}); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: %v", err)
	}
}

func TestHealthWithoutAServer(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	for listen, want := range map[string]string{address: "no answer on " + address, ":0": "port 0"} {
		if got := cli(t, "", "health", "--listen", listen); got.status != 1 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", listen, got)
		}
	}
}

func TestWrongAddressesAreNamed(t *testing.T) {
	for flag, want := range map[string]string{
		"--listen=8080": "8080", "--listen=unix:": "names no path", "--listen=:80,": "neither an address", "--socket-mode=999": "0660",
	} {
		if got := cli(t, "", "config", "check", flag); got.status == 0 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", flag, got)
		}
	}
}
