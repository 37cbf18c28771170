//go:build !linux

package storage

import "os"

// openBelow opens a file below a root for reading.
func openBelow(root *os.Root, _ *os.File, key string) (*os.File, error) { return root.Open(key) }
