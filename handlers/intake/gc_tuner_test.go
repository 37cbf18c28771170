package intake

import (
	"fmt"
	"runtime/debug"
	"testing"
)

// growth returns the collector's percentage.
func growth() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

func TestManyUploadsAreCollectedMoreOften(t *testing.T) {
	for _, test := range []struct{ usual, many int }{{100, gcTunerGrowth}, {20, 20}, {-1, gcTunerGrowth}} {
		t.Run(fmt.Sprint(test.usual), func(t *testing.T) {
			before := debug.SetGCPercent(test.usual)
			var c gcTuner
			for range gcTunerSize - 1 {
				c.acquire()
			}
			if got := growth(); got != test.usual {
				t.Errorf("usually %d: %d before there are many", test.usual, got)
			}
			c.acquire()
			c.acquire()
			if got := growth(); got != test.many {
				t.Errorf("usually %d: %d with many, want %d", test.usual, got, test.many)
			}
			for range gcTunerSize + 1 {
				c.release()
			}
			if got := growth(); got != test.usual {
				t.Errorf("usually %d: %d after many", test.usual, got)
			}
			debug.SetGCPercent(before)
		})
	}
}
