package picture

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A bare codestream ends where its last frame does, whatever follows.
func TestJXLEnd(t *testing.T) {
	names, err := filepath.Glob("testdata/*.jxl")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, []byte(jxlBare)) {
			continue
		}
		more := append(bytes.Clone(data), "words behind the end"...)
		end, ok, err := JXLEnd(bytes.NewReader(more), int64(len(more)))
		if err != nil || ok && end != int64(len(data)) {
			t.Errorf("%s: ends at %d, %t, %v, want %d", name, end, ok, err, len(data))
		}
		t.Log(name, ok, end)
		if ok {
			found++
		}
		if _, ok, err := JXLEnd(bytes.NewReader(data), int64(len(data)-1)); ok || err != nil {
			t.Errorf("%s, a byte too short: %t, %v", name, ok, err)
		}
	}
	if found < 4 {
		t.Errorf("the end of %d codestreams was found", found)
	}
}
