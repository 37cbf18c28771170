package main

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
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
	c := defaults()
	c.LogFormat = "json"
	var b bytes.Buffer
	log, _ := newLogger(c, &b)
	log.Info("m", "took", 1500*time.Microsecond)
	if !strings.Contains(b.String(), `"took":"1.5ms"`) {
		t.Error(b.String())
	}
}
