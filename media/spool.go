package media

import (
	"io"
	"sync"
	"time"
)

// MD5 and the page cache like large blocks, but a block is held until it is
// full, and of slow senders there can be thousands.
const (
	largeBlock = 256 << 10
	smallBlock = 8 << 10

	fastBlocks  = 32                   // that fill fast, one after the other, earn a large one
	fastFill    = 5 * time.Millisecond // of a small block
	slowFill    = time.Second          // of a large block: no longer fast
	spareLarges = 16                   // uploads that may hold a large block at once
)

var (
	largeBuffers = sync.Pool{New: func() any { return new([largeBlock]byte) }}
	smallBuffers = sync.Pool{New: func() any { return new([smallBlock]byte) }}

	spares = make(chan struct{}, spareLarges)
)

// spoolBuffer is the buffer of one upload, as large as its sender is fast. It
// holds one of the two, or none yet.
type spoolBuffer struct {
	large *[largeBlock]byte
	small *[smallBlock]byte
	fast  int // small blocks filled fast in a row
}

// fill reads the next block of r. The block is valid until the next call.
// Unlike that of io.ReadFull, its error keeps apart an r that ends, which is
// io.EOF, and one that breaks off.
func (b *spoolBuffer) fill(r io.Reader) (block []byte, err error) {
	buf := b.choose()
	start := time.Now()
	n := 0
	for n < len(buf) && err == nil {
		var more int
		more, err = r.Read(buf[n:])
		n += more
	}
	b.judge(time.Since(start))
	return buf[:n], err
}

// choose gives up one buffer for the other when the sender has changed.
func (b *spoolBuffer) choose() []byte {
	switch {
	case b.large == nil && b.fast >= fastBlocks:
		b.promote()
	case b.large != nil && b.fast == 0:
		b.release()
	}
	if b.large != nil {
		return b.large[:]
	}
	if b.small == nil {
		b.small = smallBuffers.Get().(*[smallBlock]byte)
	}
	return b.small[:]
}

// promote takes a large buffer, if there is one to spare.
func (b *spoolBuffer) promote() {
	select {
	case spares <- struct{}{}:
		fast := b.fast
		b.release()
		b.large, b.fast = largeBuffers.Get().(*[largeBlock]byte), fast
	default:
		b.fast = 0
	}
}

// judge notes how long a block took to fill.
func (b *spoolBuffer) judge(took time.Duration) {
	if b.large != nil && took > slowFill || b.large == nil && took > fastFill {
		b.fast = 0
	} else {
		b.fast++
	}
}

// release gives up the buffer.
func (b *spoolBuffer) release() {
	if b.large != nil {
		largeBuffers.Put(b.large)
		<-spares
	}
	if b.small != nil {
		smallBuffers.Put(b.small)
	}
	*b = spoolBuffer{}
}
