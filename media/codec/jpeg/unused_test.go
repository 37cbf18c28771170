package jpeg

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
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

// unusedOf wants the same to be unused at every scale.
func unusedOf(t *testing.T, data []byte) [][2]int64 {
	t.Helper()
	c, err := DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var found [4][][2]int64
	for i := range found {
		_, err := DecodeUnused(bytes.NewReader(data), ceilDiv(c.Width, 1<<i), ceilDiv(c.Height, 1<<i), noLimit, func(start, end int64) {
			found[i] = append(found[i], [2]int64{start, end})
		})
		if err != nil {
			t.Error(err)
		}
		if !slices.Equal(found[i], found[0]) {
			t.Errorf("at 1/%d of the size %v is unused, at the whole %v", 1<<i, found[i], found[0])
		}
	}
	return found[0]
}

// What damage ends, decoders make nothing of.
func TestUnusedBehindDamage(t *testing.T) {
	plain, progressive := testPicture(t, "420"), testPicture(t, "420-progressive")
	eoi := func(data []byte) int { return bytes.LastIndex(data, []byte("\xff\xd9")) }
	second := bytes.Index(progressive[find(t, progressive, markerSOS)+2:], []byte{0xff, markerSOS}) + find(t, progressive, markerSOS) + 2
	for _, row := range []struct {
		name string
		data []byte
		at   int // where the damage is
		put  string
	}{
		{"a second frame", plain, eoi(plain), "\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00words"},
		{"a scan of nothing", plain, eoi(plain), "\xff\xda\x00\x06\x00\x00\x3f\x00words"},
		{"tables that are none", plain, eoi(plain), "\xff\xc4\x00\x07words"},
		{"a length that is none", plain, eoi(plain), "\xff\xdb\x00\x01words"},
		{"a band that ends before it begins", progressive, second, "\xff\xda\x00\x08\x01\x01\x00\x05\x01\x00words"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := unusedOf(t, slices.Concat(row.data[:row.at], []byte(row.put), row.data[row.at:]))
			if want := [2]int64{int64(row.at), ToEnd}; len(got) != 1 || got[0] != want {
				t.Errorf("unused at %v, want %v", got, want)
			}
		})
	}
}

// Telling changes nothing but that a progressive picture is finer.
func TestDecodeUnusedShowsTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := DecodeConfig(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for denominator := 1; denominator <= 8; denominator *= 2 {
			width, height := ceilDiv(c.Width, denominator), ceilDiv(c.Height, denominator)
			want := decodeAt(t, data, denominator)
			got, err := DecodeUnused(bytes.NewReader(data), width, height, noLimit, func(int64, int64) {})
			if err != nil || got.Bounds() != want.Bounds() {
				t.Fatalf("%s at 1/%d: %v", name, denominator, err)
			}
			if coarse := c.Progressive && denominator >= 4; !coarse && !reflect.DeepEqual(got, want) {
				t.Errorf("%s at 1/%d: it looks differently", name, denominator)
			}
		}
	}
}

// BenchmarkUnused compares decoding for a thumb with decoding that tells what is
// unused, which is to cost no more, of 12 megapixels.
func BenchmarkUnused(b *testing.B) {
	data := benchPicture(b)
	const medium, thumb = 625, 200
	compare(b, contender{"telling", func() error {
		_, err := DecodeUnused(bytes.NewReader(data), medium, thumb, 1<<28, func(int64, int64) {})
		return err
	}}, contender{"decoding", func() error {
		_, err := DecodeScaled(bytes.NewReader(data), medium, thumb, 1<<28)
		return err
	}})
}
