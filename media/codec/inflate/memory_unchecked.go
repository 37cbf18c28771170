//go:build (amd64 || arm64) && !purego

package inflate

import "unsafe"

// Loads and stores in little endian without checks: see decodeMany, the only
// one to use them.

func load64(b []byte, i int) uint64 { return *(*uint64)(at(b, i)) }

func store64(b []byte, i int, v uint64) { *(*uint64)(at(b, i)) = v }

func store16(b []byte, i int, v uint16) { *(*uint16)(at(b, i)) = v }

func copy16(b []byte, to, from int) { *(*[16]byte)(at(b, to)) = *(*[16]byte)(at(b, from)) }

func at(b []byte, i int) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i) }
