package png

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// checkFilters filters a row in every way, as the standard says.
func checkFilters(t *testing.T, pixel int, row, above []byte) {
	t.Helper()
	f := newFilterer(pixel, len(row))
	copy(f.next(), above)
	copy(f.next(), row)
	var twin [filterCount]int
	filterRowGo(f, 0, &twin)
	inGo := f.filtered
	for i := range f.filtered {
		f.filtered[i] = append([]byte{byte(i)}, make([]byte, len(row))...)
	}
	sums := filterRow(f)
	chosen := f.choose()
	least := -1
	for filter := range byte(filterCount) {
		want, sum := []byte{filter}, 0
		for i, v := range row {
			left, corner := 0, 0
			if i >= pixel {
				left, corner = int(row[i-pixel]), int(above[i-pixel])
			}
			d := v - byte(predicted(filter, left, int(above[i]), corner))
			want = append(want, d)
			sum += min(int(d), 256-int(d))
		}
		if filter != filterNone && (!bytes.Equal(f.filtered[filter], want) || !bytes.Equal(inGo[filter], want)) {
			t.Fatalf("filter %d of %d bytes, %d a pixel: got\n%v, in Go\n%v, want\n%v", filter, len(row), pixel, f.filtered[filter], inGo[filter], want)
		}
		if sums[filter] != sum || twin[filter] != sum {
			t.Fatalf("filter %d of %d bytes, %d a pixel: got a sum of %d, in Go %d, want %d", filter, len(row), pixel, sums[filter], twin[filter], sum)
		}
		if least < 0 || sum < least {
			least = sum
		}
	}
	if sums[chosen[0]] != least {
		t.Errorf("filter %d was chosen, of %v", chosen[0], sums)
	}
	again := make([]byte, len(row))
	if err := unfilter(chosen[0], again, chosen[1:], above, pixel); err != nil || !bytes.Equal(again, row) {
		t.Errorf("filter %d: got %v, %v, want %v", chosen[0], again, err, row)
	}
}

func TestFilterRow(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 9))
	for _, pixel := range []int{1, 3, 4} {
		for width := 1; width <= 200; width++ {
			row, above := randomRows(random, width*pixel)
			checkFilters(t, pixel, row, above)
		}
	}
}

func FuzzFilterRow(f *testing.F) {
	f.Add(uint8(3), []byte("rows of pixels, and those above them"))
	f.Fuzz(func(t *testing.T, pixel uint8, b []byte) {
		n := []int{1, 3, 4}[pixel%3]
		half := len(b) / 2 / n * n
		checkFilters(t, n, b[:half], b[half:2*half])
	})
}
