package jxl

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A bare codestream ends where its last frame does, whatever follows.
func TestEnd(t *testing.T) {
	names, err := filepath.Glob("../../picture/testdata/*.jxl")
	more, _ := filepath.Glob("../../picture/testdata/still/*.jxl")
	if names = append(names, more...); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, []byte(Bare)) {
			continue
		}
		found++
		longer := append(bytes.Clone(data), "words behind the end"...)
		end, err := End(bytes.NewReader(longer), int64(len(longer)))
		if err != nil || end != int64(len(data)) {
			t.Errorf("%s: ends at %d, %v, want %d", name, end, err, len(data))
		}
		if end, err := End(bytes.NewReader(data), int64(len(data)-1)); err != nil || end > int64(len(data)-1) {
			t.Errorf("%s, a byte too short: %d, %v", name, end, err)
		}
	}
	if found < 8 {
		t.Errorf("%d codestreams were looked at", found)
	}
}
