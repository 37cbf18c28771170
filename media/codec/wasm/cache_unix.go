//go:build nodynamic && unix

package wasm

import (
	"io/fs"
	"os"
	"syscall"
)

// isOurs reports whether this user owns a file.
func isOurs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
