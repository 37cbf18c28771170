//go:build nodynamic

package wasm

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
)

// Modules are what compress/gzip makes of them, and what is damaged is none.
func TestInflated(t *testing.T) {
	for name, c := range map[string]*Codec{"HEIC": &HEIC, "JPEG XL": &JXL, "AVIF": &AVIF} {
		z, err := gzip.NewReader(bytes.NewReader(*c.compressed))
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := inflated(*c.compressed); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %d bytes, want %d (%v)", name, len(got), len(want), err)
		}
	}
	whole := *HEIC.compressed
	for name, at := range map[string]int{"its flags": 3, "a byte within": len(whole) / 2, "its checksum": len(whole) - 8} {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x41
		if _, err := inflated(damaged); err == nil {
			t.Errorf("no error where %s differs", name)
		}
	}
	if _, err := inflated(whole[:12]); err == nil {
		t.Error("no error of a file that is cut short")
	}
}
