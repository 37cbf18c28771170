package e2e

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	address := freeAddress(t)
	p := start(t, t.TempDir(), "POSTERN_METRICS_LISTEN="+address)
	if _, err := p.upload(p.key, "a.jpg", picture(t, "")); err != nil {
		t.Fatal(err)
	}
	_, text := get(t, "http://"+address+"/metrics")
	metrics := string(text)
	for _, want := range []string{
		`postern_uploads_total{outcome="stored",type="jpg"} 1`,
		`postern_upload_step_seconds_count{step="receive"} 1`,
		`postern_upload_step_seconds_count{step="inspect"} 1`,
		`postern_upload_step_seconds_count{step="treat"} 1`,
		`postern_upload_step_seconds_count{step="wait"} 1`,
		`postern_upload_step_seconds_count{step="derive"} 1`,
		`postern_upload_step_seconds_count{step="sync"} 1`,
		`postern_upload_step_seconds_count{step="record"} 1`,
		`postern_upload_step_seconds_count{step="publish"} 1`,
		`postern_workshop_uploads{state="waiting"} 0`, `postern_reaper_lag_seconds 0`, `postern_disk_free_bytes `,
	} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if status, _ := get(t, p.url+"/metrics"); status != http.StatusNotFound {
		t.Errorf("/metrics on the public address: %d, want 404", status)
	}
	if status, body := get(t, p.url+"/readyz"); status != http.StatusOK || string(body) != "ready\n" {
		t.Errorf("/readyz: %d %q", status, body)
	}
	for _, path := range []string{"/", "/image/x", "/api/1/upload", "/debug/pprof/"} {
		if status, _ := get(t, "http://"+address+path); status != http.StatusNotFound {
			t.Errorf("%s on the metrics' address: %d, want 404", path, status)
		}
	}
}
