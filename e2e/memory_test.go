package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// resident is the memory of the server in megabytes, without the pages of its program: how
// many of these the system keeps at hand is its own affair.
func (p *process) resident() int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Skip("this system does not tell the memory of a process")
	}
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		p.t.Fatal(err)
	}
	return kilobytes >> 10
}

// What pictures take is given back, with the codecs of this process and with the
// programs.
func TestAnIdleServerIsSmall(t *testing.T) {
	t.Parallel()
	const most = 30 // megabytes; a fresh server has about 20
	for _, probes := range []string{"false", "true"} {
		p := start(t, t.TempDir(), "POSTERN_VIDEO_PROBES="+probes)
		for _, name := range []string{"still/flat.heic", "still/flat.jxl", "a.avif", "photo.jpg", "alpha.png", "slices.heic"} {
			data, err := os.ReadFile(filepath.Join("../media/picture/testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.upload(p.key, name, data); err != nil {
				t.Errorf("probes %s: %s: %v", probes, name, err)
			}
		}
		got := p.resident()
		for deadline := time.Now().Add(3 * time.Minute); got >= most && time.Now().Before(deadline); got = p.resident() {
			time.Sleep(time.Second)
		}
		if got >= most {
			t.Errorf("probes %s: the server keeps %d MB, want less than %d", probes, got, most)
		}
		p.stop()
	}
}

// A file of a few kilobytes that would take gigabytes is refused as too large.
func TestAPictureBeyondTheBudgetIsRefused(t *testing.T) {
	p := start(t, t.TempDir(), "POSTERN_LIMITS_DECODE_MEMORY=50 MB")
	data, err := os.ReadFile("../media/picture/testdata/still/flat.jxl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.upload(p.key, "flat.jxl", data); err == nil || !strings.Contains(err.Error(), "Image dimensions are too large") {
		t.Errorf("got %v, want it refused as too large", err)
	}
	p.stop()
}
