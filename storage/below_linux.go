package storage

import (
	"os"

	"golang.org/x/sys/unix"
)

// openBelow opens a file below a root, whose folder dir is, for reading. The system refuses
// what leads out of the root in one call, for which os.Root needs two or so for each folder
// of the key. Older kernels and some sandboxes do not know that call.
func openBelow(root *os.Root, dir *os.File, key string) (*os.File, error) {
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS}
	if fd, err := unix.Openat2(int(dir.Fd()), key, &how); err == nil {
		return os.NewFile(uintptr(fd), key), nil
	}
	return root.Open(key)
}
