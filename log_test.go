package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/config"
	"postern/server"
)

func TestTheLogHasOneLineAnUpload(t *testing.T) {
	r := startReloadable(t, "[guest]\nuploads = true\n")
	r.want("an upload", "", 200)
	lines := regexp.MustCompile(`(?m)^.*msg=upload .*$`).FindAllString(r.log.String(), -1)
	if len(lines) != 1 {
		t.Fatalf("%d lines of an upload", len(lines))
	}
	for _, want := range []string{` id=\w+ `, ` outcome=stored `, ` user=guest `, ` item=\w+ `, ` type=png `, ` receive=`, ` derive=`, ` publish=[0-9.]+(µs|ms|s)$`} {
		if !regexp.MustCompile(want).MatchString(lines[0]) {
			t.Errorf("the line of an upload lacks %s: %s", want, lines[0])
		}
	}
	// The line of a request comes after its answer, and that of the next one later still.
	for _, path := range []string{"/healthz", "/static/nothing.css", "/tools"} {
		res, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}
	for _, path := range []string{"/static/nothing.css", "/tools"} {
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(r.log.String(), " path="+path+" "); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not logged", path)
			}
		}
	}
	if strings.Contains(r.log.String(), "path=/healthz") {
		t.Error("a question of health is logged")
	}
}

func TestTimesInJSONAreReadable(t *testing.T) {
	c := config.Defaults()
	c.LogFormat = "json"
	var b bytes.Buffer
	log, _ := server.NewLogger(c, &b)
	log.Info("m", "took", 1500*time.Microsecond)
	if !strings.Contains(b.String(), `"took":"1.5ms"`) {
		t.Error(b.String())
	}
}

// logUntil is a log that tells, once, when a text is written to it, and then
// waits for the next one.
type logUntil struct {
	text  string
	found func()
	then  *logUntil

	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logUntil) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found != nil && bytes.Contains(p, []byte(l.text)) {
		l.found()
		l.found = nil
		if l.then != nil {
			l.text, l.found = l.then.text, l.then.found
		}
	}
	return l.b.Write(p)
}

func (l *logUntil) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func writeSettings(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// noVariables is an environment without any.
func noVariables(string) string { return "" }
