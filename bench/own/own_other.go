//go:build !linux

package own

import "time"

// CPU is 0: only Linux tells what is measured here.
func CPU() time.Duration { return 0 }

// PeakOf is 0 as well.
func PeakOf(string) int64 { return 0 }

// ResidentOf is 0 as well.
func ResidentOf(string) int64 { return 0 }
