package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"postern/buildinfo"
	"postern/config"
)

// ControlFile is the socket in the data folder on which a server takes orders of its
// own user: whoever may open it may read the data folder, too.
const ControlFile = "control.sock"

// maxSocketPath is what every system takes for the path of a socket.
const maxSocketPath = 100

// controlPath is the socket's path, which on Linux may be longer than paths of
// sockets can be. The caller must call done when the path is not used any more.
func controlPath(dataDir string) (path string, done func(), err error) {
	path, done = filepath.Join(dataDir, ControlFile), func() {}
	if len(path) <= maxSocketPath || runtime.GOOS != "linux" {
		return path, done, nil
	}
	dir, err := os.Open(dataDir)
	if err != nil {
		return "", done, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), ControlFile), func() { dir.Close() }, nil
}

// openControl returns the work that takes orders until its context ends. The caller
// holds the lock of the data folder, so a socket that is there is nobody's. A file
// system without sockets keeps no server from running.
func (s *liveServer) openControl(dataDir string) func(context.Context) {
	path, done, err := controlPath(dataDir)
	var listener net.Listener
	if err == nil {
		_ = os.Remove(path)
		if listener, err = listenOn(config.SocketPrefix+path, 0o600); err != nil {
			done()
		}
	}
	if err != nil {
		s.log.Warn("`postern reload` will not find this server", "error", err)
		return func(context.Context) {}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reload", s.answerReload)
	mux.HandleFunc("POST /expect", s.answerExpect)
	mux.HandleFunc("POST /arrival", s.answerArrival)
	server := &http.Server{Handler: mux, ReadTimeout: time.Minute, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	return func(ctx context.Context) {
		defer done()
		stop := context.AfterFunc(ctx, func() { server.Close() })
		defer stop()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("take orders", "error", err)
		}
	}
}

// OrderAnswer is how an order is answered.
type OrderAnswer struct {
	config.Reloaded
	Error string `json:"error,omitempty"`
}

func (s *liveServer) answerReload(w http.ResponseWriter, _ *http.Request) {
	report, err := s.reloadLogged()
	answer := OrderAnswer{Reloaded: report}
	if err != nil {
		answer.Error = err.Error()
	}
	answerOrder(w, answer)
}

func answerOrder(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // whoever asked is gone otherwise
}

// orderTimeout is how long a server may take to follow an order.
const orderTimeout = time.Minute

// Order gives the server of a data folder an order, and reads the answer in JSON. The
// error is ErrNotServing if there is no server.
func Order(ctx context.Context, dataDir, what string, answer any) error {
	path, done, err := controlPath(dataDir)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, orderTimeout)
	defer cancel()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost"+what, strings.NewReader(""))
	if err != nil {
		return err
	}
	res, err := client.Do(r)
	var refused *net.OpError
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &refused) && refused.Op == "dial" && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: %s", ErrNotServing, dataDir)
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server does not know this order: %s", res.Status)
	}
	return json.NewDecoder(res.Body).Decode(answer)
}

// Facts are what a running server says of itself to its operator.
type Facts struct {
	Version         string   `json:"version"`
	Addresses       []string `json:"addresses"` // that it listens on
	config.Reloaded          // what has changed in the settings since they were read
	Error           string   `json:"error,omitempty"`
}

// answerExpect tells of the server, and lets it wait for a request with a token.
func (s *liveServer) answerExpect(w http.ResponseWriter, r *http.Request) {
	s.observer.Expect(r.URL.Query().Get("token"))
	facts := Facts{Version: buildinfo.Version, Addresses: s.addresses}
	next, err := s.read()
	if err != nil {
		facts.Error = err.Error()
	} else {
		facts.Reloaded = config.MergeLive(s.settings(), &next.Config)
	}
	answerOrder(w, facts)
}

// answerArrival tells how the request with the token has come in: null if none has.
func (s *liveServer) answerArrival(w http.ResponseWriter, _ *http.Request) {
	answerOrder(w, s.observer.Arrival())
}

var ErrNotServing = errors.New("no server runs on this data folder")
