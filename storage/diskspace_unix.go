//go:build linux || darwin || freebsd

package storage

import "syscall"

func diskSpaceOf(dir string) (DiskSpace, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return DiskSpace{}, err
	}
	block := int64(stat.Bsize)
	return DiskSpace{Free: int64(stat.Bavail) * block, Size: int64(stat.Blocks) * block}, nil
}
