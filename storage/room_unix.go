//go:build linux || darwin || freebsd

package storage

import "syscall"

func roomOf(dir string) (Room, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return Room{}, err
	}
	block := int64(stat.Bsize)
	return Room{Free: int64(stat.Bavail) * block, Size: int64(stat.Blocks) * block}, nil
}
