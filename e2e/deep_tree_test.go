package e2e

import (
	"strings"
	"testing"

	"postern/media/picture/picturetest"
)

// A file of a few kilobytes that asks for minutes of work is stopped, by whatever
// decodes it, and refused.
func TestAPictureOfEndlessWorkIsRefused(t *testing.T) {
	t.Parallel()
	for _, probes := range []string{"false", "true"} {
		p := start(t, t.TempDir(), "POSTERN_VIDEO_PROBES="+probes)
		_, err := p.upload(p.key, "deep.jxl", picturetest.DeepTree())
		if err == nil || !strings.Contains(err.Error(), "Image dimensions are too large") {
			t.Errorf("probes %s: got %v, want it refused as too large", probes, err)
		}
		p.stop()
	}
}
