package form

import "sync"

// Large buffers are faster, but a form holds its own while it waits for bytes,
// and of slow senders there can be thousands.
const (
	smallSize = 5 << 10 // net/http copies nothing for reads above 4 KB
	largeSize = 256 << 10

	fastReads   = 16 // that fill a small buffer, one after the other, earn a large one
	slowReads   = 16 // of little, one after the other, lose it
	spareLarges = 16 // that such forms may hold at once
)

// A buffer is small, large, or one that has grown because what a parser must
// see whole is more than it takes.
type buffer struct {
	bytes []byte
	spare bool // a large one, which counts among spareLarges
}

var (
	smallBuffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, smallSize)} }}
	largeBuffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, largeSize), spare: true} }}

	spares = make(chan struct{}, spareLarges)
)

func smallBuffer() *buffer { return smallBuffers.Get().(*buffer) }

// largeBuffer returns nil when there is none to spare.
func largeBuffer() *buffer {
	select {
	case spares <- struct{}{}:
		return largeBuffers.Get().(*buffer)
	default:
		return nil
	}
}

// grown returns a buffer of twice the size.
func (b *buffer) grown() *buffer { return &buffer{bytes: make([]byte, 2*len(b.bytes))} }

// release makes the buffer free for others.
func (b *buffer) release() {
	switch {
	case b.spare:
		<-spares
		largeBuffers.Put(b)
	case len(b.bytes) == smallSize:
		smallBuffers.Put(b)
	}
}
