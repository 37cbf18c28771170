package jpeg

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What encoders write is used, and what is put behind it is not, byte for byte.
func TestUnused(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jpg")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := unusedOf(t, data); len(got) > 0 {
			t.Errorf("%s: unused at %v of %d", name, got, len(data))
		}
		eoi := bytes.LastIndex(data, []byte("\xff\xd9"))
		end := eoi
		for data[end-1] == 0xff {
			end-- // fill
		}
		if isArithmetic(data) {
			continue
		}
		for _, words := range []string{"words alone, of some length", "\xff\x00\xff\xff\x00words behind stuffing and fill", "words and then fill bytes\xff\xff\xff", "\xff\x02words", "\xff\xd0\x00words\xff\x00"} {
			more := slices.Concat(data[:end], []byte(words), data[end:])
			got := unusedOf(t, more)
			if want := [2]int64{int64(end), int64(eoi + len(words))}; len(got) != 1 || got[0] != want {
				t.Errorf("%s with %q at %d: unused at %v", name, words, end, got)
			}
		}
	}
}

// isArithmetic reports whether a code is one that leaves out zeros at its end, so that
// words behind it are read.
func isArithmetic(data []byte) bool {
	return bytes.Contains(data, []byte("\xff\xc9\x00")) || bytes.Contains(data, []byte("\xff\xca\x00"))
}

func unusedOf(t *testing.T, data []byte) (got [][2]int64) {
	t.Helper()
	err := Unused(bytes.NewReader(data), 1<<20, func(start, end int64) { got = append(got, [2]int64{start, end}) })
	if err != nil {
		t.Error(err)
	}
	return got
}
