//go:build nodynamic

package wasm

import "github.com/tetratelabs/wazero/experimental"

// boundedMemory is the memory of one instance. A codec that asks for more is
// told that there is none, and short is true from then on.
type boundedMemory struct {
	max   uint64
	whole []byte // of the length most; what is not used yet takes no memory
	short bool
}

// Allocate implements experimental.MemoryAllocator.
func (m *boundedMemory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory. The memory grows in its place:
// growing by copying would take two and a half times as much.
func (m *boundedMemory) Reallocate(size uint64) []byte {
	if size > m.max {
		m.short = true
		return nil
	}
	if m.whole == nil {
		m.whole = reserve(m.max)
	}
	if m.whole == nil {
		m.short = true
		return nil
	}
	return m.whole[:size]
}

// Free implements experimental.LinearMemory. The memory is the system's again
// when it returns.
func (m *boundedMemory) Free() {
	if m.whole != nil {
		release(m.whole)
		m.whole = nil
	}
}
