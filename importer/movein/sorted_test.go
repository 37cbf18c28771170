package movein

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// What is in a file and what is in memory are asked alike.
func TestPairsAreSortedInAnyNumber(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 1000, 25_000} {
		s := newSortedPairs(t.TempDir())
		s.bound = 100
		random := rand.New(rand.NewPCG(1, uint64(n)))
		want := make(map[uint64][]uint64)
		for range n {
			key, value := random.Uint64N(uint64(n)), random.Uint64N(5)
			want[key] = append(want[key], value)
			if err := s.add(key, value); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.sort(); err != nil {
			t.Fatal(err)
		}
		for key := range uint64(n + 2) {
			slices.Sort(want[key])
			if got, err := s.values(key, n); err != nil || !slices.Equal(got, want[key]) {
				t.Fatalf("%d pairs: values of %d are %v, %v, want %v", n, key, got, err, want[key])
			}
			if got, err := s.has(key); err != nil || got != (len(want[key]) > 0) {
				t.Fatalf("%d pairs: has %d: %t, %v", n, key, got, err)
			}
		}
		count, last := 0, pair{}
		err := s.from(0, func(p pair) bool {
			if comparePairs(p, last) < 0 {
				t.Fatalf("%d pairs: %v after %v", n, p, last)
			}
			count, last = count+1, p
			return true
		})
		if err != nil || count != n {
			t.Errorf("%d pairs come of %d: %v", count, n, err)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}
