package form

import "sync"

// Large buffers are faster, but a form holds its own until it ends, and of slow
// senders there can be thousands.
const (
	smallSize = 16 << 10
	largeSize = 256 << 10

	fastReads   = 16 // that fill a small buffer, one after the other, earn a large one
	spareLarges = 16 // that such forms may hold at once
)

// A buffer is small or large.
type buffer struct {
	bytes []byte
	spare bool // counts among spareLarges
}

var (
	smallBuffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, smallSize)} }}
	largeBuffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, largeSize)} }}

	spares = make(chan struct{}, spareLarges)
)

func smallBuffer() *buffer { return smallBuffers.Get().(*buffer) }

func largeBuffer() *buffer {
	b := largeBuffers.Get().(*buffer)
	b.spare = false
	return b
}

// spareBuffer is a large buffer while there is one to spare, and else the old
// one.
func spareBuffer(old *buffer) *buffer {
	if len(old.bytes) == largeSize {
		return old
	}
	select {
	case spares <- struct{}{}:
		b := largeBuffer()
		b.spare = true
		return b
	default:
		return old
	}
}

// release makes the buffer free for others.
func (b *buffer) release() {
	if b.spare {
		<-spares
	}
	if len(b.bytes) == largeSize {
		largeBuffers.Put(b)
	} else {
		smallBuffers.Put(b)
	}
}
