//go:build nodynamic

package wasm

import "syscall"

// reserve returns zeros that take memory only where they are written to, nil if
// the system refuses.
func reserve(n uint64) []byte {
	const (
		access = syscall.PROT_READ | syscall.PROT_WRITE
		kind   = syscall.MAP_PRIVATE | syscall.MAP_ANON | syscall.MAP_NORESERVE
	)
	b, err := syscall.Mmap(-1, 0, int(n), access, kind)
	if err != nil {
		return nil
	}
	return b
}

func release(b []byte) { _ = syscall.Munmap(b) }
