//go:build unix

package doctor

import (
	"io/fs"
	"syscall"
)

// ownerKnown says whether files have an owner and a mode that count.
const ownerKnown = true

// ownerOf returns the user that a file belongs to.
func ownerOf(info fs.FileInfo) (id int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
