//go:build !nodynamic

package picture

import (
	"errors"
	"io"
	"testing"
)

func TestAVIFHasNoCodecInThisBuild(t *testing.T) {
	if _, err := decodeBytes(testFile(t, "a.avif")); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("decode: got %v, want %v", err, ErrNoDecoder)
	}
	if err := Encode(io.Discard, scene(8, 6), AVIF, Options{}); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("encode: got %v, want %v", err, ErrNoDecoder)
	}
}
