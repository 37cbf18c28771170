package png

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// predicted is what a filter predicts of a byte, in the words of the standard (9.2).
func predicted(filter byte, left, above, corner int) int {
	switch filter {
	case filterSub:
		return left
	case filterUp:
		return above
	case filterAverage:
		return (left + above) / 2
	case filterPaeth:
		return predictedPaeth(left, above, corner)
	}
	return 0
}

// predictedPaeth is PaethPredictor (9.4).
func predictedPaeth(a, b, c int) int {
	distance := func(x int) int { return max(a+b-c-x, x-a-b+c) }
	switch {
	case distance(a) <= distance(b) && distance(a) <= distance(c):
		return a
	case distance(b) <= distance(c):
		return b
	}
	return c
}

func TestPaeth(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			for c := range 256 {
				if got, want := paeth(a, b, c), predictedPaeth(a, b, c); got != want {
					t.Fatalf("left %d, above %d, corner %d: got %d, want %d", a, b, c, got, want)
				}
			}
		}
	}
}

// restored is what a row is by the standard.
func restored(filter byte, filtered, above []byte, pixel int) []byte {
	row := make([]byte, len(filtered))
	for i, v := range filtered {
		left, corner := 0, 0
		if i >= pixel {
			left, corner = int(row[i-pixel]), int(above[i-pixel])
		}
		row[i] = v + byte(predicted(filter, left, int(above[i]), corner))
	}
	return row
}

// checkUnfilter restores a row that lies in between others, which must stay.
func checkUnfilter(t *testing.T, filter byte, filtered, above []byte, pixel int) {
	t.Helper()
	const around = 40
	all := bytes.Repeat([]byte{0xa5}, len(filtered)+2*around)
	row := all[around : around+len(filtered)]
	if err := unfilter(filter, row, filtered, above, pixel); err != nil {
		t.Fatal(err)
	}
	if want := restored(filter, filtered, above, pixel); !bytes.Equal(row, want) {
		t.Fatalf("filter %d, %d bytes a pixel, %d bytes: got\n%v, want\n%v", filter, pixel, len(row), row, want)
	}
	if bytes.Count(all[:around], []byte{0xa5}) != around || bytes.Count(all[around+len(row):], []byte{0xa5}) != around {
		t.Fatalf("filter %d, %d bytes a pixel, %d bytes: written beyond the row", filter, pixel, len(row))
	}
}

// checkTwins does so with what restores rows where there is no assembly.
func checkTwins(t *testing.T, filter byte, filtered, above []byte, pixel int) {
	t.Helper()
	row := make([]byte, len(filtered))
	switch filter {
	case filterSub:
		restoreSubGo(row, filtered, pixel)
	case filterUp:
		restoreUpGo(row, filtered, above)
	case filterAverage:
		restoreAverageGo(row, filtered, above, pixel)
	case filterPaeth:
		restorePaethGo(row, filtered, above, pixel)
	default:
		return
	}
	if want := restored(filter, filtered, above, pixel); !bytes.Equal(row, want) {
		t.Fatalf("in Go: filter %d, %d bytes a pixel, %d bytes: got\n%v, want\n%v", filter, pixel, len(row), row, want)
	}
}

// randomRows are of all values, or of few, which are equal more often.
func randomRows(random *rand.Rand, n int) (filtered, above []byte) {
	filtered, above = make([]byte, n), make([]byte, n)
	mask := byte(255) >> (random.IntN(3) * 3)
	for i := range n {
		filtered[i], above[i] = byte(random.Uint32())&mask, byte(random.Uint32())&mask
	}
	return filtered, above
}

func TestUnfilter(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	for _, pixel := range []int{1, 2, 3, 4, 6, 8} {
		for width := 1; width <= 200; width++ {
			for filter := range byte(filterCount) {
				filtered, above := randomRows(random, width*pixel)
				checkUnfilter(t, filter, filtered, above, pixel)
				checkTwins(t, filter, filtered, above, pixel)
			}
		}
	}
}

func FuzzUnfilter(f *testing.F) {
	f.Add(uint8(4), uint8(3), []byte("rows of pixels, and those above them"))
	f.Fuzz(func(t *testing.T, filter, pixel uint8, b []byte) {
		n := []int{1, 2, 3, 4, 6, 8}[pixel%6]
		half := len(b) / 2 / n * n
		checkUnfilter(t, filter%filterCount, b[:half], b[half:2*half], n)
		checkTwins(t, filter%filterCount, b[:half], b[half:2*half], n)
	})
}
