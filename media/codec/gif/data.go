package gif

import "io"

// MaxRatio is about what the LZW of GIF can shrink data by at most: a code of
// 12 bits for a string of 4096 pixels.
const MaxRatio = 2731

// DataEnd tells how much of the compressed data of a frame is needed for so many
// pixels, r being the contents of its sub-blocks: the first keep bytes and those of
// tail behind them, which is nil where the data end by themselves. Data that break
// off or make no sense are needed as far as they do. It reads no further than it has
// to, and takes an error for the end.
func DataEnd(r io.ByteReader, size int, pixels int64) (keep int64, tail []byte) {
	if size < 1 || size > maxCodeSize {
		return 0, nil
	}
	f := &follower{in: &countingReader{r: r}}
	f.unpacker = unpacker{r: f.in, literals: 1 << size, size: uint(size) + 1}
	f.clear()
	for f.made < pixels {
		good := f.place()
		code, ok := f.code()
		if ok && code == f.literals+1 {
			return (f.place() + 7) / 8, nil
		}
		if !ok || !f.follow(code) {
			return (good + 7) / 8, nil
		}
	}
	return f.ending()
}

// follower goes through the strings of a frame without making pixels of them.
type follower struct {
	unpacker
	in      *countingReader
	made    int64                    // pixels
	lengths [1 << maxCodeBits]uint16 // of the strings
}

type countingReader struct {
	r    io.ByteReader
	read int64
	last byte
}

func (c *countingReader) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.read, c.last = c.read+1, b
	}
	return b, err
}

// place returns how many bits were read.
func (f *follower) place() int64 { return 8*f.in.read - int64(f.n) }

// follow takes a code as unpack does. It is false for one that makes no sense.
func (f *follower) follow(code int) bool {
	if code == f.literals {
		f.clear()
		return true
	}
	if code > f.next || code == f.next && f.last < 0 {
		return false
	}
	if f.last >= 0 && f.next < 1<<maxCodeBits {
		f.lengths[f.next] = f.length(f.last) + 1
		f.next++
		if f.next == 1<<f.width && f.width < maxCodeBits {
			f.width++
		}
	}
	f.made += int64(f.length(code))
	f.last = code
	return true
}

func (f *follower) length(code int) uint16 {
	if code < f.literals {
		return 1
	}
	return f.lengths[code]
}

// ending is what DataEnd tells when all pixels are there. Encoders may clear their
// strings before the end, or leave it out.
func (f *follower) ending() (keep int64, tail []byte) {
	end := uint32(f.literals + 1)
	place, left := f.place(), 8-f.n%8
	bits, n := end, f.width
	if left < 8 { // a part of the last byte is needed
		bits, n = uint32(f.in.last)&(1<<left-1)|end<<left, n+left
	}
	code, ok := f.code()
	if ok && code == f.literals {
		f.clear()
		code, ok = f.code()
	}
	switch {
	case ok && code == int(end):
		return (f.place() + 7) / 8, nil
	case !ok && f.in.read == (place+7)/8:
		return f.in.read, nil
	}
	for ; n > 0; n -= min(n, 8) {
		tail = append(tail, byte(bits))
		bits >>= 8
	}
	return place / 8, tail
}
