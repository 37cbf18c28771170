package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var metricName = regexp.MustCompile(`\bpostern_[a-z_]+`)

// TestAlertsAndTheBoardKnowTheMetrics holds what is under packaging against a server
// that has done everything once.
func TestAlertsAndTheBoardKnowTheMetrics(t *testing.T) {
	if out, err := exec.Command(need(t, "promtool"), "check", "rules", "../packaging/prometheus.rules.yml").CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
	dir, address := t.TempDir(), freeAddress(t)
	p := start(t, dir, "POSTERN_METRICS_LISTEN="+address, "POSTERN_RATE_USER=1")
	if _, err := p.upload(p.key, "a.jpg", picture(t, "counted")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.upload(p.key, "a.jpg", picture(t, "beyond the limit")); err == nil {
		t.Error("the second upload was taken")
	}
	r, err := http.NewRequest("POST", p.url+"/sign-in", strings.NewReader(url.Values{"key": {"chv_wrong"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	backup := t.TempDir()
	p.command("backup", backup)
	if out, err := exec.Command(binary, "check", "--data-dir", backup).CombinedOutput(); err != nil {
		t.Fatalf("check: %v\n%s", err, out)
	}
	p.command("backup", backup)
	_, text := get(t, "http://"+address+"/metrics")
	metrics := string(text)
	for _, line := range []string{
		`postern_items{kind="image"} 1`, "postern_users 1", "postern_moderation_pending 0", "postern_queue_age_seconds 0",
		`postern_http_request_seconds_count{route="POST /api/*",status="200"} 1`, "postern_sign_ins_failed_total 1",
	} {
		if !strings.Contains(metrics, "\n"+line+"\n") {
			t.Errorf("the metrics do not have %s", line)
		}
	}
	for _, name := range []string{
		`stored_bytes{kind="image"}`, "served_bytes_total", "database_bytes", "disk_free_bytes", "last_backup_timestamp_seconds", "last_check_timestamp_seconds",
		`http_request_seconds_bucket{route="POST /api/*",status="200",le="+Inf"}`, `limits_total{limit="rate of user"}`,
	} {
		if !regexp.MustCompile(`\npostern_` + regexp.QuoteMeta(name) + `(\{[^}]*\})? [0-9.e+]*[1-9]`).MatchString(metrics) {
			t.Errorf("%s has not moved", name)
		}
	}
	for _, file := range []string{"../packaging/prometheus.rules.yml", "../packaging/grafana.json"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range metricName.FindAllString(string(data), -1) {
			if !strings.Contains(metrics, "\n"+name+"{") && !strings.Contains(metrics, "\n"+name+" ") {
				t.Errorf("%s names %s, which is no metric", file, name)
			}
		}
	}
	checkBoard(t)
}

// checkBoard holds the board against the schema of Grafana, and its panels against each
// other.
func checkBoard(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile("../packaging/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	check := need(t, "check-release") // .ci/run builds it from packaging/check-release
	if out, err := exec.Command(check, "../packaging/grafana.json").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	for _, field := range []string{"schemaVersion", "gridPos", "legendFormat", "includeAll"} {
		text := strings.ReplaceAll(string(data), `"`+field+`"`, `"no`+field+`"`)
		if err := os.WriteFile(wrong, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(check, wrong).CombinedOutput(); err == nil || !strings.Contains(string(out), field) {
			t.Errorf("without %s: %v\n%s", field, err, out)
		}
	}
	var board struct {
		Title         string
		UID           string
		SchemaVersion int
		Panels        []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ H, W, X, Y int }
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	if board.Title == "" || board.UID == "" || board.SchemaVersion < 36 || len(board.Panels) == 0 {
		t.Errorf("the board: %+v", board)
	}
	seen := make(map[string]bool)
	for _, panel := range board.Panels {
		place := fmt.Sprint(panel.GridPos)
		if panel.Type == "" || panel.Title == "" || len(panel.Targets) == 0 || panel.GridPos.W == 0 || panel.GridPos.X+panel.GridPos.W > 24 || seen[place] {
			t.Errorf("a panel: %+v", panel)
		}
		seen[place] = true
		for _, target := range panel.Targets {
			if target.RefID == "" || target.Expr == "" {
				t.Errorf("a query of %s: %+v", panel.Title, target)
			}
		}
	}
}
