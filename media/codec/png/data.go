package png

import (
	"fmt"
	"hash/adler32"
	"io"

	"postern/media/codec/inflate"
)

// RowBytes returns how many bytes the rows of a picture inflate to, by the content
// of IHDR. The size is given apart, as the frames of an animation have their own.
// The result is 0 for a picture that cannot be.
func RowBytes(ihdr []byte, width, height uint32) int64 {
	if len(ihdr) < 13 {
		return 0
	}
	h := header{width: int(int32(width)), height: int(int32(height)), depth: int(ihdr[8]), colour: ihdr[9], interlaced: ihdr[12] == 1}
	if h.width < 0 || h.height < 0 || h.check() != nil {
		return 0
	}
	total := int64(0)
	for _, p := range h.passes() {
		if p.width > 0 {
			total += int64(p.height) * int64(1+h.rowBytes(p.width))
		}
	}
	return total
}

// DataEnd tells how much of compressed image data, of size bytes, is needed for so many
// bytes of rows: the first keep bytes and, where tail is not nil, those of tail behind
// them, so that the data end as zlib wants it. Data that break off or are damaged are
// needed as far as they can be inflated.
//
// open returns the data from their beginning on; it is called again for data that do
// not end with the rows. The error is that of the readers. Some 300 KB are used, and up
// to 64 KB more for a tail.
func DataEnd(open func() io.Reader, size, rows int64) (keep int64, tail []byte, err error) {
	src := &source{r: open()}
	var head [zlibHeader]byte
	if _, err := io.ReadFull(src, head[:]); src.err != nil || err != nil || !isZlib(head[0], head[1]) {
		return 0, nil, src.err
	}
	z := inflaters.Get().(*inflate.Reader)
	defer func() { z.Release(); inflaters.Put(z) }()
	behind := func() io.Reader { return skipped(open(), zlibHeader) }
	e, err := z.Ending(behind, rows)
	if err != nil {
		return 0, nil, fmt.Errorf("png: read: %w", err)
	}
	keep = zlibHeader + e.Keep
	if e.Ended {
		keep = min(keep+adler32.Size, size)
	}
	if e.Tail == nil {
		return keep, nil, nil
	}
	z.Reset(behind(), 0)
	sum := adler32.New()
	if _, err := io.CopyN(sum, z, e.Made); err != nil {
		return 0, nil, fmt.Errorf("png: read: %w", err)
	}
	return keep, sum.Sum(e.Tail), nil
}

// zlibHeader is the length of the header of zlib (RFC 1950, 2.2).
const zlibHeader = 2

// skipped returns a reader behind its first n bytes.
func skipped(r io.Reader, n int64) io.Reader {
	_, _ = io.CopyN(io.Discard, r, n) // what follows is read, and tells the error
	return r
}

// isZlib reports whether two bytes begin what can be inflated (RFC 1950, 2.2).
func isZlib(method, flags byte) bool {
	return method&15 == 8 && flags&0x20 == 0 && (int(method)<<8|int(flags))%31 == 0
}
