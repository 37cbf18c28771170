// Package codectest is what tests of codecs have in common.
package codectest

import (
	"encoding/binary"
	"testing"
)

// Chunk returns the payload of the first chunk of a kind in a WebP, which has to have one.
func Chunk(t testing.TB, file []byte, kind string) []byte {
	t.Helper()
	for b := file[12:]; len(b) >= 8; {
		size := int(binary.LittleEndian.Uint32(b[4:]))
		if string(b[:4]) == kind {
			return b[8:][:size]
		}
		b = b[min(8+size+size&1, len(b)):]
	}
	t.Fatalf("no %q in the file", kind)
	return nil
}
