package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func fetch(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestWhatIsToldIsShown(t *testing.T) {
	m := New("v1.2.3", Levels{
		Queue:     func() (int, int) { return 2, 5 },
		ReaperLag: func(context.Context) (time.Duration, error) { return 90 * time.Second, nil },
		DiskFree:  func() (int64, error) { return 7_000_000_000, nil },
		Stock: func(context.Context) (Stock, error) {
			return Stock{
				Items: map[string]int64{"image": 3, "video": 1}, Bytes: map[string]int64{"image": 30, "video": 10}, Users: 2, Pending: 4,
				Database: 5000, QueueAge: 2 * time.Minute, LastBackup: time.Unix(1000, 0), LastCheck: time.Unix(2000, 0),
			}, nil
		},
	})
	m.Upload("stored", "jpg", 1000)
	m.Upload("stored", "jpg", 500)
	m.Upload("refused", "", 0)
	m.Limit("rate of user")
	m.Step("derive", 20*time.Millisecond)
	got := fetch(t, m)
	for _, line := range []string{
		`postern_uploads_total{outcome="stored",type="jpg"} 2`,
		`postern_uploads_total{outcome="refused",type=""} 1`,
		`postern_upload_bytes_total{type="jpg"} 1500`,
		`postern_limits_total{limit="rate of user"} 1`,
		`postern_upload_step_seconds_bucket{step="derive",le="0.01"} 0`,
		`postern_upload_step_seconds_bucket{step="derive",le="0.03"} 1`,
		`postern_workshop_uploads{state="working"} 2`,
		`postern_workshop_uploads{state="waiting"} 5`,
		`postern_reaper_lag_seconds 90`,
		`postern_disk_free_bytes 7e+09`,
		`postern_items{kind="image"} 3`,
		`postern_items{kind="video"} 1`,
		`postern_stored_bytes{kind="image"} 30`,
		`postern_stored_bytes{kind="video"} 10`,
		`postern_users 2`,
		`postern_moderation_pending 4`,
		`postern_database_bytes 5000`,
		`postern_queue_age_seconds 120`,
		`postern_last_backup_timestamp_seconds 1000`,
		`postern_last_check_timestamp_seconds 2000`,
		`postern_build_info{version="v1.2.3"} 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

func TestLevelsThatCannotBeToldAreLeftOut(t *testing.T) {
	got := fetch(t, New("dev", Levels{DiskFree: func() (int64, error) { return 0, errors.ErrUnsupported }}))
	for _, name := range []string{"postern_disk_free_bytes", "postern_reaper_lag_seconds", "postern_workshop_uploads"} {
		if strings.Contains(got, name) {
			t.Errorf("the metrics hold %s", name)
		}
	}
	if !strings.Contains(got, "go_goroutines") {
		t.Error("the metrics lack those of the process")
	}
}
