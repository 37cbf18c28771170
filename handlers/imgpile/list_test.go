package imgpile

import (
	"fmt"
	"testing"
)

func TestAWalkLeavesOutABoundedNumberOfRecords(t *testing.T) {
	for _, test := range []struct{ until, newest, want int64 }{
		{0, 50_000, 50_000}, {49_000, 50_000, 49_000}, {1, 50_000, 40_000}, {1, 500, 1}, {60_000, 50_000, 60_000},
	} {
		t.Run(fmt.Sprint(test.until), func(t *testing.T) {
			if got := paginateUntil(test.until, test.newest); got != test.want {
				t.Errorf("until %d of %d: got %d, want %d", test.until, test.newest, got, test.want)
			}
		})
	}
}
