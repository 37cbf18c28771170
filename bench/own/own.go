// Package own tells what the running process has taken.
package own

import (
	"fmt"
	"io"
)

// Peak is the peak of resident memory of this process in bytes.
func Peak() int64 { return PeakOf("self") }

// Measure does work for the given times and prints the CPU microseconds of each, and
// then the peak of memory in kilobytes.
func Measure(out io.Writer, times int, work func() error) error {
	for range times {
		before := CPU()
		if err := work(); err != nil {
			return err
		}
		fmt.Fprintln(out, (CPU() - before).Microseconds())
	}
	fmt.Fprintln(out, Peak()>>10)
	return nil
}
