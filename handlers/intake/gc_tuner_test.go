package intake

import (
	"runtime/debug"
	"testing"
)

// growth returns the collector's percentage.
func growth() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

func TestACrowdOfUploadsIsCollectedMoreOften(t *testing.T) {
	for _, test := range []struct{ usual, crowded int }{{100, gcTunerGrowth}, {20, 20}, {-1, gcTunerGrowth}} {
		before := debug.SetGCPercent(test.usual)
		var c gcTuner
		for range gcTunerSize - 1 {
			c.acquire()
		}
		if got := growth(); got != test.usual {
			t.Errorf("usually %d: %d before there is a crowd", test.usual, got)
		}
		c.acquire()
		c.acquire()
		if got := growth(); got != test.crowded {
			t.Errorf("usually %d: %d with a crowd, want %d", test.usual, got, test.crowded)
		}
		for range gcTunerSize + 1 {
			c.release()
		}
		if got := growth(); got != test.usual {
			t.Errorf("usually %d: %d after a crowd", test.usual, got)
		}
		debug.SetGCPercent(before)
	}
}
