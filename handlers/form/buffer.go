package form

import "sync"

// Large buffers are faster, but a form holds its own until the next bytes come,
// and of slow senders there can be thousands.
const (
	smallSize = 4 << 10
	largeSize = 256 << 10

	spareLarges = 16 // that forms may hold at once for the sake of speed
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
