package e2e

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSystemdIsTold(t *testing.T) {
	path := filepath.Join(shortDir(t), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	told := func() string {
		t.Helper()
		_ = socket.SetReadDeadline(time.Now().Add(patience))
		b := make([]byte, 256)
		n, err := socket.Read(b)
		if err != nil {
			t.Fatalf("systemd hears nothing: %v", err)
		}
		return string(b[:n])
	}
	p := start(t, t.TempDir(), "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=100000")
	heard := make(map[string]bool)
	for !heard["READY=1"] || !heard["WATCHDOG=1"] {
		heard[told()] = true
	}
	if status, _ := get(t, p.url+"/healthz"); status != http.StatusOK {
		t.Errorf("ready, and /healthz answers %d", status)
	}
	p.signal()
	for !heard["STOPPING=1"] {
		heard[told()] = true
	}
	for state := range heard {
		if state != "READY=1" && state != "WATCHDOG=1" && state != "STOPPING=1" {
			t.Errorf("systemd is told %q", state)
		}
	}
}

// systemd-socket-activate opens sockets as systemd does, and starts the program at
// the first connection.
func TestSystemdOpensTheSockets(t *testing.T) {
	activate := need(t, "systemd-socket-activate")
	path, address, dir := filepath.Join(shortDir(t), "http.sock"), freeAddress(t), t.TempDir()
	cmd := exec.Command(activate, "-l", address, "-l", path, binary, "serve", "--data-dir", dir,
		"--listen", "127.0.0.1:1", "--base-url", "https://img.example.org", "--first-key-file", filepath.Join(dir, "first-key"))
	cmd.Dir = t.TempDir()
	runProxy(t, cmd)
	eventually(t, "an answer on the address", func() bool {
		res, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	out, err := exec.Command(binary, "health", "--listen", "unix:"+path).CombinedOutput()
	if err != nil || string(out) != "ready\n" {
		t.Errorf("through the socket: %v, %s", err, out)
	}
	// The key of the first start is in its file, and in no log.
	info, err := os.Stat(filepath.Join(dir, "first-key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of the first key: %v, %v", info, err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "first-key"))
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: dir, url: "http://" + address}
	if _, err := p.upload(strings.TrimSpace(string(key)), "a.jpg", picture(t, "")); err != nil {
		t.Errorf("an upload with the first key: %v", err)
	}
	if log := cmd.Stdout.(*lockedBuffer).String(); strings.Contains(log, "chv_") || !strings.Contains(log, "first-key") {
		t.Errorf("the log: %s", log)
	}
}

// unit copies a unit with a program that is there.
func unit(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../packaging/systemd", name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	text := strings.ReplaceAll(string(data), "/usr/bin/postern", binary)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnitsAreAcceptedAndStrict(t *testing.T) {
	analyze, dir := need(t, "systemd-analyze"), t.TempDir()
	files, err := filepath.Glob("../packaging/systemd/*.*")
	if err != nil {
		t.Fatal(err)
	}
	var units []string
	for _, file := range files {
		switch name := filepath.Base(file); filepath.Ext(name) {
		case ".service", ".timer", ".socket":
			units = append(units, unit(t, dir, name))
		}
	}
	if len(units) != 6 {
		t.Errorf("%d units", len(units))
	}
	out, err := exec.Command(analyze, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	for _, path := range units {
		if filepath.Ext(path) != ".service" {
			continue
		}
		out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=20", path).CombinedOutput()
		if err != nil {
			t.Errorf("the exposure of %s is more than 2.0: %v\n%s", filepath.Base(path), err, out)
		}
	}
}
